package sampler

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"math"
	"strconv"
)

// keyed is the text of a kernel file with lines "key value" or "key value kB".
type keyed struct {
	text []byte
	err  error // the first: a value that is no number, a missing key
}

// find returns a value, in bytes if the file has it in kB; nil if the key is missing.
func (k *keyed) find(key string) *uint64 {
	for line := range bytes.Lines(k.text) {
		rest, found := bytes.CutPrefix(line, []byte(key))
		if !found || len(rest) == 0 || rest[0] != ' ' { // "rss" begins "rss_huge" too
			continue
		}
		number, kB := bytes.CutSuffix(bytes.TrimSpace(rest), []byte(" kB"))
		v, err := parseNumber(number)
		if kB && v > math.MaxUint64/1024 {
			err = fmt.Errorf("%d kB do not fit into 64 bits of bytes", v)
		} else if kB {
			v *= 1024 // the kernel's kB has 1024 bytes
		}
		if err != nil {
			k.err = cmp.Or(k.err, fmt.Errorf("%s: %w", key, err))
			return nil
		}
		return &v
	}
	return nil
}

// need returns a value that every supported kernel provides.
func (k *keyed) need(key string) uint64 {
	v := k.find(key)
	if v == nil {
		k.err = cmp.Or(k.err, fmt.Errorf("there is no %s", key))
		return 0
	}
	return *v
}

// parseNumber reads a file or field that is one whole number.
func parseNumber(text []byte) (uint64, error) {
	return strconv.ParseUint(string(bytes.TrimSpace(text)), 10, 64)
}

// reading reads one file after the other and stores the first error.
type reading struct {
	dir *dir
	err error
}

// first parses the first of the files that exists; false if none does, or after an
// error. The text is valid until the next file is read.
func (r *reading) first(names []string, parse func(text []byte) error) bool {
	for _, name := range names {
		if r.err != nil {
			return false
		}
		text, err := r.dir.readOften(name)
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			r.err = err
		} else if err := parse(text); err != nil {
			r.err = r.dir.wrap(name, err)
		}
		return r.err == nil
	}
	return false
}

func (r *reading) required(name string, parse func(text []byte) error) {
	if !r.first([]string{name}, parse) && r.err == nil {
		r.err = r.dir.wrap(name, fs.ErrNotExist)
	}
}

// keyed parses a keyed file that must exist.
func (r *reading) keyed(name string, parse func(*keyed)) {
	r.required(name, func(text []byte) error {
		k := keyed{text: text}
		parse(&k)
		return k.err
	})
}

// number returns the value of a file that must exist.
func (r *reading) number(name string) (v uint64) {
	r.required(name, func(text []byte) (err error) {
		v, err = parseNumber(text)
		return err
	})
	return v
}

// optional returns the value of the first of the files that exists, or nil.
func (r *reading) optional(names ...string) (v *uint64) {
	r.first(names, func(text []byte) error {
		n, err := parseNumber(text)
		v = &n
		return err
	})
	return v
}

// optionalKey returns the value of a key in the first of the keyed files that exists;
// nil if the file or the key is missing.
func (r *reading) optionalKey(key string, names ...string) (v *uint64) {
	r.first(names, func(text []byte) error {
		k := keyed{text: text}
		v = k.find(key)
		return k.err
	})
	return v
}
