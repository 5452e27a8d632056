package record_test

import (
	"errors"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/memproof/memproof/bench/internal/fakerig"
	"github.com/memproof/memproof/bench/metric"
	"github.com/memproof/memproof/bench/record"
	"github.com/memproof/memproof/bench/verdict"
)

func TestHitsSurviveTheFile(t *testing.T) {
	want := []metric.Hit{
		{Seq: 0, Intended: 1, Sent: 2, Done: 3, Status: 200, BytesIn: 1234},
		{Seq: 1, Intended: time.Second, Sent: time.Second, Done: time.Minute, Error: "dial tcp: \"refused\",\nagain"},
	}
	path := filepath.Join(t.TempDir(), "hits.csv.gz")
	w, err := record.CreateHits(path)
	if err != nil {
		t.Fatal(err)
	}
	for _, h := range want {
		if err := w.Write(h); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	var got []metric.Hit
	if err := record.ReadHits(path, func(h metric.Hit) error { got = append(got, h); return nil }); err != nil {
		t.Fatal(err)
	}
	if len(got) != 2 || got[0] != want[0] || got[1] != want[1] {
		t.Errorf("read %+v, wrote %+v", got, want)
	}
}

func TestTruncatedFilesAreErrors(t *testing.T) {
	run := fakerig.Create(t)
	fakerig.Execute(t, run, fakerig.New())
	for _, name := range []string{"hits.csv.gz", "samples.jsonl.gz"} {
		files, err := filepath.Glob(filepath.Join(run.Dir, "trials", "*", name))
		if err != nil || len(files) == 0 {
			t.Fatal(files, err)
		}
		text := fakerig.Read(t, files[0])
		if err := os.WriteFile(files[0], []byte(text[:len(text)/2]), 0o644); err != nil {
			t.Fatal(err)
		}
		again, err := record.OpenRun(run.Dir)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := verdict.Judge(again); err == nil || !strings.Contains(err.Error(), files[0]) {
			t.Errorf("%s cut in half: error %v does not name it", name, err)
		}
		if err := os.Remove(files[0]); err != nil {
			t.Fatal(err)
		}
		var none record.NoRawData
		if _, err := verdict.Judge(again); !errors.As(err, &none) || none.Path != files[0] {
			t.Errorf("%s removed: error %v does not name it", name, err)
		}
		if err := os.WriteFile(files[0], []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

func FuzzDecodeHits(f *testing.F) {
	f.Add("seq,intended_ns,sent_ns,done_ns,status,bytes_in,target,digest,error\n0,1,2,3,200,4,0,0000000000000000,\n")
	f.Add("seq,intended_ns,sent_ns,done_ns,status,bytes_in,target,digest,error\n-1,1,2,3,200,4,0,0000000000000000,\n")
	f.Add("a,b\n")
	f.Fuzz(func(t *testing.T, text string) {
		_ = record.DecodeHits(strings.NewReader(text), func(h metric.Hit) error {
			if h.Intended < 0 || h.Status < 0 || h.BytesIn < 0 {
				t.Errorf("a negative number was read: %+v", h)
			}
			return nil
		})
	})
}

func FuzzDecodeSamples(f *testing.F) {
	f.Add(`{"at":"2026-01-02T03:04:05Z","cgroup":{"version":2,"usage":5,"inactive_file":9}}`)
	f.Add(`{"at":"2026-01-02T03:04:05Z","processes":[{"pid":1,"rss":5}]}{}`)
	f.Fuzz(func(t *testing.T, text string) {
		_ = record.DecodeSamples(strings.NewReader(text), func(s metric.Sample) error {
			if s.Cgroup != nil && s.Cgroup.WorkingSet() > s.Cgroup.Usage {
				t.Errorf("docker stats above usage: %+v", s.Cgroup)
			}
			return nil
		})
	})
}

func TestQuantities(t *testing.T) {
	tests := []struct {
		text string
		want metric.Quantity
	}{
		{"60%", metric.Quantity{Value: 0.6}},
		{"800MB", metric.Quantity{Value: 800e6, Unit: metric.UnitBytes}},
		{"1.5 GiB", metric.Quantity{Value: 1.5 * (1 << 30), Unit: metric.UnitBytes}},
		{"5ms", metric.Quantity{Value: 0.005, Unit: metric.UnitSeconds}},
		{"3", metric.Quantity{Value: 3}},
		{"-2s", metric.Quantity{Value: -2, Unit: metric.UnitSeconds}},
	}
	for _, tt := range tests {
		if got, err := metric.ParseQuantity(tt.text); err != nil || got != tt.want {
			t.Errorf("%q is %+v, %v; want %+v", tt.text, got, err, tt.want)
		}
	}
	for _, bad := range []string{"", "MB", "ten", "1e999", "NaN", "5 apples"} {
		if got, err := metric.ParseQuantity(bad); err == nil {
			t.Errorf("%q was read as %+v", bad, got)
		}
	}
}

func TestFormatValue(t *testing.T) {
	tests := []struct {
		v    float64
		unit metric.Unit
		want string
	}{
		{1.58e9, metric.UnitBytes, "1.58 GB"}, {999.9e6, metric.UnitBytes, "1.00 GB"}, {43.2e6, metric.UnitBytes, "43.2 MB"},
		{12, metric.UnitBytes, "12.0 B"}, {0, metric.UnitBytes, "0.00 B"}, {-5e6, metric.UnitBytes, "-5.00 MB"},
		{0.2004, metric.UnitSeconds, "200 ms"}, {1.5, metric.UnitSeconds, "1.50 s"}, {2e-5, metric.UnitSeconds, "20.0 µs"},
		{1.5e12, metric.UnitBytes, "1.50 TB"}, {0.5, metric.UnitBytes, "0.50 B"}, {5400, metric.UnitSeconds, "5400 s"},
		{5, metric.UnitNumber, "5"}, {0, metric.UnitNumber, "0"}, {math.Copysign(0, -1), metric.UnitNumber, "0"}, {5.1666, metric.UnitNumber, "5.167"},
		{1234.5678, metric.UnitNumber, "1235"}, {9999, metric.UnitNumber, "9999"}, {9999.4, metric.UnitNumber, "9999"}, {9999.5, metric.UnitNumber, "10,000"},
		{10000, metric.UnitNumber, "10,000"}, {12340, metric.UnitNumber, "12,340"}, {12345.678, metric.UnitNumber, "12,346"}, {-12345, metric.UnitNumber, "-12,345"},
		{123456, metric.UnitNumber, "123,456"}, {1234567, metric.UnitNumber, "1,234,567"}, {-123456, metric.UnitNumber, "-123,456"},
		{1e15, metric.UnitNumber, "1,000,000,000,000,000"}, {1e18, metric.UnitNumber, "1e+18"},
		{0.001, metric.UnitNumber, "0.001"}, {0.00012, metric.UnitNumber, "0.00012"}, {0.000012345, metric.UnitNumber, "0.00001234"}, {-3e-7, metric.UnitNumber, "-0.0000003"},
		{math.NaN(), metric.UnitNumber, "NaN"}, {math.Inf(1), metric.UnitNumber, "+Inf"},
	}
	for _, tt := range tests {
		if got := metric.FormatValue(tt.v, tt.unit); got != tt.want {
			t.Errorf("%v %s is %q, want %q", tt.v, tt.unit, got, tt.want)
		}
	}
}
