package scenario

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"path"
	"path/filepath"
	"slices"

	"github.com/memproof/memproof/bench/internal/files"
	"github.com/memproof/memproof/bench/scenario/load"
)

// InputsDir is the folder of a run directory with the files that its scenario names.
const InputsDir = "inputs"

// Inputs is the source of the files and variables that a scenario names.
type Inputs struct {
	Dir string // the folder that names in the scenario are relative to
	// Trace reads a trace; nil stands for [load.ReadTrace].
	Trace func(io.Reader) (load.Trace, error)
	// Targets reads a list of requests, and calls read for further files that it names;
	// nil stands for [load.ReadJSONTargets].
	Targets func(text []byte, read func(name string) ([]byte, error)) ([]load.Target, error)
	// Env looks up the variables that ${env.NAME} takes, as os.LookupEnv does. If nil,
	// they are not looked up; a scenario without their values can be checked and judged
	// but not run.
	Env func(name string) (value string, set bool)

	// Builds is the directory that relative build contexts start from. If empty,
	// contexts are not checked, as when a run is only judged.
	Builds string

	kept       bool      // whether it is a run directory, which holds no secrets
	source     *Scenario // the original of a run directory's scenario, with its secrets; nil: they are not needed
	sourcePath string    // the file of source
}

// RunInputs returns the inputs in a run directory.
func RunInputs(dir string) Inputs { return Inputs{Dir: filepath.Join(dir, InputsDir), kept: true} }

// WithSource adds the original scenario and its file to the inputs of a run directory,
// which holds no secrets.
func (in Inputs) WithSource(path string, sc *Scenario) Inputs {
	in.sourcePath, in.source = path, sc
	return in
}

// WriteInputs copies the files that the scenario names into a run directory, traces in
// the plain form. The run can then be judged without the scenario's folder. Env files
// are left out, see [record.ResumeInputs]. A copy of a file with restricted permissions
// has them too. Call it before [record.CreateRun].
func (s *Scenario) WriteInputs(dir string) error {
	for _, name := range slices.Sorted(maps.Keys(s.inputs)) {
		to := filepath.Join(dir, InputsDir, name)
		if err := os.MkdirAll(filepath.Dir(to), 0o755); err != nil {
			return err
		}
		mode := files.PublicFile
		if s.private[name] {
			mode = files.PrivateFile
		}
		err := files.ReplaceFile(to, mode, func(w io.Writer) error {
			_, err := w.Write(s.inputs[name])
			return err
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// InputHashes returns the SHA-256 of the inputs by name.
func (s *Scenario) InputHashes() map[string]string {
	hashes := make(map[string]string, len(s.inputs))
	for name, text := range s.inputs {
		hashes[name] = Hash(text)
	}
	return hashes
}

// Hash returns the SHA-256 of a text in hexadecimal.
func Hash(text []byte) string { return fmt.Sprintf("%x", sha256.Sum256(text)) }

// read reads an input file. Its name must not lead out of the folder.
func (in Inputs) read(name string) ([]byte, error) {
	if !filepath.IsLocal(name) || path.Clean(name) != name {
		return nil, fmt.Errorf("%q: want a file in the scenario's folder or below, such as traces/monday.csv", name)
	}
	file := filepath.Join(in.Dir, name)
	f, err := os.OpenInRoot(in.Dir, name)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", file, errors.Unwrap(err))
	}
	defer f.Close()
	if info, err := f.Stat(); err != nil || !info.Mode().IsRegular() {
		return nil, fmt.Errorf("%s: want a regular file", file)
	}
	return files.ReadUpTo(f, file, files.MaxText)
}

// private reports whether the file's permissions exclude some users.
func (in Inputs) private(name string) bool {
	info, err := os.Stat(filepath.Join(in.Dir, name))
	return err != nil || info.Mode().Perm()&0o004 == 0
}
