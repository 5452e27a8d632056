package record

import (
	"cmp"
	"fmt"
	"regexp"
	"time"

	"github.com/memproof/memproof/bench/scenario"
)

// The limits of a run directory. They are far above any real run, and low enough that a
// forged directory cannot fill the memory.
const (
	maxUncompressed = 16 << 30 // bytes in a file of hits or samples, uncompressed
	maxSample       = 16 << 20 // bytes in a sample: 50,000 processes
	maxBlock        = 100_000
	maxSpans        = 10_000 // phases in a trial
	maxArms         = 1000
	maxRepeats      = 1000
)

// armName matches the names that a design may give to its own arms: each names a
// directory.
var armName = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$`)

// check refuses a trial that no run can produce.
func (t *Trial) check(sc *scenario.Scenario) error {
	arms := map[string]bool{}
	for _, a := range sc.AllArms() {
		arms[a.Name] = true
	}
	switch {
	case t.Block < 1 || t.Block > maxBlock:
		return fmt.Errorf("block is %d: want 1 to %d", t.Block, maxBlock)
	case t.Arms < 0 || t.Arms > maxArms:
		return fmt.Errorf("arms is %d: want 1 to %d, the arms of its block", t.Arms, maxArms)
	case t.Position < 1 || t.Position > cmp.Or(t.Arms, len(arms))+maxRepeats:
		return fmt.Errorf("position is %d: want 1 to %d, the arms of its block, or a repeat after them", t.Position, cmp.Or(t.Arms, len(arms)))
	case !arms[t.Variant] && (len(t.Factors) == 0 || !armName.MatchString(t.Variant)):
		return fmt.Errorf("variant is %.60q: the scenario has no variant of that name", t.Variant)
	case len(t.Phases) > maxSpans:
		return fmt.Errorf("%d phases: want at most %d", len(t.Phases), maxSpans)
	}
	times := []time.Time{t.Began, t.Ready, t.Ended, t.Load.Began}
	for _, s := range t.Phases {
		times = append(times, s.From, s.To)
	}
	for _, at := range times {
		if !at.IsZero() && (at.Year() < 1990 || at.Year() > 2200) {
			return fmt.Errorf("the time %s is out of range: want 1990 to 2200", at.Format(time.RFC3339))
		}
	}
	return nil
}
