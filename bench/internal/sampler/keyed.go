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

// keyed parses a keyed file that must exist. The text is valid until the next file is
// read.
func (r *reading) keyed(name string, parse func(*keyed)) {
	text := r.text(name)
	if text == nil {
		r.err = cmp.Or(r.err, r.dir.wrap(name, fs.ErrNotExist))
		return
	}
	k := keyed{text: text}
	parse(&k)
	r.failed(name, k.err)
}

// number returns the value of a file that must exist.
func (r *reading) number(name string) uint64 {
	v := r.optional(name)
	if v == nil {
		r.err = cmp.Or(r.err, r.dir.wrap(name, fs.ErrNotExist))
		return 0
	}
	return *v
}

// optional returns the value of the first of the files that exists, or nil.
func (r *reading) optional(names ...string) *uint64 {
	for _, name := range names {
		if text := r.text(name); text != nil {
			v, err := parseNumber(text)
			r.failed(name, err)
			return &v
		}
	}
	return nil
}

// optionalKey returns the value of a key in the first of the keyed files that exists;
// nil if the file or the key is missing.
func (r *reading) optionalKey(key string, names ...string) *uint64 {
	for _, name := range names {
		if text := r.text(name); text != nil {
			k := keyed{text: text}
			v := k.find(key)
			r.failed(name, k.err)
			return v
		}
	}
	return nil
}

// text returns nil for a file that does not exist, and after an error.
func (r *reading) text(name string) []byte {
	if r.err != nil {
		return nil
	}
	text, err := r.dir.readOften(name)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		r.err = err
	}
	if err != nil {
		return nil
	}
	return text
}

func (r *reading) failed(name string, err error) {
	if err != nil {
		r.err = cmp.Or(r.err, r.dir.wrap(name, err))
	}
}
