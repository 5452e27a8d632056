package record

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/memproof/memproof/bench/internal/files"
	"github.com/memproof/memproof/bench/metric"
)

// The header of a hit file, gzipped CSV, says which columns it has. Times are
// nanoseconds since the attack began; the digest is 16 hexadecimal digits; the
// connection is none, new, used or reset, see [metric.Connection]. Older files lack the
// connection, and the oldest the target and the digest too.
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

// CreateHits makes the file and writes its header.
func CreateHits(path string) (*HitWriter, error) {
	f, err := os.Create(path)
	if err != nil {
		return nil, err
	}
	// The generator writes while it sends: half the processor time of the
	// default level, for files a fifth larger.
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

// appendText appends a field of CSV (RFC 4180), quoted where it must be.
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

// DecodeHits calls f for each hit of a hit file's uncompressed text. An error
// names the line. A run has millions of hits, so encoding/csv, which makes
// strings of all fields, is not used: only a message of failure that differs
// from the last is allocated.
func DecodeHits(r io.Reader, f func(metric.Hit) error) error {
	d := hitDecoder{r: bufio.NewReaderSize(r, 1<<16)}
	if err := d.header(); err != nil {
		return err
	}
	for {
		begins := d.line + 1
		record, err := d.record()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		if len(record) == 0 {
			continue
		}
		h, err := d.hit(record)
		if err != nil {
			return fmt.Errorf("line %d: %w", begins, err)
		}
		if err := f(h); err != nil {
			return err
		}
	}
}

type hitDecoder struct {
	r     *bufio.Reader
	line  int    // that was read last, from 1
	plain bool   // without target and digest
	older bool   // without the connection
	long  []byte // a record that does not lie in the reader's buffer whole
	why   string // the message of the last hit that had one
}

func (d *hitDecoder) header() error {
	head, err := d.record()
	if err != nil {
		return fmt.Errorf("header: %w", err)
	}
	switch string(head) {
	case hitColumns:
	case hitColumnsDigest:
		d.older = true
	case hitColumnsPlain:
		d.plain, d.older = true, true
	default:
		return fmt.Errorf("line 1: columns are %.200q, want %q", head, hitColumns)
	}
	return nil
}

// maxRecord is far more than the longest message makes a record, in bytes.
const maxRecord = 1 << 20

// record reads up to the end of a line that no quotes contain. It is valid
// until the next call. It looks at each byte once, and holds no more than
// maxRecord and a buffer.
func (d *hitDecoder) record() ([]byte, error) {
	d.long = d.long[:0]
	for quoted := false; ; {
		part, err := d.r.ReadSlice('\n')
		if bytes.Count(part, []byte{'"'})%2 != 0 {
			quoted = !quoted
		}
		if err == nil {
			d.line++
			if len(d.long) == 0 && !quoted {
				return trimLine(part), nil // as nearly all are; nothing is copied
			}
		}
		d.long = append(d.long, part...)
		switch {
		case len(d.long) > maxRecord:
			return nil, fmt.Errorf("line %d: a record of more than %d bytes", d.line, maxRecord)
		case err == nil && !quoted, errors.Is(err, io.EOF) && len(d.long) > 0: // the last line may lack its end
			return trimLine(d.long), nil
		case err != nil && !errors.Is(err, bufio.ErrBufferFull):
			return nil, err
		}
	}
}

func trimLine(line []byte) []byte {
	return bytes.TrimSuffix(bytes.TrimSuffix(line, []byte{'\n'}), []byte{'\r'})
}

func (d *hitDecoder) hit(record []byte) (metric.Hit, error) {
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
	h.Error = d.message(&f)
	return h, f.err
}

// message is the last field. Failures come in rows of the same kind, so a
// message that equals the last one is not made anew.
func (d *hitDecoder) message(f *fields) string {
	text := f.text("error")
	if len(text) == 0 {
		return ""
	}
	if string(text) != d.why { // does not allocate
		d.why = string(text)
	}
	return d.why
}

// fields takes a record apart. After the first error it gives zeros.
type fields struct {
	rest []byte
	end  bool // the last field has been taken
	err  error
}

func (f *fields) fail(format string, args ...any) {
	if f.err == nil {
		f.err = fmt.Errorf(format, args...)
	}
}

func (f *fields) next(name string) (field []byte) {
	if f.end {
		f.fail("%s is missing", name)
		return nil
	}
	i := bytes.IndexByte(f.rest, ',')
	if i < 0 {
		f.end = true
		return f.rest
	}
	field, f.rest = f.rest[:i], f.rest[i+1:]
	return field
}

// number reads a whole number from 0 to the largest int64.
func (f *fields) number(name string) (n int64) {
	text := f.next(name)
	for _, c := range text {
		digit := int64(c) - '0'
		if digit < 0 || digit > 9 || n > (math.MaxInt64-digit)/10 {
			f.fail("%s is %.100q, want a whole number from 0", name, text)
			return 0
		}
		n = n*10 + digit
	}
	if len(text) == 0 {
		f.fail("%s is empty, want a whole number from 0", name)
	}
	return n
}

func (f *fields) digest() (d uint64) {
	text := f.next("digest")
	for _, c := range text {
		switch {
		case c >= '0' && c <= '9':
			d = d<<4 | uint64(c-'0')
		case c >= 'a' && c <= 'f':
			d = d<<4 | uint64(c-'a'+10)
		default:
			text = nil
		}
	}
	if len(text) != 16 {
		f.fail("digest is no 16 hexadecimal digits")
		return 0
	}
	return d
}

func (f *fields) connection() metric.Connection {
	text := f.next("connection")
	for i, name := range metric.ConnectionNames {
		if string(text) == name { // does not allocate
			return metric.Connection(i)
		}
	}
	f.fail("connection is %.100q, want none, new, used or reset", text)
	return metric.UnknownConnection
}

// text reads the record's last field.
func (f *fields) text(name string) []byte {
	if f.end {
		f.fail("%s is missing", name)
		return nil
	}
	if len(f.rest) == 0 || f.rest[0] != '"' {
		if i := bytes.IndexAny(f.rest, ",\""); i >= 0 {
			f.fail("%s holds %q outside of quotes", name, f.rest[i])
		}
		return f.rest
	}
	inner, ok := bytes.CutSuffix(f.rest[1:], []byte{'"'})
	plain := bytes.ReplaceAll(inner, []byte(`""`), []byte{'"'})
	// Each quote inside is doubled, and goes to one: those that are left are half.
	if quotes := bytes.Count(inner, []byte{'"'}); !ok || len(inner)-len(plain) != quotes/2 || quotes%2 != 0 {
		f.fail("%s is not quoted as CSV is: %.100q", name, f.rest)
	}
	return plain
}

// readGzip opens a gzipped file and hands its text to f; errors name the file.
func readGzip(path string, f func(io.Reader) error) error {
	file, err := files.OpenRegular(path)
	if err != nil {
		return err
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
