package scenario

import (
	"fmt"
	"path"

	"github.com/memproof/memproof/bench/scenario/load"
)

// targetFile replaces the name of a file by the requests that it lists.
func (c checker) targetFile(l *load.Load) {
	name, ok := l.Targets.File()
	if !ok {
		return
	}
	all, err := c.readTargets(name)
	if c.sc.inputs[name] != nil {
		err = fmt.Errorf("%s is one of files too: copy it under another name", name)
	}
	if err != nil {
		c.Fail("load.targets", "%v", err)
		return
	}
	c.concealTargets(all)
	c.sc.inputs[name] = load.PlainTargets(all)
	l.Targets = nil
	for i, t := range all {
		t.Name, t.File = fmt.Sprintf("request-%d", i+1), name
		c.targetDefaults("", &t)
		l.Targets = append(l.Targets, t)
	}
}

func (c checker) readTargets(name string) ([]load.Target, error) {
	text, err := c.in.read(name)
	if err != nil {
		return nil, err
	}
	text = load.WithoutMark(text)
	var all []load.Target
	if c.in.Targets != nil {
		all, err = c.in.Targets(text, func(body string) ([]byte, error) { return c.in.read(path.Join(path.Dir(name), body)) })
	} else {
		all, err = load.ReadTargets(text)
	}
	if err == nil && len(all) > maxTargets {
		err = fmt.Errorf("it holds %d requests: want at most %d; of one kind of request take a template and data", len(all), maxTargets)
	}
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	return all, nil
}

// maxTargets is more than a mix can need, and the most that a hit's record can name.
const maxTargets = 10_000
