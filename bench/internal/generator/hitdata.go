package generator

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"strings"

	"github.com/memproof/memproof/bench/scenario/load"
)

// hitData is the dot of a template: templates may use its exported fields and methods.
type hitData struct {
	Seq uint64 // number of the hit, from 0

	target *load.Target
	seed   uint64
	rand   *rand.Rand // of this hit; made by the first draw
	row    load.Row   // that was drawn; nil: none yet
}

func (h *hitData) draw(n int) int {
	if h.rand == nil {
		h.rand = rand.New(rand.NewPCG(h.seed, h.Seq))
	}
	return h.rand.IntN(n)
}

// Int draws a whole number from 0 to n-1.
func (h *hitData) Int(n int) (int, error) {
	if n < 1 {
		return 0, fmt.Errorf("Int %d: want 1 or more", n)
	}
	return h.draw(n), nil
}

// Pick draws one of its arguments.
func (h *hitData) Pick(of ...string) (string, error) {
	if len(of) == 0 {
		return "", fmt.Errorf("Pick needs something to pick from")
	}
	return of[h.draw(len(of))], nil
}

// maxWords is more than any prompt needs.
const maxWords = 100_000

// Words draws n words from the target's list, with a space between.
func (h *hitData) Words(n int) (string, error) {
	words := h.target.Words
	if len(words) == 0 {
		return "", fmt.Errorf("Words needs the target's words, the list to draw from")
	}
	if n < 1 || n > maxWords {
		return "", fmt.Errorf("Words %d: want 1 to %d", n, maxWords)
	}
	out := make([]string, n)
	for i := range out {
		out[i] = words[h.draw(len(words))]
	}
	return strings.Join(out, " "), nil
}

// Row draws a row of the target's data. All templates of a hit get the same one, so that
// {{.Row.key}} in a header and {{.Row.prompt}} in the body belong together.
func (h *hitData) Row() (load.Row, error) {
	rows := h.target.Rows
	if len(rows) == 0 {
		return nil, fmt.Errorf("Row needs the target's data, the file to draw from")
	}
	if h.row == nil {
		const stream = 0x726f77 // independent of the other draws: their order does not matter
		h.row = rows[rand.New(rand.NewPCG(h.seed^stream, h.Seq)).IntN(len(rows))]
	}
	return h.row, nil
}

// JSON writes a value as JSON, with its quotes: {{.JSON .Row.prompt}}.
func (h *hitData) JSON(v any) (string, error) {
	text, err := json.Marshal(v)
	return string(text), err
}
