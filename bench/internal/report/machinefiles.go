package report

import (
	"path/filepath"

	"github.com/memproof/memproof/bench/internal/files"
)

// writeForMachines leaves what programs read beside what people do. An invalid
// run has no figures for benchstat either.
func (m material) writeForMachines() error {
	text, err := junit(m.verdict)
	if err != nil {
		return err
	}
	if err := files.WriteFile(filepath.Join(m.run.Dir, junitFile), text); err != nil {
		return err
	}
	path := filepath.Join(m.run.Dir, benchFile)
	if m.verdict.Void || len(m.verdict.CountedBlocks) == 0 {
		return removed(path)
	}
	if text, err = benchLines(m.verdict); err != nil {
		return err
	}
	return files.WriteFile(path, text)
}
