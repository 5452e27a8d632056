package prefork

import (
	"encoding/json"
	"fmt"
	"os"
	"time"
)

// terms are what a worker lives by, as the master's options were when it was
// spawned. A reload is for the workers that come after it: one that beats once a
// second must not be judged by a time-out that it has never heard of.
type terms struct {
	ID int

	MaxRequests                           int
	MaxLifetime                           time.Duration
	Jitter                                float64
	Timeout, GracefulTimeout, BootTimeout time.Duration
}

func (o Options) terms(id int) terms {
	return terms{
		ID:          id,
		MaxRequests: o.MaxRequests, MaxLifetime: o.MaxLifetime, Jitter: o.Jitter,
		Timeout: o.Timeout, GracefulTimeout: o.GracefulTimeout, BootTimeout: o.BootTimeout,
	}
}

// workerMark is the environment variable that makes a process a worker; its
// value is the worker's terms, in JSON. They come from the master and not from
// the Options that the worker's own main makes: its configuration file may have
// changed since the master read it.
const workerMark = "PREFORK_WORKER"

func (t terms) mark() (string, error) {
	text, err := json.Marshal(t)
	if err != nil {
		return "", fmt.Errorf("write the terms of worker %d: %w", t.ID, err)
	}
	return workerMark + "=" + string(text), nil
}

// readTerms reads the mark and removes it: it marks this process, not those that
// it starts.
func readTerms(mark string) (terms, error) {
	var t terms
	if err := json.Unmarshal([]byte(mark), &t); err != nil {
		return terms{}, fmt.Errorf("read %s: %w", workerMark, err)
	}
	if err := os.Unsetenv(workerMark); err != nil {
		return terms{}, fmt.Errorf("unset %s: %w", workerMark, err)
	}
	return t, nil
}
