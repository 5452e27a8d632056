package sampler

import (
	"errors"
	"io/fs"
)

// figures reads one file after the other and keeps the first error.
type figures struct {
	dir *dir
	err error
}

// keys sets values of a keyed file that must be there, and returns its text,
// which is valid until the next file is read.
func (f *figures) keys(name string, wants ...want) []byte {
	if f.err != nil {
		return nil
	}
	text, err := f.dir.readAgain(name)
	if err != nil {
		f.err = err
		return nil
	}
	if err := pick(text, wants...); err != nil {
		f.err = f.dir.wrap(name, err)
	}
	return text
}

// number is the value of a file that must be there.
func (f *figures) number(name string) uint64 {
	v := f.optional(name)
	if v == nil {
		if f.err == nil {
			f.err = f.dir.wrap(name, fs.ErrNotExist)
		}
		return 0
	}
	return *v
}

// optional is the value of the first of the files that is there, nil where
// there is none.
func (f *figures) optional(names ...string) *uint64 {
	for _, name := range names {
		if text, ok := f.text(name); ok {
			v, err := parseNumber(text)
			if err != nil {
				f.err = f.dir.wrap(name, err)
				return nil
			}
			return &v
		}
	}
	return nil
}

// optionalKey is a value of a keyed file, nil where the file or the key is not
// there.
func (f *figures) optionalKey(name, key string) *uint64 {
	text, _ := f.text(name)
	return f.key(name, text, key)
}

// key is a value of a keyed file's text, nil where the key is not there.
func (f *figures) key(name string, text []byte, key string) *uint64 {
	v, ok, err := lookup(text, key)
	if err != nil {
		f.err = f.dir.wrap(name, err)
	}
	if !ok {
		return nil
	}
	return &v
}

// text reads a file that need not be there.
func (f *figures) text(name string) (text []byte, ok bool) {
	if f.err != nil {
		return nil, false
	}
	text, err := f.dir.readAgain(name)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, false
	}
	f.err = err
	return text, err == nil
}
