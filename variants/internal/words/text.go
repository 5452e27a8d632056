package words

import "math/rand/v2"

// AppendText appends sentences to dst until at least size bytes were added and returns the longer slice. It ends with a full
// stop, so it overshoots size by less than one sentence, some 120 bytes.
func AppendText(dst []byte, rng *rand.Rand, size int) []byte {
	start := len(dst)
	for len(dst)-start < size {
		if len(dst) > start {
			dst = append(dst, ' ')
		}
		dst = appendSentence(dst, rng)
	}
	return dst
}

func appendSentence(dst []byte, rng *rand.Rand) []byte {
	v := load()
	slots := v.templates[rng.IntN(len(v.templates))]
	start := len(dst)
	for i, s := range slots {
		word := s.word
		if s.class != nil {
			word = s.class.draw(rng)
		}
		if i > 0 && word != "," {
			dst = append(dst, ' ')
		}
		dst = append(dst, word...)
	}
	dst[start] -= 'a' - 'A' // every sentence begins with a lower-case letter
	return append(dst, '.')
}
