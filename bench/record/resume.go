package record

import (
	"errors"
	"fmt"
	"maps"
	"path/filepath"
	"slices"

	"github.com/memproof/memproof/bench/scenario"
)

// ResumeInputs returns the inputs of a run that is resumed: the files in its directory,
// and the original scenario, which read reads, for everything else. The error names the
// files that are missing or changed.
func ResumeInputs(dir string, read func(path string) (*scenario.Scenario, error)) (scenario.Inputs, error) {
	in := scenario.RunInputs(dir)
	var meta Meta
	if err := ReadJSON(filepath.Join(dir, runFile), &meta); err != nil {
		return in, fmt.Errorf("%s is not a run directory: %w", dir, err)
	}
	if meta.Source == "" {
		return in, nil
	}
	source := meta.Source
	if !filepath.IsAbs(source) {
		source = filepath.Join(dir, source)
	}
	sc, err := read(source)
	if err != nil {
		return in, fmt.Errorf("a run directory has no secrets, so -resume reads them again from %s: %w", source, err)
	}
	is := sc.EnvFileHashes()
	var changed []error
	for _, name := range slices.Sorted(maps.Keys(meta.EnvFiles)) {
		if is[name] != meta.EnvFiles[name] {
			changed = append(changed, fmt.Errorf("%s was changed after the run began (compared by hash): put it back, or begin a new run", filepath.Join(filepath.Dir(source), name)))
		}
	}
	if len(changed) > 0 {
		return in, errors.Join(changed...)
	}
	return in.WithSource(source, sc), nil
}
