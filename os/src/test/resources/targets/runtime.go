// Goroutines that compute with garbage and check what comes out; prints "ok" or "wrong".
package main

func compute(number uint64, answers chan<- uint64) {
	for {
		things := map[uint64][]uint64{}
		for i := uint64(0); i < 20000; i++ {
			things[i*number] = []uint64{i, i * 31, number}
		}
		sum := uint64(0)
		for key, thing := range things {
			sum += key*thing[1] + thing[2]
		}
		answers <- sum
	}
}

func main() {
	println("ready")
	answers := [3]chan uint64{}
	for i := range answers {
		answers[i] = make(chan uint64)
		go compute(uint64(i+1), answers[i])
	}
	first := [3]uint64{<-answers[0], <-answers[1], <-answers[2]}
	for i := 0; ; i = (i + 1) % 3 {
		if <-answers[i] == first[i] {
			println("ok")
		} else {
			println("wrong")
		}
	}
}
