package words

import "math/rand/v2"

// draws is the number of equally likely entries in a class's table. It bounds how rare a word can be, 1 in 65,536.
const draws = 1 << 16

// class is a list of words, most frequent first, with the table that draws from it.
type class struct {
	words []string
	table []uint16 // positions in words, each as often as its probability asks for
}

// newClass gives the word of rank r (from 1) a frequency proportional to 1/r. A table makes a draw one look-up: the seed
// draws some twenty million words.
func newClass(list []string) *class {
	c := &class{words: list, table: make([]uint16, 0, draws)}
	total := 0.0
	for r := range list {
		total += 1 / float64(r+1)
	}
	reached := 0.0
	for r := range list {
		reached += 1 / float64(r+1) / total
		for float64(len(c.table)) < reached*draws && len(c.table) < draws {
			c.table = append(c.table, uint16(r))
		}
	}
	return c
}

func (c *class) draw(rng *rand.Rand) string {
	return c.words[c.table[rng.IntN(len(c.table))]]
}
