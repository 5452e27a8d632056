package record

import (
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"slices"
	"time"

	"github.com/memproof/memproof/bench/metric"
	"github.com/memproof/memproof/bench/scenario"
)

// StoppedFile is the file in the directory of a trial that could not be measured and ended
// the run. Beside it may be the variant's log. A resumed run runs the trial again.
const StoppedFile = "stopped.json"

// Stopped is a trial that could not be measured: its service did not start, or the
// measurement could not go on.
type Stopped struct {
	Block    int       `json:"block"`    // 1, 2, 3, …
	Position int       `json:"position"` // 1, 2, … within the block
	Variant  string    `json:"variant"`
	Ended    time.Time `json:"ended"`
	// Failed are the faults of the service, with the last lines of its log; Broken those of
	// the measurement. One of the two is not empty.
	Failed []metric.Reason `json:"failed,omitempty"`
	Broken []metric.Reason `json:"broken,omitempty"`
}

// Stop stores why a trial ended the run.
func (r *Run) Stop(s Stopped) error {
	path := filepath.Join(r.Dir, TrialDir(s.Block, s.Position, s.Variant), StoppedFile)
	if err := WriteJSON(path, s); err != nil {
		return err
	}
	r.Stopped = append(r.Stopped, s)
	return nil
}

// readStopped adds the trial in the directory if it could not be measured.
func (r *Run) readStopped(dir string) error {
	path := filepath.Join(dir, StoppedFile)
	var s Stopped
	if err := ReadJSON(path, &s); err != nil {
		if errors.Is(err, fs.ErrNotExist) {
			return nil // it was interrupted
		}
		return err
	}
	if err := s.check(r.Scenario); err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	r.Stopped = append(r.Stopped, s)
	return nil
}

// check refuses what no run can have written.
func (s Stopped) check(sc *scenario.Scenario) error {
	if len(s.Failed)+len(s.Broken) == 0 {
		return errors.New("it has no reason: want failed or broken")
	}
	arm := slices.ContainsFunc(sc.AllArms(), func(v scenario.Variant) bool { return v.Name == s.Variant })
	switch {
	case s.Block < 1 || s.Block > maxBlock:
		return fmt.Errorf("block is %d: want 1 to %d", s.Block, maxBlock)
	case s.Position < 1 || s.Position > maxArms+maxRepeats:
		return fmt.Errorf("position is %d: want 1 to %d", s.Position, maxArms+maxRepeats)
	case !arm && !armName.MatchString(s.Variant): // a design may have arms of its own
		return fmt.Errorf("variant is %.60q: the scenario has no variant of that name", s.Variant)
	}
	return nil
}
