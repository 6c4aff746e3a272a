use std::sync::{mpsc, Arc, Barrier, Condvar, Mutex, RwLock};
use std::thread;
use std::time::Duration;

fn take(lock: &Mutex<u32>) -> u32 {
    let guard = lock.lock().unwrap();
    *guard
}

fn main() {
    let lock = Arc::new(Mutex::new(1u32));
    let held = lock.lock().unwrap();
    let table = Arc::new(RwLock::new(vec![1u32]));
    let read = table.read().unwrap();
    let pair = Arc::new((Mutex::new(false), Condvar::new()));
    let barrier = Arc::new(Barrier::new(9));
    let (sender, receiver) = mpsc::channel::<u32>();
    let one = Arc::clone(&lock);
    thread::spawn(move || println!("{}", take(&one)));
    let two = Arc::clone(&table);
    thread::spawn(move || two.write().unwrap().push(2));
    thread::spawn(move || {
        let (flag, condition) = &*pair;
        let mut ready = flag.lock().unwrap();
        while !*ready {
            ready = condition.wait(ready).unwrap();
        }
    });
    thread::spawn(move || barrier.wait().is_leader());
    let sleeper = thread::spawn(|| thread::sleep(Duration::from_secs(100_000)));
    thread::spawn(move || sleeper.join().is_ok());
    let got = receiver.recv();
    println!("{:?} {} {} {}", got, *held, read.len(), sender.send(1).is_ok());
}
