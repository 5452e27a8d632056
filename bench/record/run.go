// Package record is the run directory: its files, their formats and versions. It reads
// and writes; it computes no figure.
package record

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/memproof/memproof/bench/internal/files"
	"github.com/memproof/memproof/bench/scenario"
)

// The files of a run's directory.
const (
	runFile      = "run.json"
	scenarioFile = "scenario.yaml"
	VerdictFile  = "verdict.json"
	trialsDir    = "trials"
)

// RunFormat is the version of the run directory's layout. Runs of format 2 had SPIKE, an
// arm with both memory and delay, and claims with the same sentence were replicates. Runs
// of format 3 repeated a whole block if one of its trials was disturbed. Runs of format 4
// were judged by two levels, 95% for reductions and values and 90% for the rest.
const (
	RunFormat    = 5
	oldestFormat = 2
)

// Run is a run directory: the scenario, the machine, and the measured trials.
type Run struct {
	Dir      string
	Scenario *scenario.Scenario
	Meta     Meta
	Trials   []*Trial  // by block, then position
	Stopped  []Stopped // trials that could not be measured and were not run again
}

// Meta identifies a run, together with its scenario.
type Meta struct {
	Format  int               `json:"format"`
	Began   time.Time         `json:"began"`
	Machine map[string]string `json:"machine"` // kernel, CPU, engine, image ids, …
	// ScenarioSHA256 is the hash of the scenario's text when the run began: claims and
	// blocks are fixed before a run.
	ScenarioSHA256 string `json:"scenario_sha256,omitempty"`
	// Run is the run's number in its study, and Seed its own seed, in place of the
	// scenario's. Both are 0 for a run outside a study.
	Run  int    `json:"run,omitempty"`
	Seed uint64 `json:"seed,omitempty"`
	// Start is the hash of the line of the study's journal that started the run.
	Start string `json:"start_sha256,omitempty"`
	// InputsSHA256 are the hashes of the scenario's traces and data, by name.
	InputsSHA256 map[string]string `json:"inputs_sha256,omitempty"`
	// Source is the scenario's file, relative to the run directory. A resumed run reads
	// from it what the directory lacks: env files and hidden values.
	Source string `json:"source,omitempty"`
	// EnvFiles are the hashes of the env files by name, see
	// [scenario.Scenario.EnvFileHashes].
	EnvFiles map[string]string `json:"env_files,omitempty"`
}

// CreateRun creates the directory of a new run, and refuses an existing one. It needs
// the scenario's files in place: see [scenario.Scenario.WriteInputs]. The copy of the
// scenario hides values that look like secrets.
func CreateRun(dir string, scenarioYAML []byte, meta Meta) (*Run, error) {
	sc, err := scenario.RunInputs(dir).ParseScenario(scenarioFile, scenarioYAML)
	if err != nil {
		return nil, err
	}
	if _, err := os.Stat(filepath.Join(dir, runFile)); err == nil {
		return nil, fmt.Errorf("%s holds a run already: name another directory with -out, or go on with it: memproof run -resume %s", dir, dir)
	}
	if err := os.MkdirAll(filepath.Join(dir, trialsDir), 0o755); err != nil {
		return nil, err
	}
	if err := files.WriteFile(filepath.Join(dir, scenarioFile), sc.Copy()); err != nil {
		return nil, err
	}
	meta.Format, meta.ScenarioSHA256, meta.InputsSHA256 = RunFormat, scenario.Hash(sc.Copy()), sc.InputHashes()
	if err := WriteJSON(filepath.Join(dir, runFile), meta); err != nil {
		return nil, err
	}
	meta.applySeed(sc)
	return &Run{Dir: dir, Scenario: sc, Meta: meta}, nil
}

// IsOf reports whether the run is the one of that start. Runs of an older memproof have
// their number and seed alone.
func (m Meta) IsOf(start Start) bool {
	return m.Run == start.Number && m.Seed == start.Seed && (m.Start == "" || m.Start == start.Line)
}

// ReadMeta reads what identifies the run of a directory.
func ReadMeta(dir string) (m Meta, err error) {
	return m, ReadJSON(filepath.Join(dir, runFile), &m)
}

func (m Meta) applySeed(sc *scenario.Scenario) {
	if m.Seed != 0 {
		sc.Seed = m.Seed
	}
}

// OpenRun reads a run directory. It leaves out trials without a trial.json: they were
// interrupted. Of a directory without trials the error is [NoRawData], and the run has
// its scenario alone.
func OpenRun(dir string) (*Run, error) {
	r := &Run{Dir: dir}
	if err := ReadJSON(filepath.Join(dir, runFile), &r.Meta); err != nil {
		return nil, fmt.Errorf("%s is not a run directory: %w", dir, err)
	}
	if r.Meta.Format < oldestFormat || r.Meta.Format > RunFormat {
		return nil, fmt.Errorf("%s: format %d: want %d to %d, judge the run with the version of memproof that made it",
			filepath.Join(dir, runFile), r.Meta.Format, oldestFormat, RunFormat)
	}
	path := filepath.Join(dir, scenarioFile)
	text, err := files.ReadBounded(path, files.MaxText)
	if err != nil {
		return nil, err
	}
	if was := r.Meta.ScenarioSHA256; was != "" && was != scenario.Hash(text) {
		return nil, fmt.Errorf("%s was changed after the run began: claims and blocks are fixed before a run; put it back, or begin a new run", path)
	}
	if r.Scenario, err = scenario.RunInputs(dir).ParseScenario(path, text); err != nil {
		return nil, err
	}
	if r.Meta.Format == 2 {
		r.Scenario.UseSpike()
		r.Scenario.ReplicateBySentence()
	}
	r.Meta.applySeed(r.Scenario)
	for name, is := range r.Scenario.InputHashes() {
		if was := r.Meta.InputsSHA256[name]; was != is {
			return nil, fmt.Errorf("%s was changed after the run began: the load is fixed before a run; put it back, or begin a new run", filepath.Join(dir, scenario.InputsDir, name))
		}
	}
	return r, r.readTrials()
}

// readTrials reads the finished trials, by block, then position. It lists their
// directories, because a pattern would fail on paths with special characters.
func (r *Run) readTrials() error {
	folder := filepath.Join(r.Dir, trialsDir)
	entries, err := os.ReadDir(folder)
	if err != nil {
		return missing(folder, err)
	}
	for _, e := range entries {
		if e.Type().IsRegular() || !strings.HasPrefix(e.Name(), "b") {
			continue
		}
		t, err := readTrial(r.Scenario, filepath.Join(folder, e.Name()))
		if errors.Is(err, fs.ErrNotExist) {
			if err := r.readStopped(filepath.Join(folder, e.Name())); err != nil {
				return err
			}
			continue
		}
		if err != nil {
			return err
		}
		t.Scheduled = t.Of(r.Scenario).ScheduledHits()
		r.Trials = append(r.Trials, t)
	}
	return r.sortTrials()
}

// sortTrials refuses two trials in the same place: neither can be preferred.
func (r *Run) sortTrials() error {
	slices.SortStableFunc(r.Trials, comparePlace) // by number: as a name, b01-10 sorts before b01-2
	for i, t := range r.Trials {
		if i > 0 && comparePlace(r.Trials[i-1], t) == 0 {
			return fmt.Errorf("%s and %s are both the trial of block %d, position %d: remove the one that is a copy",
				r.Trials[i-1].Dir, t.Dir, t.Block, t.Position)
		}
	}
	return nil
}

func comparePlace(a, b *Trial) int {
	return cmp.Or(cmp.Compare(a.Block, b.Block), cmp.Compare(a.Position, b.Position))
}

// Blocks groups the trials by block. It leaves out a block without a trial of each arm.
func (r *Run) Blocks() (whole [][]*Trial) {
	for _, block := range r.Begun() {
		if r.IsWhole(block) {
			whole = append(whole, block)
		}
	}
	return whole
}

// Begun groups the trials by block, incomplete blocks included.
func (r *Run) Begun() (blocks [][]*Trial) {
	for i, t := range r.Trials {
		if i == 0 || t.Block != r.Trials[i-1].Block {
			blocks = append(blocks, nil)
		}
		blocks[len(blocks)-1] = append(blocks[len(blocks)-1], t)
	}
	return blocks
}

// IsWhole reports whether the block has a trial of each arm.
func (r *Run) IsWhole(block []*Trial) bool {
	first := slices.DeleteFunc(slices.Clone(block), (*Trial).Repeats)
	return len(first) > 0 && len(first) == cmp.Or(first[0].Arms, len(r.Scenario.Arms()))
}

// Spare holds the blocks and repeats that may still run.
type Spare struct {
	Blocks  int // to begin
	Repeats int // of disturbed trials, in blocks that have begun
}

// Spare returns the blocks and repeats that may still run. Runs before format 4
// repeated whole blocks, as often as the scenario allows.
func (r *Run) Spare() Spare {
	blocks, repeats := r.Scenario.Blocks-len(r.Blocks()), r.Scenario.MaxRepeats
	if r.Meta.Format < 4 {
		return Spare{Blocks: max(0, blocks+repeats)}
	}
	for _, t := range r.Trials {
		if t.Repeats() {
			repeats--
		}
	}
	return Spare{max(0, blocks), max(0, repeats)}
}

// Block returns the trials of the block of that number, by position.
func (r *Run) Block(number int) (trials []*Trial) {
	for _, t := range r.Trials {
		if t.Block == number {
			trials = append(trials, t)
		}
	}
	return trials
}

// Add inserts a finished trial into the run in its place.
func (r *Run) Add(t *Trial) {
	r.Trials = append(r.Trials, t)
	slices.SortStableFunc(r.Trials, comparePlace)
	r.Stopped = slices.DeleteFunc(r.Stopped, func(s Stopped) bool { return s.Block == t.Block && s.Position == t.Position })
}

// NoRawData is the error of a run directory without the raw data of its trials, as most
// are in a repository.
type NoRawData struct{ Path string }

func (e NoRawData) Error() string {
	return e.Path + ": the raw data of this run is missing, so it cannot be judged, reported or resumed: " +
		"put it back, or run the scenario again; report.md and verdict.json have the results"
}

// Unwrap makes it an error of a missing file.
func (NoRawData) Unwrap() error { return fs.ErrNotExist }

// missing turns the error of a missing file into [NoRawData].
func missing(path string, err error) error {
	if errors.Is(err, fs.ErrNotExist) {
		return NoRawData{path}
	}
	return err
}
