package runner

import (
	"github.com/memproof/memproof/bench/internal/engine"
	"github.com/memproof/memproof/bench/internal/hostinfo"
	"github.com/memproof/memproof/bench/metric"
)

// otherPrograms watches the programs of this machine that are not of the session;
// it fits [experiment.Rig.Programs]. Where they can't be read there are none.
func otherPrograms(s *engine.Session) func() func() []metric.ProgramCPU {
	return func() func() []metric.ProgramCPU {
		before, err := hostinfo.SeePrograms("/proc")
		return func() []metric.ProgramCPU {
			if err != nil {
				return nil
			}
			used, err := before.Since(s.Owns())
			if err != nil {
				return nil
			}
			return used
		}
	}
}
