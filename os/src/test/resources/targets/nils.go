// Reads through nil: ten times it recovers, then it does not.
package main

import (
	"fmt"
	"os"
	"time"
)

type node struct{ next *node }

func try(n *node) (ok bool) {
	defer func() { ok = recover() == nil }()
	return n.next != nil
}

func main() {
	fmt.Println("ready")
	for {
		if _, err := os.Stat("go"); err == nil {
			break
		}
		time.Sleep(time.Millisecond)
	}
	recovered := 0
	for i := 0; i < 10; i++ {
		if !try(nil) {
			recovered++
		}
	}
	fmt.Println("recovered", recovered)
	var last *node
	fmt.Println(last.next)
}
