package record

import (
	"bufio"
	"compress/gzip"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/memproof/memproof/bench/internal/files"
	"github.com/memproof/memproof/bench/metric"
)

// The header of a hit file, gzipped CSV, names its columns. Times are nanoseconds since
// the load began. The digest has 16 hexadecimal digits. The connection is none, new,
// used or reset, see [metric.Connection]. Older files lack the connection, and the
// oldest also the target and the digest. A line break in a message reads as \n, even if
// it was \r\n, see [csv.Reader].
const (
	hitColumns       = "seq,intended_ns,sent_ns,done_ns,status,bytes_in,target,digest,connection,error"
	hitColumnsDigest = "seq,intended_ns,sent_ns,done_ns,status,bytes_in,target,digest,error"
	hitColumnsPlain  = "seq,intended_ns,sent_ns,done_ns,status,bytes_in,error"
)

// HitWriter appends hits to a file of gzipped CSV.
type HitWriter struct {
	file *os.File
	zip  *gzip.Writer
	buf  *bufio.Writer
	row  []byte
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
	w.row = appendHit(w.row[:0], h)
	_, err := w.buf.Write(w.row)
	return err
}

func appendHit(b []byte, h metric.Hit) []byte {
	b = append(strconv.AppendUint(b, h.Seq, 10), ',')
	for _, n := range [...]int64{int64(h.Intended), int64(h.Sent), int64(h.Done), int64(h.Status), h.BytesIn, int64(h.Target)} {
		b = append(strconv.AppendInt(b, n, 10), ',')
	}
	for shift := 60; shift >= 0; shift -= 4 {
		b = append(b, "0123456789abcdef"[h.Digest>>shift&15])
	}
	b = append(append(b, ','), h.Connection.String()...)
	return append(appendText(append(b, ','), h.Error), '\n')
}

// appendText appends a field of CSV (RFC 4180), quoted if necessary.
func appendText(b []byte, text string) []byte {
	if !strings.ContainsAny(text, ",\"\r\n") {
		return append(b, text...)
	}
	b = append(b, '"')
	b = append(b, strings.ReplaceAll(text, `"`, `""`)...)
	return append(b, '"')
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
	limit := &recordLimit{r: r, left: maxRecord}
	d := hitDecoder{csv: csv.NewReader(bufio.NewReaderSize(limit, 1<<16)), limit: limit}
	d.csv.ReuseRecord = true
	if err := d.header(); err != nil {
		return err
	}
	for {
		record, err := d.record()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		h, err := d.hit(record)
		if err != nil {
			return fmt.Errorf("line %d: %w", d.line, err)
		}
		if err := f(h); err != nil {
			return err
		}
	}
}

type hitDecoder struct {
	csv   *csv.Reader
	limit *recordLimit
	line  int    // the first line of the current record, from 1
	plain bool   // without target and digest
	older bool   // without the connection
	why   string // the latest error message
}

func (d *hitDecoder) header() error {
	head, err := d.record()
	if err != nil {
		return fmt.Errorf("header: %w", err)
	}
	switch columns := strings.Join(head, ","); columns {
	case hitColumns:
	case hitColumnsDigest:
		d.older = true
	case hitColumnsPlain:
		d.plain, d.older = true, true
	default:
		return fmt.Errorf("line %d: columns are %.200q, want %q", d.line, columns, hitColumns)
	}
	return nil
}

// record is valid until the next call.
func (d *hitDecoder) record() ([]string, error) {
	d.limit.left = maxRecord
	record, err := d.csv.Read()
	if err != nil {
		return nil, d.where(err)
	}
	d.line, _ = d.csv.FieldPos(0)
	return record, nil
}

// where adds the line to a read error, unless the error names it.
func (d *hitDecoder) where(err error) error {
	if bad, ok := errors.AsType[*csv.ParseError](err); ok {
		return fmt.Errorf("line %d: %w", bad.StartLine, bad.Err)
	}
	if errors.Is(err, io.EOF) {
		return err
	}
	return fmt.Errorf("after line %d: %w", d.line, err)
}

func (d *hitDecoder) hit(record []string) (metric.Hit, error) {
	f := fields{rest: record}
	h := metric.Hit{
		Seq:      uint64(f.number("seq")),
		Intended: time.Duration(f.number("intended_ns")),
		Sent:     time.Duration(f.number("sent_ns")),
		Done:     time.Duration(f.number("done_ns")),
		Status:   int(f.number("status")),
		BytesIn:  f.number("bytes_in"),
	}
	if !d.plain {
		h.Target = int(f.number("target"))
		h.Digest = f.digest()
	}
	if !d.older {
		h.Connection = f.connection()
	}
	h.Error = d.message(f.next())
	return h, f.err
}

// message returns a copy, because text would keep its whole record in memory. Failures
// often repeat, and equal messages in a row share one copy.
func (d *hitDecoder) message(text string) string {
	if text == "" {
		return ""
	}
	if text != d.why {
		d.why = strings.Clone(text)
	}
	return d.why
}

// fields parses a record. After the first error it returns zeros.
type fields struct {
	rest []string // as many as the header has columns
	err  error
}

func (f *fields) fail(format string, args ...any) {
	if f.err == nil {
		f.err = fmt.Errorf(format, args...)
	}
}

func (f *fields) next() (field string) {
	field, f.rest = f.rest[0], f.rest[1:]
	return field
}

// number reads a whole number from 0 to the largest int64.
func (f *fields) number(name string) int64 {
	text := f.next()
	n, err := strconv.ParseUint(text, 10, 63)
	if err != nil {
		f.fail("%s is %.100q, want a whole number from 0", name, text)
		return 0
	}
	return int64(n)
}

func (f *fields) digest() uint64 {
	text := f.next()
	d, err := strconv.ParseUint(text, 16, 64)
	if err != nil || len(text) != 16 || text != strings.ToLower(text) {
		f.fail("digest is %.100q, want 16 hexadecimal digits", text)
		return 0
	}
	return d
}

func (f *fields) connection() metric.Connection {
	text := f.next()
	i := slices.Index(metric.ConnectionNames[:], text)
	if i < 0 {
		f.fail("connection is %.100q, want none, new, used or reset", text)
		return metric.UnknownConnection
	}
	return metric.Connection(i)
}

// recordLimit limits the bytes that are read for one record. csv.Reader holds a record
// as a whole, and an open quote may never end.
type recordLimit struct {
	r    io.Reader
	left int // bytes
}

// Read implements io.Reader.
func (l *recordLimit) Read(p []byte) (int, error) {
	if l.left <= 0 {
		return 0, fmt.Errorf("a record of more than %d bytes", maxRecord)
	}
	n, err := l.r.Read(p)
	l.left -= n
	return n, err
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
	if err := f(files.AtMost(z, maxUncompressed)); err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	return nil
}
