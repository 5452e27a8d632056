package record

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/klauspost/compress/gzip"

	"github.com/memproof/memproof/bench/internal/files"
	"github.com/memproof/memproof/bench/metric"
)

// SampleWriter appends samples to a file of gzipped JSON lines.
type SampleWriter struct {
	file *os.File
	zip  *gzip.Writer
	json *json.Encoder
}

// CreateSamples creates the file.
func CreateSamples(path string) (*SampleWriter, error) {
	f, err := os.Create(path)
	if err != nil {
		return nil, err
	}
	z := gzip.NewWriter(f)
	return &SampleWriter{file: f, zip: z, json: json.NewEncoder(z)}, nil
}

// Write appends one sample.
func (w *SampleWriter) Write(s metric.Sample) error { return w.json.Encode(s) }

// Close flushes everything to disk.
func (w *SampleWriter) Close() error {
	return errors.Join(w.zip.Close(), w.file.Sync(), w.file.Close())
}

// ReadSamples calls f for each sample of the file, in the file's order.
func ReadSamples(path string, f func(metric.Sample) error) error {
	return readGzip(path, func(r io.Reader) error { return DecodeSamples(r, f) })
}

// DecodeSamples calls f for each JSON value. An error has the number of the sample.
func DecodeSamples(r io.Reader, f func(metric.Sample) error) error {
	limit := files.NewLimit(r, "a sample", maxSample)
	d := json.NewDecoder(limit)
	d.DisallowUnknownFields()
	for n := 1; ; n++ {
		limit.Reset()
		var s metric.Sample
		err := d.Decode(&s)
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return fmt.Errorf("sample %d: %w", n, err)
		}
		if err := f(s); err != nil {
			return err
		}
	}
}
