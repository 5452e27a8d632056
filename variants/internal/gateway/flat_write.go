package gateway

import (
	"bufio"
	"fmt"
	"io"
	"slices"
	"strings"
)

// writeFlat writes the finished catalogue as openFlat reads it. Terms keep their numbers: they decide in which order scores
// are added up, and so the last bit of each.
func (x *indexer) writeFlat(w io.Writer) error {
	h := x.heap
	header := flatHeader{
		passages: uint64(len(h.passages)), terms: uint64(len(h.postings)),
		postings: sum(h.postings, func(list []posting) int { return len(list) }),
		names:    sum(x.names, func(name string) int { return len(name) }),
		bodies:   sum(h.passages, func(p passage) int { return len(p.body) }),
	}
	out := &flatWriter{to: bufio.NewWriterSize(w, 1<<20)}
	out.write(raw(header))
	for _, p := range h.passages {
		out.write(raw(p.id))
	}
	out.write(raw(ends(h.passages, func(p passage) int { return len(p.body) })...))
	out.write(raw(ends(h.postings, func(list []posting) int { return len(list) })...))
	out.write(raw(ends(x.names, func(name string) int { return len(name) })...))
	for _, list := range h.postings {
		out.write(raw(list...))
	}
	out.write(raw(x.damping()...))
	out.write(raw(x.byName()...))
	for _, name := range x.names {
		out.write([]byte(name))
	}
	for _, p := range h.passages {
		out.write([]byte(p.body))
	}
	return out.finish()
}

// byName is the numbers of the terms in the order of their names.
func (x *indexer) byName() []uint32 {
	order := make([]uint32, len(x.names))
	for i := range order {
		order[i] = uint32(i)
	}
	slices.SortFunc(order, func(a, b uint32) int { return strings.Compare(x.names[a], x.names[b]) })
	return order
}

func sum[T any](parts []T, length func(T) int) uint64 {
	total := uint64(0)
	for _, p := range parts {
		total += uint64(length(p))
	}
	return total
}

// ends is where each part ends when they lie one behind the other.
func ends[T any](parts []T, length func(T) int) []uint64 {
	at, out := uint64(0), make([]uint64, len(parts))
	for i, p := range parts {
		at += uint64(length(p))
		out[i] = at
	}
	return out
}

// flatWriter keeps the first error for the end.
type flatWriter struct {
	to  *bufio.Writer
	err error
}

func (w *flatWriter) write(part []byte) {
	if w.err == nil {
		_, w.err = w.to.Write(part)
	}
}

func (w *flatWriter) finish() error {
	if w.err == nil {
		w.err = w.to.Flush()
	}
	if w.err != nil {
		return fmt.Errorf("write the catalogue: %w", w.err)
	}
	return nil
}
