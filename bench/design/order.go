// Package design says which trials are run, in which order, and how long that takes.
package design

import (
	"math/rand/v2"
	"slices"

	"github.com/memproof/memproof/bench/scenario"
)

// Order is the order of the arms in each block, drawn
// from the scenario's seed alone. Of as many blocks as there are arms, each arm
// is once in each position, so that no position's luck goes to one of them; and
// of as many, or twice as many where their number is odd, each arm comes equally
// often right after each other, so that what a trial leaves behind it on the
// machine goes to no one either.
func Order(sc *scenario.Scenario) [][]scenario.Variant {
	r := rand.New(rand.NewPCG(sc.Seed, OrderStream))
	arms := sc.Arms()
	n := len(arms)
	var blocks [][]scenario.Variant
	for len(blocks) < sc.Blocks {
		names := r.Perm(n)
		for _, square := range williams(n) {
			for _, row := range r.Perm(n) {
				block := make([]scenario.Variant, n)
				for i, letter := range square[row] {
					block[i] = arms[names[letter]]
				}
				blocks = append(blocks, block)
			}
		}
	}
	return blocks[:sc.Blocks]
}

// williams are Latin squares of n letters in which each letter follows each other
// equally often, over the one square of an even n or the two of an odd one (E. J.
// Williams, Aust. J. Sci. Res. A 2, 1949). In a square that only turns, each would
// always follow the same.
func williams(n int) (squares [][][]int) {
	zigzag := make([]int, n) // 0, n-1, 1, n-2, …: all differences between neighbours differ
	for i := range zigzag {
		zigzag[i] = i / 2
		if i%2 == 1 {
			zigzag[i] = n - 1 - i/2
		}
	}
	square := make([][]int, n)
	for turn := range square {
		for _, z := range zigzag {
			square[turn] = append(square[turn], (z+turn)%n)
		}
	}
	if n%2 == 0 {
		return [][][]int{square}
	}
	mirror := make([][]int, n)
	for i, row := range square {
		mirror[i] = slices.Clone(row)
		slices.Reverse(mirror[i])
	}
	return [][][]int{square, mirror}
}

// OrderStream separates the draws of the order from all others of the seed.
const OrderStream = 0x6f72646572 // "order"
