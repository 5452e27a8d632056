package verdict_test

import (
	"strings"
	"testing"

	"github.com/memproof/memproof/bench/internal/fakerig"
	"github.com/memproof/memproof/bench/verdict"
)

// TestCalibratedClaims: a figure that a parameter was set for is neither proven nor
// refuted, changes no outcome, and where it did not come out the claims on amounts of its
// metric say so.
func TestCalibratedClaims(t *testing.T) {
	for _, tt := range []struct {
		name, bound string // a has 1000 MB in every block, b about 400 MB
		variant     string
		want        verdict.Outcome
		noted       bool
	}{
		{"inside", "{at_least: 390MB, at_most: 410MB}", "b", verdict.AsSet, false},
		{"below", "{at_least: 500MB, at_most: 600MB}", "b", verdict.NotAsSet, true},
		{"above", "{at_most: 900MB}", "a", verdict.NotAsSet, true},
		{"on an end", "{at_least: 400MB, at_most: 600MB}", "b", verdict.Open, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			f := fakerig.New()
			f.Memory = memoryOf(1000e6, 400e6)
			v := fakerig.Execute(t, fakerig.Create(t, "claims:\n", "claims:\n"+
				"  - {id: set, calibrated: the size was set, metric: memory.mean, variant: "+tt.variant+", value: "+tt.bound+"}\n"+
				"  - {id: amount, metric: memory.mean, variant: b, value: {at_most: 600MB}}\n"), f)
			set := fakerig.Claim(t, v, "set")
			if set.Outcome != tt.want || set.HolmP != nil || set.IsPrimary() || v.Outcome != verdict.Proven {
				t.Errorf("set: %s, p %v, primary %t; the run is %s", set.Outcome, set.HolmP, set.IsPrimary(), v.Outcome)
			}
			for id, want := range map[string]bool{"amount": tt.noted, "less": false, "set": false} {
				notes := strings.Join(fakerig.Claim(t, v, id).Notes, " ")
				if got := strings.Contains(notes, "not as set"); got != want {
					t.Errorf("%s: %q", id, notes)
				}
			}
			if n := len(v.NotAsSet()); len(v.Calibrated()) != 1 || (n == 1) != tt.noted {
				t.Errorf("%d of %d calibrated claims are not as set", n, len(v.Calibrated()))
			}
		})
	}
}

// A run without a primary claim beside the calibrated ones claims nothing, and a void one has no figure of them.
func TestCalibratedClaimsAlone(t *testing.T) {
	const less = "  - {id: set, calibrated: so, metric: memory.mean, variant: b, value: {at_most: 1MB}}\n"
	if v := fakerig.Execute(t, fakerig.Create(t, "id: ", "secondary: true, id: ", "claims:\n", "claims:\n"+less), fakerig.New()); v.Outcome != verdict.NothingClaimed || fakerig.Claim(t, v, "set").Outcome != verdict.NotAsSet {
		t.Errorf("%s, %s", v.Outcome, fakerig.Claim(t, v, "set").Outcome)
	}
	f := fakerig.New()
	f.Status = func(uint64) int { return 503 }
	if v := fakerig.Execute(t, fakerig.Create(t, "claims:\n", "claims:\n"+less), f); fakerig.Claim(t, v, "set").Outcome != verdict.Failed {
		t.Errorf("a void run has %s", fakerig.Claim(t, v, "set").Outcome)
	}
}

// The reason for a bound is kept with the answer.
func TestBoundBecauseIsKept(t *testing.T) {
	v := fakerig.Execute(t, fakerig.Create(t, "id: less", "because: half is what it says, id: less"), fakerig.New())
	if c := fakerig.Claim(t, v, "less"); c.BoundBecause != "half is what it says" {
		t.Errorf("%q", c.BoundBecause)
	}
}
