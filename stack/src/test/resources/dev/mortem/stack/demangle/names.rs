// One function or more for each production of Rust's v0 mangling. Built as a library with nothing
// inlined away; the symbols are what counts, it is never run.
#![allow(dead_code, uncommon_codepoints, non_snake_case)]
use std::collections::{BTreeMap, HashMap};
use std::fmt::{Debug, Display};

pub mod inner {
    pub mod deeper {
        #[inline(never)]
        pub fn plain(x: u32) -> u32 { x + 1 }
    }
    pub struct Unit;
    pub struct Pair<A, B>(pub A, pub B);
    pub trait Shape { fn area(&self) -> f64; fn named(&self) -> String { String::from("shape") } }
    pub trait Maker { type Item; fn make(&self) -> Self::Item; }
}
use inner::*;

impl Shape for Unit {
    #[inline(never)]
    fn area(&self) -> f64 { 1.0 }
}
impl<A: Debug, B: Display> Shape for Pair<A, B> {
    #[inline(never)]
    fn area(&self) -> f64 { format!("{:?}{}", self.0, self.1).len() as f64 }
}
impl<T: Shape + ?Sized> Maker for Box<T> {
    type Item = f64;
    #[inline(never)]
    fn make(&self) -> f64 { self.area() }
}
impl Pair<u8, char> {
    #[inline(never)]
    pub fn own(&self) -> (u8,) { (self.0,) }
}

#[inline(never)]
pub fn generic<T: Debug>(value: T) -> String { format!("{value:?}") }
#[inline(never)]
pub fn sized<const N: usize, const C: char, const B: bool, const I: i32>() -> usize {
    if B && C == 'x' && I > 0 { N } else { N + 1 }
}
#[inline(never)]
pub fn array<T: Copy, const N: usize>(a: [T; N]) -> T { a[N / 2] }
#[inline(never)]
pub fn over(f: &dyn Fn(&str) -> usize) -> usize { f("x") }
#[inline(never)]
pub fn call<F: Fn(u32) -> u32>(f: F) -> u32 { f(7) }
#[inline(never)]
pub fn typed<T: ?Sized>() -> usize { std::any::type_name::<T>().len() }

fn გემრიელი() -> u32 { std::hint::black_box(3) }
extern "C" fn c_function(x: i32) -> i32 { x }

pub fn closures() -> u32 {
    let one = call(|x| x + std::hint::black_box(1));
    let two = call(|x| call(|y| y * std::hint::black_box(x)));
    one + two
}

#[no_mangle]
pub fn use_everything() -> usize {
    let mut n = 0;
    n += generic(1u8).len() + generic("text").len() + generic((1i8, 2i64)).len();
    n += generic([1.5f32; 3]).len() + generic(Some(Box::new(2u128))).len();
    n += generic(vec![String::new()]).len() + generic(()).len() + generic(&mut 3usize).len();
    n += sized::<3, 'x', true, 5>() + sized::<0, '\n', false, -7>() + sized::<9, '∂', true, 0>();
    n += sized::<18446744073709551615, '\'', true, -2147483648>();
    n += array([1u16, 2, 3]) as usize + array([Some(true); 7]).is_some() as usize;
    n += over(&|s: &str| s.len()) + closures() as usize + გემრიელი() as usize;
    n += typed::<dyn Shape>() + typed::<dyn Shape + Send>() + typed::<fn(u8) -> !>();
    n += typed::<dyn Maker<Item = u32>>() + typed::<unsafe extern "C" fn(i32, *const u8)>();
    n += typed::<for<'a> fn(&'a str) -> &'a str>() + typed::<*mut [u8]>();
    n += typed::<dyn for<'a> Fn(&'a u8, &'static str) -> &'a u8>();
    n += typed::<for<'a, 'b> fn(&'a u8, &'b u8, &dyn Fn(&'a u8))>();
    n += typed::<&'static dyn Iterator<Item = (u8, char)>>() + typed::<[[i128; 4]]>();
    n += typed::<HashMap<String, BTreeMap<u64, Vec<&'static str>>>>();
    n += Unit.area() as usize + Pair(1, 'c').area() as usize + Pair(1u8, 'c').own().0 as usize;
    n += Pair(Unit2, "s").named().len() + Box::new(Unit).make() as usize;
    let boxed: Box<dyn Shape> = Box::new(Unit);
    n += boxed.make() as usize + c_function(4) as usize + inner::deeper::plain(2) as usize;
    n += std::thread::spawn(|| std::hint::black_box(5usize)).join().unwrap_or(0);
    let mut words: Vec<&str> = vec!["b", "a"];
    words.sort_by_key(|word| std::cmp::Reverse(word.len()));
    n + words.iter().map(|word| word.len()).sum::<usize>()
}

#[derive(Debug)]
pub struct Unit2;
