package gateway

import (
	"encoding"
	"testing"
	"time"
)

func TestCausesParsePrintAndReject(t *testing.T) {
	for _, c := range []struct {
		name string
		into interface {
			encoding.TextUnmarshaler
			encoding.TextMarshaler
		}
		good, bad []string
	}{
		{"workers", new(Workers), []string{"cpu*2+1", "cpu+1"}, []string{"", "cpu", "cpu * 2 + 1", "5", "CPU+1"}},
		{"recycling", new(Recycling), []string{"1000/3600s", "500/1800s", "1/1h", "20/1m30s"},
			[]string{"", "1000", "1000/", "/3600s", "0/1s", "-1/1s", "1/0s", "1/-1s", "1/3600", "1e3/1s", "1/2/3s"}},
		{"scheduler", new(Scheduler), []string{"every-worker", "master"}, []string{"", "worker", "Master"}},
		{"ai-client", new(AIClient), []string{"per-request", "pooled", "leaked"}, []string{"", "pool", "per_request"}},
	} {
		for _, text := range c.good {
			if err := c.into.UnmarshalText([]byte(text)); err != nil {
				t.Errorf("%s %q: %v", c.name, text, err)
				continue
			}
			if got, err := c.into.MarshalText(); err != nil || string(got) != text {
				t.Errorf("%s %q is printed as %q, %v", c.name, text, got, err)
			}
		}
		before, _ := c.into.MarshalText()
		for _, text := range c.bad {
			if err := c.into.UnmarshalText([]byte(text)); err == nil {
				t.Errorf("%s %q was taken", c.name, text)
			}
		}
		if after, _ := c.into.MarshalText(); string(after) != string(before) {
			t.Errorf("%s: a refused value changed %q to %q", c.name, before, after)
		}
	}
}

// TestGuideWorkerFormula holds both formulas, at the sizes of machine that the guide gives as examples.
func TestGuideWorkerFormula(t *testing.T) {
	for _, c := range []struct {
		formula    Workers
		cpus, want int
	}{
		{CPUTimes2Plus1, 1, 3}, {CPUTimes2Plus1, 2, 5}, {CPUTimes2Plus1, 4, 9},
		{CPUPlus1, 1, 2}, {CPUPlus1, 2, 3}, {CPUPlus1, 4, 5},
	} {
		if got := c.formula.Count(c.cpus); got != c.want {
			t.Errorf("%s with %d CPUs is %d, want %d", c.formula, c.cpus, got, c.want)
		}
	}
}

// TestGuideRecyclingNumbers holds what reaches the master, which recycles by it.
func TestGuideRecyclingNumbers(t *testing.T) {
	for _, c := range []struct {
		recycling Recycling
		requests  int
		lifetime  time.Duration
	}{{Recycle1000Or3600s, 1000, time.Hour}, {Recycle500Or1800s, 500, 30 * time.Minute}} {
		p := program{config: Config{Workers: CPUPlus1, Recycling: c.recycling}, cpus: 2}
		opts, err := p.options()
		if err != nil || opts.MaxRequests != c.requests || opts.MaxLifetime != c.lifetime || opts.Jitter <= 0 {
			t.Errorf("%s is %d requests, %v with a jitter of %v, %v", c.recycling, opts.MaxRequests, opts.MaxLifetime, opts.Jitter, err)
		}
	}
}

func TestConfigNeedsEveryCause(t *testing.T) {
	full := Config{CPUPlus1, Recycle500Or1800s, SchedulerMaster, ClientPooled, false}
	if err := full.validate(); err != nil {
		t.Error(err)
	}
	for name, without := range map[string]func(*Config){
		"workers":   func(c *Config) { c.Workers = "" },
		"recycling": func(c *Config) { c.Recycling = "" },
		"scheduler": func(c *Config) { c.Scheduler = "" },
		"ai-client": func(c *Config) { c.AIClient = "" },
	} {
		c := full
		without(&c)
		if err := c.validate(); err == nil {
			t.Errorf("a configuration without %s was taken", name)
		}
	}
}

func FuzzRecycling(f *testing.F) {
	for _, seed := range []string{"1000/3600s", "500/1800s", "0/0s", "/", "9999999999999999999/1h", "1/1ns"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		var r Recycling
		if r.UnmarshalText([]byte(text)) != nil {
			return
		}
		if requests, lifetime, err := r.limits(); err != nil || requests < 1 || lifetime <= 0 {
			t.Errorf("%q was taken and means %d, %v, %v", text, requests, lifetime, err)
		}
	})
}
