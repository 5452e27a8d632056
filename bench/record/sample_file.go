package record

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"

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

// DecodeSamples calls f for each JSON line. An error names the line.
func DecodeSamples(r io.Reader, f func(metric.Sample) error) error {
	lines := bufio.NewReaderSize(r, 1<<16)
	for n := 1; ; n++ {
		line, err := files.BoundedLine(lines, maxSampleLine)
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return fmt.Errorf("sample %d: %w", n, err)
		}
		if len(bytes.TrimSpace(line)) == 0 {
			continue
		}
		s, err := decodeSample(line)
		if err != nil {
			return fmt.Errorf("sample %d: %w", n, err)
		}
		if err := f(s); err != nil {
			return err
		}
	}
}

func decodeSample(line []byte) (s metric.Sample, err error) {
	d := json.NewDecoder(bytes.NewReader(line))
	d.DisallowUnknownFields()
	if err := d.Decode(&s); err != nil {
		return s, err
	}
	if d.More() {
		return s, errors.New("more follows it on its line")
	}
	return s, nil
}
