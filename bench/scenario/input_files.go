package scenario

import (
	"bytes"
	"errors"
	"fmt"
	"maps"
	"path"
	"slices"

	"github.com/memproof/memproof/bench/scenario/load"
)

// readInputs reads the files that the scenario and its load name.
func (c checker) readInputs() {
	s, l := c.sc, &c.sc.Load
	c.files("files", s.Files)
	c.sidecarFiles("sidecars", s.Sidecars)
	c.envFile("env_file", s.EnvFile, &s.Env, s.Sidecars)
	for i, v := range s.Variants {
		field := fmt.Sprintf("variants[%d]", i)
		c.envFile(field+".env_file", v.EnvFile, &s.Variants[i].Env, s.SidecarsFor(v))
		c.files(field+".files", v.Files)
		c.sidecarFiles(field+".sidecars", v.Sidecars)
	}
	if name, ok := l.Targets.File(); ok {
		c.targetFile(name)
	}
	c.data("load.target", &l.Target)
	for i := range l.Targets {
		c.data(fmt.Sprintf("load.targets[%d]", i), &l.Targets[i])
	}
	for i := range l.Phases {
		if p := &l.Phases[i]; p.Trace != "" {
			c.trace(fmt.Sprintf("load.phases[%d]", i), p)
		}
	}
}

// input reads the file that a field names. parse returns the text for the run
// directory.
func (c checker) input(field, name string, parse func(text []byte) ([]byte, error)) {
	text, err := c.in.read(name)
	if err == nil {
		if text, err = parse(text); err != nil {
			err = fmt.Errorf("%s: %w", name, err)
		}
	}
	if err != nil {
		c.Fail(field, "%v", err)
		return
	}
	c.sc.inputs[name], c.sc.private[name] = text, c.in.private(name)
}

func (c checker) sidecarFiles(field string, all []Sidecar) {
	for i, one := range all {
		c.files(fmt.Sprintf("%s[%d].files", field, i), one.Files)
	}
}

// files reads the files that variants get.
func (c checker) files(field string, files map[string]string) {
	for _, name := range slices.Sorted(maps.Keys(files)) {
		field := field + "." + name
		if to := files[name]; to != "" && !path.IsAbs(to) {
			c.Fail(field, "%q: want its path in the container, such as /etc/service/%s, or \"\" for a place in ${files}", to, path.Base(name))
			continue
		}
		c.input(field, name, func(text []byte) ([]byte, error) {
			c.variablesIn(field, text)
			return text, nil
		})
	}
}

// targetFile replaces the name of a file by the requests that it lists.
func (c checker) targetFile(name string) {
	if c.sc.inputs[name] != nil {
		c.Fail("load.targets", "%s is in files too: copy it, and name the copy here", name)
		return
	}
	l := &c.sc.Load
	c.input("load.targets", name, func(text []byte) ([]byte, error) {
		all, err := c.readTargets(name, load.WithoutMark(text))
		if err != nil {
			return nil, err
		}
		if len(all) > maxTargets {
			return nil, fmt.Errorf("has %d requests: want at most %d; for many requests of one kind, use a template and data", len(all), maxTargets)
		}
		c.concealTargets(all)
		l.Targets = nil
		for i, t := range all {
			t.Name, t.File = fmt.Sprintf("request-%d", i+1), name
			c.targetDefaults("", &t)
			l.Targets = append(l.Targets, t)
		}
		return load.PlainTargets(all), nil
	})
}

func (c checker) readTargets(list string, text []byte) ([]load.Target, error) {
	if c.in.Targets == nil {
		return load.ReadJSONTargets(text)
	}
	return c.in.Targets(text, func(body string) ([]byte, error) { return c.in.read(path.Join(path.Dir(list), body)) })
}

// data reads the target's rows.
func (c checker) data(field string, t *load.Target) {
	if t.Data == "" {
		return
	}
	c.input(field+".data", t.Data, func(text []byte) (_ []byte, err error) {
		t.Rows, err = load.ParseRows(t.Data, text)
		return text, err
	})
}

// trace reads the recorded trace of a phase. A phase without a length ends just after
// its last request.
func (c checker) trace(field string, p *load.Phase) {
	c.input(field+".trace", p.Trace, func(text []byte) (_ []byte, err error) {
		if p.Recorded, err = c.readTrace(text); err != nil {
			return nil, err
		}
		var plain bytes.Buffer
		_ = p.Recorded.Write(&plain) // a buffer takes every write
		if !c.Has(field + ".for") {
			p.For = p.ReplayLength()
		}
		return plain.Bytes(), nil
	})
}

func (c checker) readTrace(text []byte) (load.Trace, error) {
	read := c.in.Trace
	if read == nil {
		read = load.ReadTrace
	}
	t, err := read(bytes.NewReader(load.WithoutMark(text)))
	if err != nil {
		return nil, err
	}
	if len(t) == 0 {
		return nil, errors.New("has no request")
	}
	if last := t[len(t)-1].At; last.Seconds() > load.MaxTrace {
		return nil, fmt.Errorf("lasts %s: want at most %g seconds", last, float64(load.MaxTrace))
	}
	if _, unread := c.sc.Load.Targets.File(); unread {
		return t, nil
	}
	for _, a := range t {
		named := func(t load.Target) bool { return t.Name == a.Target }
		if a.Target != "" && !slices.ContainsFunc(c.sc.Load.Mix(), named) {
			return nil, fmt.Errorf("names target %q at %v, which is not in load.targets: add it there", a.Target, a.At)
		}
	}
	return t, nil
}
