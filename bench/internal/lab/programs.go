package lab

import (
	"github.com/memproof/memproof/bench"
	"github.com/memproof/memproof/bench/internal/engine"
	"github.com/memproof/memproof/bench/internal/machine"
)

// otherPrograms watches the programs of this machine that are not of the session;
// it fits [bench.Rig.Programs]. Where they can't be read there are none.
func otherPrograms(s *engine.Session) func() func() []bench.ProgramCPU {
	return func() func() []bench.ProgramCPU {
		before, err := machine.SeePrograms("/proc")
		return func() []bench.ProgramCPU {
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
