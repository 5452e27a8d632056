package gateway

import (
	"bytes"
	"errors"
	"sort"
	"unsafe"
)

// flatLayout is a catalogue in one piece of memory without a pointer in it, so that any process can map it at any address.
// The parts lie one behind the other in the order of the fields, after a flatHeader, those with the widest elements first:
// so each is aligned where its elements need it. The byte order is the machine's, for the memory never leaves it.
type flatLayout struct {
	ids      []int64   // of the passages
	bodyEnds []uint64  // in bodies, of each passage
	listEnds []uint64  // in postings, of each term
	nameEnds []uint64  // in names, of each term
	postings []posting // term after term
	damping  []float32 // the catalogue's
	byName   []uint32  // the terms in the order of their names, to search in
	names    []byte
	bodies   []byte
}

// flatHeader holds the lengths of the parts, in elements.
type flatHeader struct{ passages, terms, postings, names, bodies uint64 }

// element is what a part can hold.
type element interface {
	flatHeader | int64 | uint64 | posting | float32 | uint32 | byte
}

// errFlat says that memory holds no whole catalogue. It is not looked at any closer: it was sealed when it was complete.
var errFlat = errors.New("not a catalogue, or not all of one")

// openFlat returns the catalogue that data holds, whose address must be a multiple of 8. It refers to data for ever.
func openFlat(data []byte) (*catalogue, error) {
	r := flatReader{rest: data}
	header := take[flatHeader](&r, 1)
	if r.short {
		return nil, errFlat
	}
	h := header[0]
	f := &flatLayout{
		ids:      take[int64](&r, h.passages),
		bodyEnds: take[uint64](&r, h.passages),
		listEnds: take[uint64](&r, h.terms),
		nameEnds: take[uint64](&r, h.terms),
		postings: take[posting](&r, h.postings),
		damping:  take[float32](&r, h.passages),
		byName:   take[uint32](&r, h.terms),
		names:    take[byte](&r, h.names),
		bodies:   take[byte](&r, h.bodies),
	}
	if r.short || len(r.rest) > 0 {
		return nil, errFlat
	}
	return &catalogue{layout: f, damping: f.damping}, nil
}

type flatReader struct {
	rest  []byte
	short bool // more was asked for than there was
}

// take returns the next n elements where they lie.
func take[T element](r *flatReader, n uint64) []T {
	size := uint64(unsafe.Sizeof(*new(T)))
	if r.short || n > uint64(len(r.rest))/size {
		r.short = true
		return nil
	}
	if n == 0 {
		return nil
	}
	part := unsafe.Slice((*T)(unsafe.Pointer(unsafe.SliceData(r.rest))), n)
	r.rest = r.rest[n*size:]
	return part
}

// raw is the memory of elements.
func raw[T element](elements ...T) []byte {
	return unsafe.Slice((*byte)(unsafe.Pointer(unsafe.SliceData(elements))), len(elements)*int(unsafe.Sizeof(*new(T))))
}

// between is the nth part of all, where ends says where each part ends.
func between[T any](all []T, ends []uint64, n int) []T {
	begin := uint64(0)
	if n > 0 {
		begin = ends[n-1]
	}
	return all[begin:ends[n]]
}

func (f *flatLayout) size() int                { return len(f.ids) }
func (f *flatLayout) list(id uint32) []posting { return between(f.postings, f.listEnds, int(id)) }

func (f *flatLayout) passage(place int) passage {
	body := between(f.bodies, f.bodyEnds, place)
	return passage{id: f.ids[place], body: unsafe.String(unsafe.SliceData(body), len(body))}
}

func (f *flatLayout) find(term []byte) (uint32, bool) {
	at, found := sort.Find(len(f.byName), func(i int) int {
		name := between(f.names, f.nameEnds, int(f.byName[i]))
		return bytes.Compare(term, name)
	})
	if !found {
		return 0, false
	}
	return f.byName[at], true
}
