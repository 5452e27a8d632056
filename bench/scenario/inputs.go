package scenario

import (
	"bytes"
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

// Inputs is the source of a scenario's traces and data.
type Inputs struct {
	Dir string // the folder that names in the scenario are relative to
	// Trace reads a trace; nil stands for [ReadTrace].
	Trace func(io.Reader) (load.Trace, error)
	// Targets reads a list of requests, and calls read for further files that it names;
	// nil stands for [ReadTargets].
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

// readInputs reads the files that the scenario and its load name.
func (c checker) readInputs() {
	c.files("files", c.sc.Files)
	c.sidecarFiles("sidecars", c.sc.Sidecars)
	c.envFile("env_file", c.sc.EnvFile, &c.sc.Env, c.sc.Sidecars)
	for i, v := range c.sc.Variants {
		c.envFile(fmt.Sprintf("variants[%d].env_file", i), v.EnvFile, &c.sc.Variants[i].Env, c.sc.SidecarsFor(v))
		c.files(fmt.Sprintf("variants[%d].files", i), v.Files)
		c.sidecarFiles(fmt.Sprintf("variants[%d].sidecars", i), v.Sidecars)
	}
	l := &c.sc.Load
	c.targetFile(l)
	c.data("load.target", &l.Target)
	for i := range l.Targets {
		c.data(fmt.Sprintf("load.targets[%d]", i), &l.Targets[i])
	}
	for i := range l.Phases {
		if p := &l.Phases[i]; p.Trace != "" {
			c.trace(fmt.Sprintf("load.phases[%d]", i), p)
		}
	}
	for name := range c.sc.inputs {
		c.sc.private[name] = c.in.private(name)
	}
}

// private reports whether the file's permissions exclude some users.
func (in Inputs) private(name string) bool {
	f, err := os.OpenInRoot(in.Dir, name)
	if err != nil {
		return true
	}
	defer f.Close()
	info, err := f.Stat()
	return err != nil || info.Mode().Perm()&0o004 == 0
}

func (c checker) sidecarFiles(field string, all []Sidecar) {
	for i, one := range all {
		c.files(fmt.Sprintf("%s[%d].files", field, i), one.Files)
	}
}

// files reads the files that variants get.
func (c checker) files(field string, files map[string]string) {
	for _, name := range slices.Sorted(maps.Keys(files)) {
		to := files[name]
		if to != "" && !path.IsAbs(to) {
			c.Fail(field+"."+name, "%q: want where it goes in a container, such as /etc/service/%s, or \"\" for a place in ${files}", to, path.Base(name))
			continue
		}
		text, err := c.in.read(name)
		if err != nil {
			c.Fail(field+"."+name, "%v", err)
			continue
		}
		c.variablesIn(field+"."+name, text)
		c.sc.inputs[name] = text
	}
}

// data reads the target's rows.
func (c checker) data(field string, t *load.Target) {
	if t.Data == "" {
		return
	}
	text, err := c.in.read(t.Data)
	if err == nil {
		t.Rows, err = load.ParseRows(t.Data, text)
	}
	if err != nil {
		c.Fail(field+".data", "%v", err)
		return
	}
	c.sc.inputs[t.Data] = text
}

// trace reads the recorded trace of a phase. A phase without a length ends just after
// its last request.
func (c checker) trace(field string, p *load.Phase) {
	text, err := c.in.read(p.Trace)
	if err == nil {
		p.Recorded, err = c.in.trace(p.Trace, text)
	}
	if err != nil {
		c.Fail(field+".trace", "%v", err)
		return
	}
	_, unread := c.sc.Load.Targets.File()
	for _, a := range p.Recorded {
		if !unread && a.Target != "" && !slices.ContainsFunc(c.sc.Load.Mix(), func(t load.Target) bool { return t.Name == a.Target }) {
			c.Fail(field+".trace", "%s: target %q at %v is none of the scenario's", p.Trace, a.Target, a.At)
			return
		}
	}
	var plain bytes.Buffer
	_ = p.Recorded.Write(&plain) // a buffer takes every write
	c.sc.inputs[p.Trace] = plain.Bytes()
	if !c.Has(field + ".for") {
		p.For = p.ReplayLength()
	}
}

// read reads an input file. Its name must not lead out of the folder.
func (in Inputs) read(name string) ([]byte, error) {
	if !filepath.IsLocal(name) || path.Clean(name) != name {
		return nil, fmt.Errorf("%q: want a file in the scenario's folder or below, such as traces/monday.csv", name)
	}
	f, err := os.OpenInRoot(in.Dir, name)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", filepath.Join(in.Dir, name), errors.Unwrap(err))
	}
	defer f.Close()
	if info, err := f.Stat(); err != nil || !info.Mode().IsRegular() {
		return nil, fmt.Errorf("%s: want a regular file", filepath.Join(in.Dir, name))
	}
	return files.ReadUpTo(f, filepath.Join(in.Dir, name), files.MaxText)
}

func (in Inputs) trace(name string, text []byte) (load.Trace, error) {
	read := in.Trace
	if read == nil {
		read = load.ReadTrace
	}
	t, err := read(bytes.NewReader(load.WithoutMark(text)))
	if err == nil && len(t) == 0 {
		err = errors.New("it holds no request")
	}
	if err == nil && t[len(t)-1].At.Seconds() > load.MaxTrace {
		err = fmt.Errorf("it lasts %s: want at most %g seconds", t[len(t)-1].At, float64(load.MaxTrace))
	}
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	return t, nil
}

func Hash(text []byte) string { return fmt.Sprintf("%x", sha256.Sum256(text)) }
