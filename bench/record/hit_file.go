package record

import (
	"bufio"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/klauspost/compress/gzip"

	"github.com/memproof/memproof/bench/internal/files"
	"github.com/memproof/memproof/bench/metric"
)

// The header of a hit file, gzipped CSV, names its columns. Times are nanoseconds since
// the load began. The digest has 16 hexadecimal digits. The connection is none, new,
// used or reset, see [metric.Connection]; files of some runs of format 2 lack it. A line
// break in a message reads as \n, even if it was \r\n, see [csv.Reader].
const (
	hitColumns    = "seq,intended_ns,sent_ns,done_ns,status,bytes_in,target,digest,connection,error"
	oldHitColumns = "seq,intended_ns,sent_ns,done_ns,status,bytes_in,target,digest,error"

	connectionColumn = 8
)

// HitWriter appends hits to a file of gzipped CSV.
type HitWriter struct {
	file *os.File
	zip  *gzip.Writer
	buf  *bufio.Writer
}

// CreateHits creates the file and writes its header.
func CreateHits(path string) (*HitWriter, error) {
	f, err := os.Create(path)
	if err != nil {
		return nil, err
	}
	// The generator writes while it sends. BestSpeed takes half the processor time of
	// the default level, for files a fifth larger.
	z, err := gzip.NewWriterLevel(f, gzip.BestSpeed)
	if err != nil {
		return nil, errors.Join(err, f.Close())
	}
	w := &HitWriter{file: f, zip: z, buf: bufio.NewWriterSize(z, 1<<16)}
	if _, err := w.buf.WriteString(hitColumns + "\n"); err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return w, nil
}

// Write appends one hit.
func (w *HitWriter) Write(h metric.Hit) error {
	message := h.Error
	if strings.ContainsAny(message, ",\"\r\n") { // RFC 4180
		message = `"` + strings.ReplaceAll(message, `"`, `""`) + `"`
	}
	b := w.buf.AvailableBuffer()
	for _, n := range [...]int64{int64(h.Seq), int64(h.Intended), int64(h.Sent), int64(h.Done), int64(h.Status), h.BytesIn, int64(h.Target)} {
		b = append(strconv.AppendInt(b, n, 10), ',')
	}
	b = fmt.Appendf(b, "%016x,%s,%s\n", h.Digest, h.Connection, message)
	_, err := w.buf.Write(b)
	return err
}

// Close flushes everything to disk.
func (w *HitWriter) Close() error {
	return errors.Join(w.buf.Flush(), w.zip.Close(), w.file.Sync(), w.file.Close())
}

// ReadHits calls f for each hit of the file, in the file's order.
func ReadHits(path string, f func(metric.Hit) error) error {
	return readGzip(path, func(r io.Reader) error { return DecodeHits(r, f) })
}

// maxRecord is the limit for a record in bytes, far above the longest message.
const maxRecord = 1 << 20

// DecodeHits calls f for each hit of a hit file's uncompressed text. An error names
// the line.
func DecodeHits(r io.Reader, f func(metric.Hit) error) error {
	limit := files.NewLimit(r, "a record", maxRecord) // csv.Reader holds a record as a whole, and a quote may never end
	rows := csv.NewReader(bufio.NewReaderSize(limit, 1<<16))
	rows.ReuseRecord = true
	head, err := rows.Read()
	if err != nil {
		return fmt.Errorf("header: %w", err)
	}
	columns := strings.Join(head, ",")
	if columns != hitColumns && columns != oldHitColumns {
		return fmt.Errorf("line 1: columns are %.200q, want %q", columns, hitColumns)
	}
	var p hitParser
	for {
		limit.Reset()
		row, err := rows.Read()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		if columns == oldHitColumns {
			row = slices.Insert(row, connectionColumn, "")
		}
		h, err := p.parse(row)
		if err != nil {
			line, _ := rows.FieldPos(0)
			return fmt.Errorf("line %d: %w", line, err)
		}
		if err := f(h); err != nil {
			return err
		}
	}
}

// hitParser parses rows. The first error in a row counts.
type hitParser struct {
	row     []string // the fields that are left
	err     error
	message string // the latest error message
}

// parse reads a row that is valid until the next one is read.
func (p *hitParser) parse(row []string) (metric.Hit, error) {
	p.row, p.err = row, nil
	h := metric.Hit{
		Seq:        uint64(p.number("seq")),
		Intended:   time.Duration(p.number("intended_ns")),
		Sent:       time.Duration(p.number("sent_ns")),
		Done:       time.Duration(p.number("done_ns")),
		Status:     int(p.number("status")),
		BytesIn:    p.number("bytes_in"),
		Target:     int(p.number("target")),
		Digest:     p.digest(),
		Connection: p.connection(),
	}
	if text := p.next(); text != p.message {
		p.message = strings.Clone(text) // the text would keep its whole row in memory; equal messages share a copy
	}
	h.Error = p.message
	return h, p.err
}

func (p *hitParser) next() (field string) {
	field, p.row = p.row[0], p.row[1:]
	return field
}

func (p *hitParser) check(ok bool, name, text, want string) {
	if !ok && p.err == nil {
		p.err = fmt.Errorf("%s is %.100q, want %s", name, text, want)
	}
}

// number reads a whole number from 0 to the largest int64.
func (p *hitParser) number(name string) int64 {
	text := p.next()
	n, err := strconv.ParseUint(text, 10, 63)
	p.check(err == nil, name, text, "a whole number from 0")
	return int64(n)
}

func (p *hitParser) digest() uint64 {
	text := p.next()
	n, err := strconv.ParseUint(text, 16, 64)
	p.check(err == nil && len(text) == 16 && text == strings.ToLower(text), "digest", text, "16 hexadecimal digits")
	return n
}

func (p *hitParser) connection() metric.Connection {
	text := p.next()
	i := slices.Index(metric.ConnectionNames[:], text)
	p.check(i >= 0, "connection", text, "none, new, used or reset")
	return metric.Connection(i)
}

// readGzip opens a gzipped file and passes its text to f; errors name the file.
func readGzip(path string, f func(io.Reader) error) error {
	file, err := files.OpenRegular(path)
	if err != nil {
		return missing(path, err)
	}
	defer file.Close()
	z, err := gzip.NewReader(file)
	if err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	text, stop := readAhead(files.NewLimit(z, "a text", maxUncompressed))
	defer stop()
	if err := f(text); err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	return nil
}
