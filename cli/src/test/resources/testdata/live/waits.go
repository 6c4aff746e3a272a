package main

import (
	"sync"
	"time"
)

type queue struct {
	lock  sync.Mutex
	items chan int
}

func (q *queue) take() int { return <-q.items }

func main() {
	q := &queue{items: make(chan int)}
	q.lock.Lock()
	for n := 0; n < 4; n++ {
		go func() { q.take() }()
		go func() { q.lock.Lock() }()
	}
	time.Sleep(100000 * time.Second)
}
