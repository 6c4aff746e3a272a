// A Go process that works in three goroutines, makes garbage, and checks what it computes: prints "ready",
// then "progress N" whenever all have got on, and "harm: ..." before it ends with 3 where a sum is wrong.
// Ends with its standard input.
package main

import (
	"fmt"
	"hash/crc32"
	"math"
	"os"
	"runtime"
	"sync/atomic"
	"time"
)

const (
	goroutines = 3
	pieces     = 64
	pieceBytes = 4096
)

var done [goroutines]atomic.Uint64

// The same bytes in fresh slices each time: the sum must come out the same.
func sum() uint64 {
	crc := crc32.NewIEEE()
	squares := 0.0
	for i := 0; i < pieces; i++ {
		piece := make([]byte, pieceBytes)
		for j := range piece {
			piece[j] = byte(i*31 + j*7)
		}
		crc.Write(piece)
		for _, value := range piece {
			squares += float64(value) * float64(value)
		}
	}
	return uint64(crc.Sum32()) ^ math.Float64bits(squares)
}

// Grows the stack, so that goroutines' stacks are moved as well.
func deep(depth int) uint64 {
	var room [64]byte
	if depth == 0 {
		return sum()
	}
	room[depth%64] = 1
	return deep(depth-1) + uint64(room[depth%64]) - 1
}

func work(number int, expected uint64) {
	for depth := 0; ; depth++ {
		if got := deep(depth % 100); got != expected {
			fmt.Printf("harm: goroutine %d computed %d\n", number, got)
			os.Exit(3)
		}
		done[number].Add(1)
		time.Sleep(2 * time.Millisecond)
	}
}

func main() {
	expected := sum()
	for i := 0; i < goroutines; i++ {
		go work(i, expected)
	}
	go func() {
		one := make([]byte, 1)
		for {
			if _, err := os.Stdin.Read(one); err != nil {
				os.Exit(0)
			}
		}
	}()
	fmt.Println("ready", runtime.Version())
	var last [goroutines]uint64
	for lines := 0; ; {
		time.Sleep(50 * time.Millisecond)
		all := true
		for i := range last {
			all = all && done[i].Load() != last[i]
		}
		if all {
			for i := range last {
				last[i] = done[i].Load()
			}
			lines++
			fmt.Println("progress", lines)
		}
	}
}
