package runner

import (
	"fmt"
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/memproof/memproof/bench/internal/engine"
	"github.com/memproof/memproof/bench/record"
	"github.com/memproof/memproof/bench/scenario"
)

// openDir creates the run's directory, or opens the one to resume.
func (o Options) openDir(sc *scenario.Scenario, machine map[string]string) (*record.Run, error) {
	if !o.Resume {
		return o.createDir(sc, machine)
	}
	run, err := record.OpenRun(o.Dir)
	if err != nil {
		return nil, BadInput{err}
	}
	if changed := changedFacts(run.Meta.Machine, machine); len(changed) > 0 {
		return nil, BadInput{fmt.Errorf("%s was begun with another %s: trials of both would not be comparable; begin a new run",
			o.Dir, strings.Join(changed, ", another "))}
	}
	o.noteRebuilt(run.Meta.Machine, machine)
	if err := run.Scenario.UseSecrets(sc); err != nil {
		return nil, BadInput{fmt.Errorf("%s: %w", o.Dir, err)}
	}
	return run, nil
}

func (o Options) createDir(sc *scenario.Scenario, machine map[string]string) (*record.Run, error) {
	if err := sc.WriteInputs(o.Dir); err != nil {
		return nil, err
	}
	meta := record.Meta{Began: time.Now().UTC(), Machine: machine}
	if m := o.member; m != nil {
		meta.Run, meta.Seed, meta.Start = m.start.Number, m.start.Seed, m.start.Line
	}
	if sc.Withholds() {
		source, err := relative(o.Dir, o.Scenario)
		if err != nil {
			return nil, err
		}
		meta.Source, meta.EnvFiles = source, sc.EnvFileHashes()
	}
	run, err := record.CreateRun(o.Dir, sc.Copy(), meta)
	if err != nil {
		return nil, err
	}
	return run, run.Scenario.UseSecrets(sc)
}

// relative returns the path from the directory, so that a checkout may move.
func relative(dir, path string) (string, error) {
	dir, err := filepath.Abs(dir)
	if err != nil {
		return "", err
	}
	if path, err = filepath.Abs(path); err != nil {
		return "", err
	}
	return filepath.Rel(dir, path)
}

// engineOf returns the engine that a run was begun on.
func engineOf(dir string) (name engine.Name, err error) {
	run, err := record.OpenRun(dir)
	if err != nil {
		return "", err
	}
	return name, name.UnmarshalText([]byte(run.Meta.Machine["engine"]))
}

// changedFacts lists the facts that must not change within a run, and did: the engine,
// the kernel, a build or an image, each with both values. An image may be built again
// from the same.
func changedFacts(was, is map[string]string) (changed []string) {
	for _, name := range slices.Sorted(maps.Keys(was)) {
		group, program, _ := strings.Cut(name, ".")
		switch {
		case was[name] == is[name], name == "engine.why", group == "image" && rebuilt(was, is, program):
		case slices.Contains([]string{"binary", "image", "engine", "kernel"}, group):
			changed = append(changed, fmt.Sprintf("%s (%s, now %s)", name, was[name], is[name]))
		}
	}
	return changed
}

// rebuilt reports whether an image was built again from the same content.
func rebuilt(was, is map[string]string, program string) bool {
	content := contentOf(was, program)
	return content != "" && content == contentOf(is, program) && is["image."+program] != was["image."+program]
}

// noteRebuilt tells which images of a resumed run were built again.
func (o Options) noteRebuilt(was, is map[string]string) {
	for _, name := range slices.Sorted(maps.Keys(was)) {
		if program, ok := strings.CutPrefix(name, "image."); ok && isMeasured(program) && rebuilt(was, is, program) {
			fmt.Fprintf(o.Out, "the image of %s was built again, from the same files and base\n", program)
		}
	}
}
