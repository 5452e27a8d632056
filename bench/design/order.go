package design

import (
	"math/rand/v2"
	"slices"

	"github.com/memproof/memproof/bench/scenario"
)

// Order draws the arms of every block from the seed. It is a Williams design: over n
// blocks each arm runs once in each position. Over n blocks (2n if n is odd) each arm
// follows every other arm equally often. So neither the position nor the effects of the
// previous trial on the machine favour an arm.
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

// williams returns Latin squares of n letters in which each letter follows each other
// equally often: one square for an even n, two for an odd one (E. J. Williams, Aust. J.
// Sci. Res. A 2, 1949). In a merely cyclic square, each letter would always follow the
// same one.
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
	var mirror [][]int
	for _, row := range square {
		mirror = append(mirror, slices.Clone(row))
		slices.Reverse(mirror[len(mirror)-1])
	}
	return [][][]int{square, mirror}
}

// OrderStream separates the random numbers of the order from the seed's other uses.
const OrderStream = 0x6f72646572 // "order"
