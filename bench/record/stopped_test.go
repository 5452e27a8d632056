package record_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/memproof/memproof/bench/internal/fakerig"
	"github.com/memproof/memproof/bench/metric"
	"github.com/memproof/memproof/bench/record"
)

// TestStopped: what ended a run is read again, until the trial has been run. A file that no
// run can have written is refused.
func TestStopped(t *testing.T) {
	why := []metric.Reason{metric.Because(metric.NotStarted, nil, "exited with status 3")}
	for name, tt := range map[string]struct {
		stopped record.Stopped
		fine    bool
	}{
		"a service":     {record.Stopped{Block: 2, Position: 1, Variant: "b", Failed: why}, true},
		"a measurement": {record.Stopped{Block: 2, Position: 1, Variant: "b", Broken: why}, true},
		"no reason":     {record.Stopped{Block: 2, Position: 1, Variant: "b"}, false},
		"no block":      {record.Stopped{Position: 1, Variant: "b", Failed: why}, false},
		"no position":   {record.Stopped{Block: 2, Variant: "b", Failed: why}, false},
		"no variant":    {record.Stopped{Block: 2, Position: 1, Variant: "../b", Failed: why}, false},
	} {
		t.Run(name, func(t *testing.T) {
			run := fakerig.Create(t)
			dir := filepath.Join(run.Dir, record.TrialDir(2, 1, "b"))
			if err := os.MkdirAll(dir, 0o755); err != nil {
				t.Fatal(err)
			}
			if err := record.WriteJSON(filepath.Join(dir, record.StoppedFile), tt.stopped); err != nil {
				t.Fatal(err)
			}
			got, err := record.OpenRun(run.Dir)
			if (err == nil) != tt.fine {
				t.Fatalf("error %v, want none: %t", err, tt.fine)
			}
			if !tt.fine {
				return
			}
			if len(got.Stopped) != 1 || len(got.Trials) != 0 || got.Stopped[0].Block != 2 {
				t.Fatalf("read %+v and %d trials", got.Stopped, len(got.Trials))
			}
			if got.Add(&record.Trial{Block: 1, Position: 1}); len(got.Stopped) != 1 {
				t.Error("another trial made up for it")
			}
			if got.Add(&record.Trial{Block: 2, Position: 1}); len(got.Stopped) != 0 {
				t.Error("it was run again and still counts")
			}
		})
	}
}
