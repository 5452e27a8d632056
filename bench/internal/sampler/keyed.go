package sampler

import (
	"bytes"
	"fmt"
	"math"
	"strconv"
)

// want is a key of a keyed file and where its value goes.
type want struct {
	key string
	to  *uint64
}

// pick sets the wanted values of a file of lines "key value" or "key value kB",
// the latter in bytes. A key that is not there is an error.
func pick(text []byte, wants ...want) error {
	for _, w := range wants {
		v, ok, err := lookup(text, w.key)
		if err != nil {
			return err
		}
		if !ok {
			return fmt.Errorf("there is no %s", w.key)
		}
		*w.to = v
	}
	return nil
}

// lookup finds one value; ok is false where the key is not there.
func lookup(text []byte, key string) (v uint64, ok bool, err error) {
	for line := range bytes.Lines(text) {
		rest, found := bytes.CutPrefix(line, []byte(key))
		if !found || len(rest) == 0 || rest[0] != ' ' { // "rss" begins "rss_huge" too
			continue
		}
		number, kB := bytes.CutSuffix(bytes.TrimSpace(rest), []byte(" kB"))
		v, err := parseNumber(number)
		if err == nil && kB {
			v, err = kibibytes(v)
		}
		if err != nil {
			return 0, false, fmt.Errorf("%s: %w", key, err)
		}
		return v, true, nil
	}
	return 0, false, nil
}

// parseNumber reads a file or field that is one whole number.
func parseNumber(text []byte) (uint64, error) {
	return strconv.ParseUint(string(bytes.TrimSpace(text)), 10, 64)
}

// kibibytes is v kB in bytes: where the kernel writes kB it means 1024 bytes.
func kibibytes(v uint64) (uint64, error) {
	if v > math.MaxUint64/1024 {
		return 0, fmt.Errorf("%d kB do not fit into 64 bits of bytes", v)
	}
	return v * 1024, nil
}
