// Threads that wait in Rust's standard library in the way that the argument names.
use std::sync::{Arc, Barrier, Condvar, Mutex, Once, RwLock};
use std::thread;
use std::time::Duration;

fn sleep_on() -> ! {
    loop {
        thread::sleep(Duration::from_secs(3600));
    }
}

static ONCE: Once = Once::new();

fn main() {
    let way = std::env::args().nth(1).unwrap();
    let both = Arc::new(Barrier::new(2));
    match way.as_str() {
        "mutex" => {
            let lock = Arc::new(Mutex::new(0));
            let guard = lock.lock().unwrap();
            for _ in 0..2 {
                let lock = lock.clone();
                thread::spawn(move || drop(lock.lock()));
            }
            let _kept = guard;
            sleep_on();
        }
        "rwlock-read" => {
            let lock = Arc::new(RwLock::new(0));
            let guard = lock.write().unwrap();
            for _ in 0..2 {
                let lock = lock.clone();
                thread::spawn(move || drop(lock.read()));
            }
            let _kept = guard;
            sleep_on();
        }
        "condvar" => {
            for _ in 0..2 {
                thread::spawn(move || {
                    let pair = (Mutex::new(0), Condvar::new());
                    let guard = pair.0.lock().unwrap();
                    let _woken = pair.1.wait(guard);
                });
            }
        }
        "park" => {
            for _ in 0..2 {
                thread::spawn(thread::park);
            }
        }
        "once" => {
            let there = both.clone();
            thread::spawn(move || ONCE.call_once(|| { there.wait(); sleep_on() }));
            both.wait();
            thread::spawn(|| ONCE.call_once(|| ()));
        }
        _ => std::process::exit(2),
    }
    sleep_on();
}
