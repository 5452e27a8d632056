package bench

import (
	"compress/gzip"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strconv"
	"time"
)

// hitColumns is the header of a hit file, gzipped CSV. Times are nanoseconds
// since the attack began.
var hitColumns = []string{"seq", "intended_ns", "sent_ns", "done_ns", "status", "bytes_in", "error"}

// HitWriter appends hits to a file of gzipped CSV.
type HitWriter struct {
	file *os.File
	zip  *gzip.Writer
	csv  *csv.Writer
	row  [7]string
}

// CreateHits makes the file and writes its header.
func CreateHits(path string) (*HitWriter, error) {
	f, err := os.Create(path)
	if err != nil {
		return nil, err
	}
	z := gzip.NewWriter(f)
	w := &HitWriter{file: f, zip: z, csv: csv.NewWriter(z)}
	if err := w.csv.Write(hitColumns); err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return w, nil
}

// Write appends one hit.
func (w *HitWriter) Write(h Hit) error {
	w.row = [7]string{
		strconv.FormatUint(h.Seq, 10),
		strconv.FormatInt(int64(h.Intended), 10),
		strconv.FormatInt(int64(h.Sent), 10),
		strconv.FormatInt(int64(h.Done), 10),
		strconv.Itoa(h.Status),
		strconv.FormatInt(h.BytesIn, 10),
		h.Error,
	}
	return w.csv.Write(w.row[:])
}

// Close flushes everything to disk.
func (w *HitWriter) Close() error {
	w.csv.Flush()
	return errors.Join(w.csv.Error(), w.zip.Close(), w.file.Sync(), w.file.Close())
}

// ReadHits calls f for each hit of the file, in the file's order.
func ReadHits(path string, f func(Hit) error) error {
	return readGzip(path, func(r io.Reader) error { return DecodeHits(r, f) })
}

// DecodeHits calls f for each hit of a hit file's uncompressed text. An error
// names the line.
func DecodeHits(r io.Reader, f func(Hit) error) error {
	c := csv.NewReader(r)
	c.FieldsPerRecord = len(hitColumns)
	c.ReuseRecord = true
	head, err := c.Read()
	if err != nil {
		return fmt.Errorf("header: %w", err)
	}
	if !slices.Equal(head, hitColumns) {
		return fmt.Errorf("line 1: columns are %q, want %q", head, hitColumns)
	}
	for {
		row, err := c.Read()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		h, err := parseHit(row)
		if err != nil {
			line, _ := c.FieldPos(0)
			return fmt.Errorf("line %d: %w", line, err)
		}
		if err := f(h); err != nil {
			return err
		}
	}
}

func parseHit(row []string) (Hit, error) {
	var n [6]int64
	for i := range n {
		v, err := strconv.ParseInt(row[i], 10, 64)
		if err != nil || v < 0 {
			return Hit{}, fmt.Errorf("%s is %q, want a whole number from 0", hitColumns[i], row[i])
		}
		n[i] = v
	}
	return Hit{
		Seq: uint64(n[0]), Intended: time.Duration(n[1]), Sent: time.Duration(n[2]), Done: time.Duration(n[3]),
		Status: int(n[4]), BytesIn: n[5], Error: row[6],
	}, nil
}

// readGzip opens a gzipped file and hands its text to f; errors name the file.
func readGzip(path string, f func(io.Reader) error) error {
	file, err := os.Open(path)
	if err != nil {
		return err
	}
	defer file.Close()
	z, err := gzip.NewReader(file)
	if err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	if err := f(z); err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	return nil
}
