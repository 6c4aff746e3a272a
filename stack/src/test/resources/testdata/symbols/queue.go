package main

import (
	"fmt"
	"sort"
	"sync"
)

type order struct {
	id    int
	lines []string
}

func (o *order) price() int {
	sum := 0
	for _, line := range o.lines {
		sum += len(line)
	}
	return sum
}

func book(lock *sync.Mutex, orders map[int]*order, id int) int {
	o := &order{id: id}
	for n := 0; n < id%5; n++ {
		o.lines = append(o.lines, fmt.Sprintf("line %d", n))
	}
	lock.Lock()
	defer lock.Unlock()
	orders[id] = o
	return o.price()
}

func main() {
	var lock sync.Mutex
	orders := map[int]*order{}
	prices := []int{}
	for id := 0; id < 40; id++ {
		prices = append(prices, book(&lock, orders, id))
	}
	sort.Slice(prices, func(a, b int) bool { return prices[a] > prices[b] })
	fmt.Println(prices[0], len(orders))
}
