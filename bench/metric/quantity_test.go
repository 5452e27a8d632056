package metric_test

import (
	"strings"
	"testing"

	"github.com/memproof/memproof/bench/metric"
)

func TestBytesReadsWhatPeopleWrite(t *testing.T) {
	for text, want := range map[string]metric.Bytes{
		"0B": 0, "1B": 1, "1kB": 1000, "512MB": 512e6, "1GB": 1e9, "1.58GB": 1.58e9, "2TB": 2e12, "1 GB": 1e9, " 1GB ": 1e9, "1e3MB": 1e9,
		"1KiB": 1 << 10, "512MiB": 512 << 20, "1GiB": 1 << 30, "1.5 GiB": 3 << 29, "1TiB": 1 << 40,
		"1Ki": 1 << 10, "512Mi": 512 << 20, "1Gi": 1 << 30, "1Ti": 1 << 40,
		"512m": 512 << 20, "1g": 1 << 30, "1.5g": 3 << 29, "1t": 1 << 40,
	} {
		var b metric.Bytes
		if err := b.UnmarshalText([]byte(text)); err != nil || b != want {
			t.Errorf("%q is %d, %v; want %d", text, b, err, want)
		}
	}
}

// A unit that two tools read differently is refused, and each refusal names the right
// text.
func TestBytesRefuses(t *testing.T) {
	for text, want := range map[string]string{
		"512": "write 512MiB or 512MB", "0": "write 0MiB or 0MB",
		"512M": "512MB to Kubernetes and 512MiB to Docker", "1G": "1GB to Kubernetes and 1GiB to Docker", "1T": "1TB to",
		"64k": "64kB to Kubernetes and 64KiB to Docker", "64K": "64kB to Kubernetes and 64KiB to Docker",
		"512mb": "write 512MB or 512MiB", "1gb": "write 1GB or 1GiB", "64KB": "write 64kB or 64KiB", "64kb": "write 64kB or 64KiB",
		"512mib": "write 512MiB", "512MIB": "write 512MiB", "1gi": "write 1GiB", "1GI": "write 1GiB", "64kiB": "write 64KiB",
		"5ms": "the units are B, kB", "50%": "such as 512MiB", "5b": "the units are B, kB", "1Mib/s": "such as 512MiB", "1Eib": "the units are",
		"": "such as 512MiB", "m": "such as 512MiB", "-1MB": "such as 512MiB", "-1m": "such as 512MiB",
		"0x10MB": "such as 512MiB", "1_000MB": "such as 512MiB", "infMB": "such as 512MiB", "1e999MB": "such as 512MiB",
		"1e30GB": "more than any machine has", "99999999999t": "more than any machine has",
	} {
		var b metric.Bytes
		err := b.UnmarshalText([]byte(text))
		if err == nil || !strings.Contains(err.Error(), want) || b != 0 {
			t.Errorf("%q is %d, %v; want %q", text, b, err, want)
		}
	}
}

func TestShare(t *testing.T) {
	for text, want := range map[string]metric.Share{"10%": 0.1, "0.1%": 0.001, "100 %": 1, "0": 0, "0%": 0} {
		var s metric.Share
		if err := s.UnmarshalText([]byte(text)); err != nil || s != want {
			t.Errorf("%q is %v, %v; want %v", text, s, err, want)
		}
	}
	for text, want := range map[string]string{
		"0.1": "is ambiguous: write 10% or 0.1%", "1": "is ambiguous: write 100% or 1%", "0.07": "is ambiguous: write 7% or 0.07%",
		"10": "from 0% to 100%", "120%": "from 0% to 100%", "-1%": "from 0% to 100%", "5ms": "from 0% to 100%", "ten": "from 0% to 100%",
	} {
		var s metric.Share
		if err := s.UnmarshalText([]byte(text)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, want %q", text, err, want)
		}
	}
}

func TestCPUs(t *testing.T) {
	for text, want := range map[string]struct {
		cpus  metric.CPUs
		text  string
		whole int
	}{
		"2": {2, "2", 2}, "1": {1, "1", 1}, "0.5": {0.5, "0.5", 1}, "1.5": {1.5, "1.5", 2}, "500m": {0.5, "0.5", 1}, "1500m": {1.5, "1.5", 2},
		"250m": {0.25, "0.25", 1}, "0.1": {0.1, "0.1", 1}, "0.333": {0.333, "0.333", 1}, "2.0": {2, "2", 2}, " 1.5 ": {1.5, "1.5", 2}, "1e1": {10, "10", 10}, "0": {0, "0", 0},
	} {
		var n metric.CPUs
		if err := n.UnmarshalText([]byte(text)); err != nil || n != want.cpus || n.String() != want.text || n.Whole() != want.whole || n.IsWhole() != (float64(want.whole) == float64(n)) {
			t.Errorf("%q is %s, %d whole, %v; want %+v", text, n, n.Whole(), err, want)
		}
	}
	for text, want := range map[string]string{
		"": "such as 2, 0.5", "two": "such as 2", "50%": "such as 2", "-1": "such as 2", ".inf": "such as 2", "0x2": "such as 2",
		"1_000": "such as 2", "2 cores": "such as 2", "500mm": "such as 2", "0.3333": "finer than a thousandth", "0.5m": "finer than a thousandth", "1e999": "such as 2",
	} {
		var n metric.CPUs
		if err := n.UnmarshalText([]byte(text)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, want %q", text, err, want)
		}
	}
}

func TestRate(t *testing.T) {
	for text, want := range map[string]metric.Rate{"100/s": 100, "6000/m": 100, "0/s": 0, "0.5/s": 0.5, " 5 / s ": 5} {
		var r metric.Rate
		if err := r.UnmarshalText([]byte(text)); err != nil || r != want {
			t.Errorf("%q is %v, %v; want %v", text, r, err, want)
		}
	}
	for _, text := range []string{"100", "100rps", "100/h", "-1/s", "inf/s", "NaN/s", "0x10/s", "1_000/s", "1e999/s", "/s", ""} {
		var r metric.Rate
		if err := r.UnmarshalText([]byte(text)); err == nil {
			t.Errorf("%q was read as %v", text, r)
		}
	}
}

func FuzzUnits(f *testing.F) {
	for _, text := range []string{"1GB", "512m", "10%", "5ms", "100/s", "1e308TiB", "µs", "-0%"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		var b metric.Bytes
		if err := b.UnmarshalText([]byte(text)); err == nil && b > 1<<60 {
			t.Errorf("%q is %d bytes", text, b)
		}
		var s metric.Share
		if err := s.UnmarshalText([]byte(text)); err == nil && !(s >= 0 && s <= 1) {
			t.Errorf("%q is a share of %v", text, s)
		}
		var n metric.CPUs
		if err := n.UnmarshalText([]byte(text)); err == nil && !(n >= 0) {
			t.Errorf("%q is %v CPUs", text, n)
		}
		var r metric.Rate
		if err := r.UnmarshalText([]byte(text)); err == nil && !(r >= 0) {
			t.Errorf("%q is a rate of %v", text, r)
		}
	})
}
