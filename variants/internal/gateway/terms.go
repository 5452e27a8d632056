package gateway

import "bytes"

// longestTerm bounds an index term; what is longer is a key or an encoded blob, and nobody asks for it by name.
const longestTerm = 64

// lower maps a byte of a word to its lower case and every other byte to 0. Bytes of 0x80 and above belong to words: they are
// parts of letters in UTF-8.
var lower = func() (table [256]byte) {
	for b := range table {
		switch {
		case b >= 'A' && b <= 'Z':
			table[b] = byte(b) + 'a' - 'A'
		case b >= 'a' && b <= 'z', b >= '0' && b <= '9', b >= 0x80:
			table[b] = byte(b)
		}
	}
	return table
}()

// terms walks the lower-cased words of a text without an allocation for each: a worker's boot reads some twenty million.
type terms struct {
	text string
	next int
	word []byte // valid until the next call of scan
	hash uint32 // of word, good enough for a cache
}

// scan finds the next term and reports whether there was one.
func (t *terms) scan() bool {
	for t.next < len(t.text) {
		t.word, t.hash = t.word[:0], 0
		wide := false
		for ; t.next < len(t.text); t.next++ {
			b := lower[t.text[t.next]]
			if b == 0 {
				break
			}
			wide = wide || b >= 0x80
			t.hash = t.hash*31 + uint32(b)
			t.word = append(t.word, b)
		}
		t.next++
		if len(t.word) == 0 || len(t.word) > longestTerm {
			continue
		}
		if wide {
			t.word = bytes.ToLower(t.word)
		}
		return true
	}
	return false
}
