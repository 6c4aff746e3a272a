use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

#[derive(Clone, Debug)]
struct Order {
    id: u32,
    lines: Vec<(String, u32)>,
}

trait Priced {
    fn price(&self) -> u64;
}

impl Priced for Order {
    #[inline]
    fn price(&self) -> u64 {
        self.lines.iter().map(|(name, count)| name.len() as u64 * *count as u64).sum()
    }
}

fn book(orders: &Arc<Mutex<BTreeMap<u32, Order>>>, id: u32) -> u64 {
    let order = Order { id, lines: (0..id % 7).map(|n| (format!("line {n}"), n)).collect() };
    let price = order.price();
    orders.lock().unwrap().insert(order.id, order);
    price
}

fn main() {
    let orders = Arc::new(Mutex::new(BTreeMap::new()));
    let mut prices: Vec<u64> = (0..40).map(|id| book(&orders, id)).collect();
    prices.sort_unstable_by(|a, b| b.cmp(a));
    println!("{:?} {}", prices.first(), orders.lock().unwrap().len());
}
