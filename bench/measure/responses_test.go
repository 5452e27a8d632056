package measure_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/memproof/memproof/bench/design"

	"github.com/memproof/memproof/bench/experiment"
	"github.com/memproof/memproof/bench/internal/fakerig"
	"github.com/memproof/memproof/bench/metric"
	"github.com/memproof/memproof/bench/record"
	"github.com/memproof/memproof/bench/verdict"
)

// TestSameWork: a variant that gives other answers, or sends more requests to the
// upstream, did other work than the variant that it is compared with.
func TestSameWork(t *testing.T) {
	otherAnswer := func(p experiment.TrialPlan, seq uint64) uint64 {
		if p.Arm.Name == "b" && (seq == 17 || seq == 40) {
			return 1 << 40
		}
		return seq + 1
	}
	asks := func(n float64) func(experiment.TrialPlan, bool) record.Counters {
		return func(p experiment.TrialPlan, loaded bool) record.Counters {
			switch {
			case !loaded:
				return record.Counters{"upstream.requests": 1000}
			case p.Arm.Name == "b":
				return record.Counters{"upstream.requests": 1000 + n}
			default:
				return record.Counters{"upstream.requests": 1600}
			}
		}
	}
	const claimed = "load:\n  equal_responses: true"
	tests := []struct {
		name     string
		Text     string
		digest   func(experiment.TrialPlan, uint64) uint64
		counters func(experiment.TrialPlan, bool) record.Counters
		status   func(seq uint64) int
		want     string
	}{
		{"equal", claimed, nil, asks(602), nil, ""},
		{"another answer", claimed, otherAnswer, nil, nil, "unequal work: 2 of 600 requests got another answer than from a, first request 17"},
		{"not asked for", "load:", otherAnswer, asks(900), nil, ""},
		{"more upstream requests", claimed, nil, asks(650), nil, "unequal work: it sent 650 requests to the upstream, a sent 600"},
		{"a failed request has no answer to compare", claimed, otherAnswer, nil, func(seq uint64) int {
			if seq == 17 || seq == 40 {
				return 503
			}
			return 200
		}, ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			f := fakerig.New()
			f.Counters = tt.counters
			if tt.digest != nil {
				f.Hit = func(p experiment.TrialPlan, h *metric.Hit) { h.Digest = tt.digest(p, h.Seq) }
			}
			if tt.status != nil {
				f.Status = tt.status
			}
			v := fakerig.Execute(t, fakerig.Create(t, "load:", tt.Text), f)
			reasons := fmt.Sprint(v.Reasons)
			if tt.want == "" && v.Outcome != verdict.Proven || tt.want != "" && (v.Outcome != verdict.Invalid || !strings.Contains(reasons, tt.want)) {
				t.Errorf("%s, reasons %q; want %q", v.Outcome, reasons, tt.want)
			}
		})
	}
}

// TestCountersOfTheService: a number that the variant reports is a figure. A change of
// a counter that must not change makes the run FAILED.
func TestCountersOfTheService(t *testing.T) {
	const load = "load:"
	scenario := "counters_path: /healthz/ready\nunchanged_counters: [restarts]\nload:"
	tests := []struct {
		name     string
		counters func(experiment.TrialPlan, bool) record.Counters
		want     string
		is       verdict.Outcome
	}{
		{"quiet", func(experiment.TrialPlan, bool) record.Counters {
			return record.Counters{"service.restarts": 3, "service.boot_seconds": 0.25}
		}, "", verdict.Proven},
		{"a worker was killed", func(p experiment.TrialPlan, loaded bool) record.Counters {
			if loaded && p.Arm.Name == "b" {
				return record.Counters{"service.restarts": 1}
			}
			return record.Counters{"service.restarts": 0}
		}, "b: restarts went from 0 to 1 under load", verdict.Failed},
		{"a time in nanoseconds moved by one", func(p experiment.TrialPlan, loaded bool) record.Counters {
			c := record.Counters{"service.restarts": 1764238092123456768, "rest.service.restarts": 21}
			if loaded && p.Arm.Name == "b" {
				c["rest.service.restarts"] = 22
			}
			return c
		}, "b: restarts went from 1764238092123456789 to 1764238092123456790 under load", verdict.Failed},
		{"a counter is not reported", func(experiment.TrialPlan, bool) record.Counters { return record.Counters{} }, "/healthz/ready does not report restarts", verdict.Invalid},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			f := fakerig.New()
			f.Counters = tt.counters
			v := fakerig.Execute(t, fakerig.Create(t, load, scenario), f)
			reasons := fmt.Sprint(v.Reasons)
			if v.Outcome != tt.is || !strings.Contains(reasons, tt.want) {
				t.Errorf("%s, reasons %q; want %s for %q", v.Outcome, reasons, tt.is, tt.want)
			}
			if tt.is != verdict.Proven {
				return
			}
			if v.Trials[0].Figures["service.boot_seconds"] != 0.25 {
				t.Errorf("%s, figures %v", v.Outcome, v.Trials[0].Figures)
			}
			if u := metric.Name("service.boot_seconds").Unit(); u != metric.UnitSeconds {
				t.Errorf("its unit is %q, want seconds", u)
			}
		})
	}
}

// TestSustainedRate: a service that answers 80 requests a second sustains 50 and 80; at
// 120 its queue grows.
func TestSustainedRate(t *testing.T) {
	steps := `measure: true}
    - {name: at-50, rate: 50/s, for: 4s, capacity_step: true}
    - {name: at-80, rate: 80/s, for: 4s, capacity_step: true}
    - {name: at-120, rate: 120/s, for: 4s, capacity_step: true}`
	tests := []struct {
		name     string
		capacity float64
		want     float64
		absent   string
	}{
		{"up to the second", 80, 80, ""},
		{"none", 20, 0, "the lowest rate, 50/s, was not sustained"},
		{"all", 500, 0, "120/s was sustained, and no higher rate was tried"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			f := fakerig.New()
			f.Hit = fakerig.QueueAt(tt.capacity)
			v := fakerig.Execute(t, fakerig.Create(t, "measure: true}", steps, "fast,", "fast, ", "variant: b, baseline: a, ratio: {at_most: 1.1}}", "variant: b, baseline: a, ratio: {at_most: 9}}"), f)
			m := v.Trials[0]
			got, ok := m.Figures[metric.SustainedRate]
			if ok != (tt.absent == "") || got != tt.want || m.Absent[metric.SustainedRate] != tt.absent {
				t.Errorf("sustained %v (%v), absent %q; want %v, %q", got, ok, m.Absent[metric.SustainedRate], tt.want, tt.absent)
			}
		})
	}
}

// TestServiceCountersOfTheWindow: the counters are read after the window, before capacity
// steps that overload the service.
func TestServiceCountersOfTheWindow(t *testing.T) {
	f := fakerig.New()
	counts := 0.0
	f.Counters = func(experiment.TrialPlan, bool) record.Counters {
		counts++
		return record.Counters{"service.boot_seconds": counts}
	}
	v := fakerig.Execute(t, fakerig.Create(t, "ready: {path: /}", "", "blocks: 6", "blocks: 6\ncounters_path: /counters",
		"measure: true}", "measure: true}\n    - {name: more, rate: 100/s, for: 2s, capacity_step: true}"), f)
	if got := v.Trials[0].Figures["service.boot_seconds"]; got != 2 { // 1 before the load, 3 after it
		t.Errorf("it reports %v, want the figure at the window's end", got)
	}
}

// TestCountersKeepNoHitWaiting: requests go on while the counters are read at the
// window's end.
func TestCountersKeepNoHitWaiting(t *testing.T) {
	f := fakerig.New()
	var last chan struct{}
	f.Status = func(seq uint64) int {
		if seq == 799 { // of 100 before, 500 in and 200 after the window
			close(last)
		}
		return 200
	}
	f.Spoil = func(_ experiment.TrialPlan, s *experiment.Subject) {
		count, n := s.Count, 0
		last = make(chan struct{})
		s.Count = func(ctx context.Context) (record.Counters, error) {
			if n++; n == 2 {
				select {
				case <-last:
				case <-time.After(10 * time.Second):
					t.Error("the hits waited for the counters")
				}
			}
			return count(ctx)
		}
	}
	fakerig.Execute(t, fakerig.Create(t, "measure: true}", "measure: true}\n    - {name: more, rate: 100/s, for: 2s, capacity_step: true}"), f)
}

// TestCountersThatFailEndTheRun: the run ends only after the counters were read.
func TestCountersThatFailEndTheRun(t *testing.T) {
	f := fakerig.New()
	broken := errors.New("no such counter")
	f.Spoil = func(_ experiment.TrialPlan, s *experiment.Subject) {
		n := 0
		s.Count = func(context.Context) (record.Counters, error) {
			if n++; n == 2 {
				return nil, broken
			}
			return nil, nil
		}
	}
	run := fakerig.Create(t, "measure: true}", "measure: true}\n    - {name: more, rate: 100/s, for: 2s, capacity_step: true}")
	if err := experiment.Conduct(t.Context(), design.Of(run), run, f.Rig()); !errors.Is(err, broken) {
		t.Errorf("error %v", err)
	}
}

// TestUnequalWorkOfAMadeUpTrial: a trial that claims too many requests allocates no
// memory for them.
func TestUnequalWorkOfAMadeUpTrial(t *testing.T) {
	f := fakerig.New()
	f.Hit = func(p experiment.TrialPlan, h *metric.Hit) {
		if p.Arm.Name == "b" {
			h.Digest++
		}
	}
	run := fakerig.Create(t, "load:", "load:\n  equal_responses: true")
	if err := experiment.Conduct(t.Context(), design.Of(run), run, f.Rig()); err != nil {
		t.Fatal(err)
	}
	trials, err := filepath.Glob(filepath.Join(run.Dir, "trials", "*", "trial.json"))
	if err != nil || len(trials) == 0 {
		t.Fatal(err, len(trials))
	}
	offered := regexp.MustCompile(`"offered": [0-9]+`)
	for _, path := range trials {
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, offered.ReplaceAll(text, []byte(`"offered": 18446744073709551615`)), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if v := fakerig.Judged(t, run.Dir); v.Outcome != verdict.Invalid {
		t.Errorf("%s, want INVALID", v.Outcome)
	}
}
