package generator

import (
	"bytes"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"text/template"
	"text/template/parse"

	"github.com/memproof/memproof/bench/scenario/load"
)

// maker makes the requests of one target from the scenario's templates. The request of
// hit k depends on the seed and k alone, so every variant gets the same sequence.
type maker struct {
	base    string
	target  load.Target
	seed    uint64
	path    text
	body    text
	headers []header // in the order of their names, which is the order of the draws
	fixed   *url.URL // if the path is not a template
}

type header struct {
	name  string
	value text
	field string // of the scenario
}

// newMakers makes one for each target. An error names the field.
func newMakers(base string, targets []load.Target, seed uint64) ([]*maker, error) {
	var makers []*maker
	for i, t := range targets {
		field := "load.target"
		if t.Name != "" {
			field = fmt.Sprintf("load.targets[%d]", i)
		}
		m, err := newMaker(base, field, t, seed)
		if err != nil {
			return nil, err
		}
		if _, err := m.request(0); err != nil { // a template may parse and still fail
			return nil, err
		}
		makers = append(makers, m)
	}
	return makers, nil
}

func newMaker(base, field string, t load.Target, seed uint64) (m *maker, err error) {
	m = &maker{base: strings.TrimSuffix(base, "/"), target: t, seed: seed}
	if m.path, err = newText(field+".path", t.Path, t.Plain); err != nil {
		return nil, err
	}
	if m.body, err = newText(field+".body", t.Body, t.Plain); err != nil {
		return nil, err
	}
	if err := m.newHeaders(field); err != nil {
		return nil, err
	}
	if m.path.template == nil {
		m.fixed, err = url.Parse(m.base + string(m.path.plain))
	}
	return m, err
}

func (m *maker) newHeaders(field string) error {
	lines := slices.Clip(m.target.Lines)
	for _, name := range slices.Sorted(maps.Keys(m.target.Headers)) {
		lines = append(lines, load.HeaderLine{Name: name, Value: m.target.Headers[name]})
	}
	for _, h := range lines {
		at := field + ".headers." + h.Name
		value, err := newText(at, h.Value, m.target.Plain)
		if err != nil {
			return err
		}
		// The value of a template is checked with each request.
		if err := (load.HeaderLine{Name: h.Name, Value: string(value.plain)}).Check(); err != nil {
			return fmt.Errorf("%s: %w", at, err)
		}
		m.headers = append(m.headers, header{sentName(h.Name), value, at})
	}
	return nil
}

// sentName returns the name as written, except for those that net/http interprets.
// net/http sets the length of the body.
func sentName(name string) string {
	for _, known := range []string{"Host", "Connection", "Content-Length"} {
		if strings.EqualFold(name, known) {
			return known
		}
	}
	return name
}

// Check checks the templates of a load before anything is started. It makes a request of
// every row of a target's data: a row that lacks a column would break the run at the hit
// that draws it.
func Check(l load.Load) error {
	makers, err := newMakers("http://localhost", l.Mix(), 1)
	if err != nil {
		return err
	}
	for _, m := range makers {
		for i, row := range m.target.Rows {
			if _, err := m.fill(&hitData{target: &m.target, seed: m.seed, row: row}); err != nil {
				return fmt.Errorf("row %d of %s: %w", i+1, m.target.Data, err)
			}
		}
	}
	return nil
}

// request makes the request of hit k.
func (m *maker) request(k uint64) (*http.Request, error) {
	return m.fill(&hitData{Seq: k, target: &m.target, seed: m.seed})
}

func (m *maker) fill(d *hitData) (*http.Request, error) {
	path, err := m.path.render(d)
	if err != nil {
		return nil, err
	}
	body, err := m.body.render(d)
	if err != nil {
		return nil, err
	}
	to := m.fixed
	if to == nil {
		if to, err = url.Parse(m.base + string(path)); err != nil {
			return nil, err
		}
	}
	r := &http.Request{
		Method: m.target.Method, URL: to, Host: to.Host, Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
		Header: make(http.Header, len(m.headers)+1),
	}
	if len(body) > 0 {
		r.ContentLength = int64(len(body))
		// connections.send calls it if a connection was closed before it wrote anything.
		r.GetBody = func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(body)), nil }
		r.Body, _ = r.GetBody()
	}
	return r, m.fillHeaders(r, d)
}

func (m *maker) fillHeaders(r *http.Request, d *hitData) error {
	for _, h := range m.headers {
		v, err := h.value.render(d)
		if err != nil {
			return err
		}
		if h.value.template != nil {
			if err := (load.HeaderLine{Name: h.name, Value: string(v)}).Check(); err != nil {
				return fmt.Errorf("%s: %w", h.field, err)
			}
		}
		h.add(r, string(v))
	}
	return nil
}

func (h header) add(r *http.Request, value string) {
	switch {
	case h.name == "Host":
		r.Host = value
		return
	case h.name == "Connection":
		for option := range strings.SplitSeq(value, ",") {
			r.Close = r.Close || strings.EqualFold(strings.TrimSpace(option), "close")
		}
	case h.name != "User-Agent" && strings.EqualFold(h.name, "User-Agent"):
		r.Header["User-Agent"] = []string{""} // net/http would add its own
	}
	r.Header[h.name] = append(r.Header[h.name], value)
}

// text is a template, or plain text without an action to run.
type text struct {
	plain    []byte
	template *template.Template
}

// newText parses a template, unless the text is plain by declaration.
func newText(field, s string, plain bool) (text, error) {
	if plain {
		return text{plain: []byte(s)}, nil
	}
	t, err := template.New(field).Option("missingkey=error").Parse(s)
	if err != nil {
		return text{}, err
	}
	if slices.ContainsFunc(t.Root.Nodes, func(n parse.Node) bool { return n.Type() != parse.NodeText }) {
		return text{template: t}, nil
	}
	var out bytes.Buffer
	err = t.Execute(&out, nil) // without comments and trimmed spaces
	return text{plain: out.Bytes()}, err
}

func (t text) render(d *hitData) ([]byte, error) {
	if t.template == nil {
		return t.plain, nil
	}
	var b bytes.Buffer
	if err := t.template.Execute(&b, d); err != nil {
		return nil, err
	}
	return b.Bytes(), nil
}
