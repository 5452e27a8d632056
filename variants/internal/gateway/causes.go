package gateway

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Config is the four causes, one a field. Its zero value is not usable: each cause is a decision.
type Config struct {
	Workers   Workers
	Recycling Recycling
	Scheduler Scheduler
	AIClient  AIClient

	// Preload is no cause but the guide's further advice: the catalogue is built once, before the first worker, and shared.
	// The environment can turn it on too.
	Preload bool
}

func (c Config) validate() error {
	for _, cause := range []interface{ validate() error }{c.Workers, c.Recycling, c.Scheduler, c.AIClient} {
		if err := cause.validate(); err != nil {
			return err
		}
	}
	return nil
}

// Workers is the formula for the number of worker processes.
type Workers string

// The formulas, where cpu is the CPUs that the container may use.
const (
	CPUTimes2Plus1 Workers = "cpu*2+1"
	CPUPlus1       Workers = "cpu+1"
)

// Count is the number of workers for cpus, at least 1.
func (w Workers) Count(cpus int) int {
	if w == CPUTimes2Plus1 {
		return cpus*2 + 1
	}
	return cpus + 1
}

func (w Workers) validate() error { return oneOf("workers", w, CPUTimes2Plus1, CPUPlus1) }

// MarshalText returns the formula as it is written in a flag.
func (w Workers) MarshalText() ([]byte, error) { return []byte(w), nil }

// UnmarshalText refuses all but the known formulas.
func (w *Workers) UnmarshalText(text []byte) error { return set(w, Workers(text)) }

// Recycling says when a worker is retired, as "requests/lifetime": "1000/3600s" after 1,000 requests or an hour. Any count
// above 0 and any duration above 0 (in time.ParseDuration's form) is one.
type Recycling string

// The guide's two settings.
const (
	Recycle1000Or3600s Recycling = "1000/3600s"
	Recycle500Or1800s  Recycling = "500/1800s"
)

func (r Recycling) limits() (requests int, lifetime time.Duration, err error) {
	count, span, found := strings.Cut(string(r), "/")
	if !found {
		return 0, 0, fmt.Errorf("recycling %q: want REQUESTS/LIFETIME as in %q", string(r), string(Recycle1000Or3600s))
	}
	if requests, err = strconv.Atoi(count); err != nil || requests < 1 {
		return 0, 0, fmt.Errorf("recycling %q: %q is not a count of requests above 0", string(r), count)
	}
	if lifetime, err = time.ParseDuration(span); err != nil || lifetime <= 0 {
		return 0, 0, fmt.Errorf("recycling %q: %q is not a duration above 0", string(r), span)
	}
	return requests, lifetime, nil
}

func (r Recycling) validate() error {
	_, _, err := r.limits()
	return err
}

// MarshalText returns the setting as it is written in a flag.
func (r Recycling) MarshalText() ([]byte, error) { return []byte(r), nil }

// UnmarshalText refuses what is not a count and a duration.
func (r *Recycling) UnmarshalText(text []byte) error { return set(r, Recycling(text)) }

// Scheduler says which processes run the usage tracking scheduler.
type Scheduler string

// In every worker, each with its own counters, or once, in the master.
const (
	SchedulerEveryWorker Scheduler = "every-worker"
	SchedulerMaster      Scheduler = "master"
)

func (s Scheduler) validate() error {
	return oneOf("scheduler", s, SchedulerEveryWorker, SchedulerMaster)
}

// MarshalText returns the setting as it is written in a flag.
func (s Scheduler) MarshalText() ([]byte, error) { return []byte(s), nil }

// UnmarshalText refuses all but the known settings.
func (s *Scheduler) UnmarshalText(text []byte) error { return set(s, Scheduler(text)) }

// AIClient says how long an HTTP client of the AI upstream lives.
type AIClient string

// A client, transport and trust store for each request, closed after it; one of each per worker; or, as Go's classic
// mistake, one for each request whose idle connection nobody closes.
const (
	ClientPerRequest AIClient = "per-request"
	ClientPooled     AIClient = "pooled"
	ClientLeaked     AIClient = "leaked"
)

func (c AIClient) validate() error {
	return oneOf("ai-client", c, ClientPerRequest, ClientPooled, ClientLeaked)
}

// MarshalText returns the setting as it is written in a flag.
func (c AIClient) MarshalText() ([]byte, error) { return []byte(c), nil }

// UnmarshalText refuses all but the known settings.
func (c *AIClient) UnmarshalText(text []byte) error { return set(c, AIClient(text)) }

func oneOf[T ~string](name string, value T, known ...T) error {
	if slices.Contains(known, value) {
		return nil
	}
	quoted := make([]string, len(known))
	for i, k := range known {
		quoted[i] = strconv.Quote(string(k))
	}
	return fmt.Errorf("%s %q: want %s", name, string(value), strings.Join(quoted, " or "))
}

func set[T interface{ validate() error }](to *T, value T) error {
	if err := value.validate(); err != nil {
		return err
	}
	*to = value
	return nil
}
