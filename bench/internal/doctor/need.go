package doctor

import (
	"github.com/memproof/memproof/bench/design"
	"github.com/memproof/memproof/bench/metric"
	"github.com/memproof/memproof/bench/scenario"
	"github.com/memproof/memproof/bench/scenario/noise"
)

// Need is what a run needs of the machine.
type Need struct {
	Scenario string      // name; empty: no scenario was given
	CPUs     metric.CPUs // for a variant
	Memory   uint64      // limit of a variant, bytes; 0: none
	Disk     uint64      // estimated bytes of the run directory
	Noise    noise.Limits
	// Processes says that variants are processes of this machine, without cgroups of
	// their own.
	Processes bool
	PinsCPU   bool // variants get whole processors of this machine, in place of a quota
}

// The estimated bytes of a run directory. In the reference run a hit takes 17, and the
// samples of a second 400, both compressed.
const (
	bytesOfHit    = 32
	bytesOfSecond = 4096
)

// NeedOf returns what the scenario needs, whichever engine runs it; nil means any small
// one.
func NeedOf(sc *scenario.Scenario) Need {
	if sc == nil {
		return Need{CPUs: 1, Noise: noise.Default()}
	}
	n := Need{Scenario: sc.Name, CPUs: sc.Limits.CPUs, Memory: uint64(sc.Limits.Memory), Noise: sc.Noise}
	var trial float64
	for _, p := range sc.Load.Phases {
		trial += float64(p.Hits())*bytesOfHit + p.For.Seconds()*bytesOfSecond
	}
	_, _, most := design.TrialCount(sc)
	n.Disk = uint64(trial * float64(most))
	return n
}
