package hostinfo

import (
	"context"
	"errors"
	"maps"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/memproof/memproof/bench/metric"
	"github.com/memproof/memproof/bench/scenario/noise"
)

// kernel are files of a made-up procfs, by path.
type kernel map[string]string

// healthy is one instant of a machine; a second of it are 100 ticks.
var healthy = kernel{
	"stat":                      "cpu  1000 200 300 9999 50 40 60 70 5 0\ncpu0 1 2 3 4 5 6 7 8 9 10\nintr 12 3\n",
	"pressure/cpu":              "some avg10=1.00 avg60=2.00 avg300=3.00 total=2500000\nfull avg10=0.00 avg60=0.00 avg300=0.00 total=9\n",
	"pressure/memory":           "some avg10=0.00 avg60=0.00 avg300=0.00 total=10000\nfull avg10=0.00 avg60=0.00 avg300=0.00 total=9\n",
	"pressure/io":               "some avg10=0.00 avg60=0.00 avg300=0.00 total=500000\nfull avg10=0.00 avg60=0.00 avg300=0.00 total=9\n",
	"sys/kernel/random/boot_id": "1f0c33aa-9b1d-4d0e-8a53-3c5c1a6e8f00\n",
}

func (k kernel) with(name, text string) kernel {
	k = maps.Clone(k)
	if k[name] = text; text == "" {
		delete(k, name)
	}
	return k
}

// write lays the files out below a directory.
func (k kernel) write(t *testing.T, dir string) {
	t.Helper()
	for name, text := range k {
		path := filepath.Join(dir, name)
		if err := errors.Join(os.MkdirAll(filepath.Dir(path), 0o755), os.WriteFile(path, []byte(text), 0o644)); err != nil {
			t.Fatal(err)
		}
	}
}

// reader reads the files, with clocks that stand at 1000 s and 3 s of its own.
func (k kernel) reader(t *testing.T) (*Reader, string) {
	t.Helper()
	dir := t.TempDir()
	k.write(t, dir)
	r := Open(dir)
	r.clocks = func() (time.Time, float64, error) { return time.Unix(5, 0).UTC(), 1000, nil }
	r.cpu = func() time.Duration { return 3 * time.Second }
	return r, dir
}

func TestNow(t *testing.T) {
	r, _ := healthy.reader(t)
	m, err := r.Now()
	if err != nil {
		t.Fatal(err)
	}
	if m.Boot != "1f0c33aa" || !m.Wall.Equal(time.Unix(5, 0)) || m.Up != 1000 || m.Sampler != 3 {
		t.Errorf("got %+v", m)
	}
	if m.Busy != 16 || m.Steal != 0.7 || *m.Interrupts != 1 { // user, nice, system, irq, softirq; neither idle nor iowait, nor guests twice
		t.Errorf("busy %v, steal %v, interrupts %v; want 16, 0.7 and 1", m.Busy, m.Steal, *m.Interrupts)
	}
	if *m.PressureCPU != 2.5 || *m.PressureMemory != 0.01 || *m.PressureIO != 0.5 {
		t.Errorf("pressure %v, %v, %v", *m.PressureCPU, *m.PressureMemory, *m.PressureIO)
	}
}

func TestNowWithoutPSI(t *testing.T) {
	r, _ := healthy.with("pressure/cpu", "").with("pressure/io", "").with("sys/kernel/random/boot_id", "").reader(t)
	m, err := r.Now()
	if err != nil || m.PressureCPU != nil || m.PressureIO != nil || m.PressureMemory == nil || m.Boot != "" {
		t.Errorf("got %+v, %v; want what is there and nothing else", m, err)
	}
}

func TestNowSaysWhatIsWrong(t *testing.T) {
	tests := []struct{ name, file, text, says string }{
		{"no stat", "stat", "", "stat: no such file"},
		{"another file", "stat", "intr 1 2 3\n", "want cpu and at least 8 numbers"},
		{"an old kernel", "stat", "cpu  1 2 3 4\n", "want cpu and at least 8 numbers"},
		{"no number", "stat", "cpu  1 2 x 4 5 6 7 8\n", "field 3 of"},
		{"a pressure without a total", "pressure/cpu", "some avg10=0.00 avg60=0.00 avg300=0.00\n", "pressure/cpu"},
		{"a pressure that is none", "pressure/io", "none\n", "want a line such as some"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			r, dir := healthy.with(tt.file, tt.text).reader(t)
			if _, err := r.Now(); err == nil || !strings.Contains(err.Error(), tt.says) || !strings.Contains(err.Error(), dir) {
				t.Errorf("got %v, want the path and %q", err, tt.says)
			}
		})
	}
}

// noRest takes no time.
func noRest(context.Context, time.Duration) {}

// TestProbe has another program take 27 of 200 ticks, this one 10, and the kernel
// 3 for interrupts. The pressure of the probe's own sleeps does not count.
func TestProbe(t *testing.T) {
	r, dir := healthy.reader(t)
	passed := func(seconds float64) {
		r.clocks = func() (time.Time, float64, error) { return time.Unix(7, 0).UTC(), 1000 + seconds, nil }
	}
	n, err := r.probe(t.Context(), noise.DefaultReading, func(context.Context, time.Duration) {
		kernel{
			"pressure/cpu":    "some avg10=1.00 avg60=2.00 avg300=3.00 total=2550000\n",
			"pressure/memory": healthy["pressure/memory"],
			"pressure/io":     "some avg10=1.00 avg60=2.00 avg300=3.00 total=600000\n",
		}.write(t, dir)
		passed(1)
	}, func(context.Context, time.Duration) *float64 {
		kernel{
			"stat":         "cpu  1030 205 302 9999 50 41 62 75 5 0\n",
			"pressure/cpu": "some avg10=1.00 avg60=2.00 avg300=3.00 total=9900000\n",
		}.write(t, dir)
		passed(2)
		r.cpu = func() time.Duration { return 3100 * time.Millisecond }
		late := 0.0002
		return &late
	})
	if err != nil {
		t.Fatal(err)
	}
	for name, x := range map[string]struct {
		got  *float64
		want float64
	}{
		"other CPU": {n.OtherCPU, 0.135}, "interrupts": {n.Interrupts, 0.015}, "steal": {n.Steal, 0.025}, "pressure": {n.PressureCPU, 0.05},
		"memory": {n.PressureMemory, 0}, "io": {n.PressureIO, 0.1}, "wakeup_latency": {n.WakeupLatency, 0.0002},
	} {
		if x.got == nil || math.Abs(*x.got-x.want) > 1e-9 {
			t.Errorf("%s is %v, want %v", name, x.got, x.want)
		}
	}
	if n.Boot != "1f0c33aa" || n.Missing != nil {
		t.Errorf("got %+v", n)
	}
}

func TestProbeNamesWhatIsMissing(t *testing.T) {
	none := func(context.Context, time.Duration) *float64 { return nil }
	r, _ := kernel{}.reader(t)
	n, err := r.probe(t.Context(), noise.DefaultReading, noRest, none)
	if err != nil || n.OtherCPU != nil || n.PressureCPU != nil || n.WakeupLatency != nil || len(n.Missing) != 1 {
		t.Errorf("no procfs: %+v, %v", n, err)
	}
	if why := noise.Default().Refuses(n); why != nil {
		t.Errorf("a machine that says nothing is refused: %q", why)
	}
	r, dir := healthy.with("pressure/cpu", "").reader(t)
	n, err = r.probe(t.Context(), noise.DefaultReading, func(context.Context, time.Duration) {
		r.clocks = func() (time.Time, float64, error) { return time.Unix(6, 0), 1001, nil }
	}, none)
	if err != nil || n.OtherCPU == nil || n.PressureCPU != nil || strings.Join(n.Missing, ";") != "the kernel has no PSI for cpu" {
		t.Errorf("no PSI in %s: %+v, %v", dir, n, err)
	}
	r, _ = healthy.reader(t)
	if n, err := r.probe(t.Context(), noise.DefaultReading, noRest, none); err != nil || n.OtherCPU != nil || len(n.Missing) != 1 {
		t.Errorf("a clock that stands still: %+v, %v", n, err)
	}
}

func TestProbeEndsWithItsContext(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := Probe(ctx, noise.DefaultReading); !errors.Is(err, context.Canceled) {
		t.Errorf("error %v", err)
	}
}

func TestParseChoice(t *testing.T) {
	for text, want := range map[string]string{"always [madvise] never": "madvise", "": "", "always": "", "[": "", "[]": "", "][": ""} {
		if got := parseChoice(text); got != want {
			t.Errorf("%q gave %q, want %q", text, got, want)
		}
	}
}

func TestMemory(t *testing.T) {
	const text = "MemTotal:       24683520 kB\nMemFree:  1 kB\nMemAvailable:   22948052 kB\nSwapTotal:       1024 kB\nSwapFree:             24 kB\n"
	of := func(text string) *Memory {
		dir := t.TempDir()
		kernel{"meminfo": text}.write(t, dir)
		return memory(dir)
	}
	if got := of(text); got == nil || *got != (Memory{24683520 << 10, 22948052 << 10, 1024 << 10, 24 << 10}) {
		t.Errorf("got %+v", got)
	}
	for _, spoil := range [][2]string{{"MemTotal", "MemAll"}, {"MemAvailable", "MemAvail"}, {"SwapTotal", "Swap"}, {"SwapFree", "Swap"}, {"22948052 kB", "22948052 MB"}, {"1024 kB", "x kB"}} {
		if got := of(strings.Replace(text, spoil[0], spoil[1], 1)); got != nil {
			t.Errorf("%q for %q gave %+v", spoil[1], spoil[0], got)
		}
	}
}

func FuzzParseStat(f *testing.F) {
	f.Add(healthy["stat"])
	f.Add("cpu  18446744073709551615 1 1 1 1 1 1 1")
	f.Fuzz(func(t *testing.T, text string) {
		var got metric.Machine
		err := parseStat(text, &got)
		if most := math.MaxInt64 / 100.0; err == nil && (got.Busy > most || got.Steal > most || *got.Interrupts > got.Busy) {
			t.Errorf("%+v of %q", got, text)
		}
		if err == nil && !strings.HasPrefix(strings.TrimSpace(text), "cpu") {
			t.Errorf("%q was understood", text)
		}
	})
}
