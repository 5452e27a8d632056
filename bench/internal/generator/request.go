package generator

import (
	"bytes"
	"fmt"
	"io"
	"maps"
	"math/rand/v2"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"text/template"
	"text/template/parse"

	"github.com/memproof/memproof/bench/scenario/load"
)

// maker makes the requests of one target from the scenario's templates. The
// request of hit k depends on the seed and k alone, so every variant gets the
// same sequence.
type maker struct {
	base    *url.URL
	target  load.Target
	seed    uint64
	path    text
	body    text
	headers []header // in the order of their names, that of the draws
	fixed   *url.URL // where the path is no template
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
	m = &maker{target: t, seed: seed}
	if m.base, err = url.Parse(strings.TrimSuffix(base, "/")); err != nil {
		return nil, err
	}
	newText := newText
	if t.Plain {
		newText = plainText
	}
	if m.path, err = newText(field+".path", t.Path); err != nil {
		return nil, err
	}
	if m.body, err = newText(field+".body", t.Body); err != nil {
		return nil, err
	}
	if err := m.newHeaders(field, newText); err != nil {
		return nil, err
	}
	if m.path.template == nil {
		m.fixed, err = m.url(m.path.plain)
	}
	return m, err
}

func (m *maker) newHeaders(field string, newText func(field, s string) (text, error)) error {
	lines := m.target.Lines
	for _, name := range slices.Sorted(maps.Keys(m.target.Headers)) {
		lines = append(slices.Clip(lines), load.HeaderLine{Name: name, Value: m.target.Headers[name]})
	}
	for _, h := range lines {
		at := field + ".headers." + h.Name
		value, err := newText(at, h.Value)
		if err != nil {
			return err
		}
		// Of a template the value is checked each time that it is filled in.
		if err := (load.HeaderLine{Name: h.Name, Value: string(value.plain)}).Check(); err != nil {
			return fmt.Errorf("%s: %w", at, err)
		}
		m.headers = append(m.headers, header{sentName(h.Name), value, at})
	}
	return nil
}

// sentName is the name as it is written, but for those that net/http looks at. The
// length of the body is net/http's to say.
func sentName(name string) string {
	for _, known := range []string{"Host", "Connection", "Content-Length"} {
		if strings.EqualFold(name, known) {
			return known
		}
	}
	return name
}

// Check says whether the templates of a load work, before anything is started.
func Check(l load.Load) error {
	makers, err := newMakers("http://localhost", l.Mix(), 1)
	if err != nil {
		return err
	}
	for _, m := range makers {
		if err := m.checkRows(); err != nil {
			return err
		}
	}
	return nil
}

// checkRows makes a request of every row of the target's data: one that lacks a
// column would break the run at the hit that draws it.
func (m *maker) checkRows() error {
	for i, row := range m.target.Rows {
		if _, err := m.fill(&hitData{target: &m.target, seed: m.seed, row: row}); err != nil {
			return fmt.Errorf("row %d of %s: %w", i+1, m.target.Data, err)
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
		if to, err = m.url(path); err != nil {
			return nil, err
		}
	}
	r := &http.Request{
		Method: m.target.Method, URL: to, Host: to.Host, Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
		Header: make(http.Header, len(m.headers)+1),
	}
	if len(body) > 0 {
		r.ContentLength = int64(len(body))
		// For a connection that turns out to be closed before anything was written
		// to it, see connections.send.
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
	case h.name == "Connection" && closes(value):
		r.Close = true
	case h.name != "User-Agent" && strings.EqualFold(h.name, "User-Agent"):
		r.Header["User-Agent"] = []string{""} // net/http would add its own
	}
	r.Header[h.name] = append(r.Header[h.name], value)
}

// closes says whether a header Connection asks for the end of the connection.
func closes(value string) bool {
	return slices.ContainsFunc(strings.Split(value, ","), func(option string) bool {
		return strings.EqualFold(strings.TrimSpace(option), "close")
	})
}

func (m *maker) url(path []byte) (*url.URL, error) { return url.Parse(m.base.String() + string(path)) }

// text is a template, or plain text where it has no action to run.
type text struct {
	plain    []byte
	template *template.Template
}

func newText(field, s string) (text, error) {
	t, err := template.New(field).Option("missingkey=error").Parse(s)
	if err != nil {
		return text{}, err
	}
	if slices.ContainsFunc(t.Root.Nodes, func(n parse.Node) bool { return n.Type() != parse.NodeText }) {
		return text{template: t}, nil
	}
	var plain bytes.Buffer
	err = t.Execute(&plain, nil) // with comments and trimmed spaces gone
	return text{plain: plain.Bytes()}, err
}

// plainText is what looks like a template and is none.
func plainText(_, s string) (text, error) { return text{plain: []byte(s)}, nil }

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

// source is a source of random numbers for hit k.
func source(seed, k uint64) *rand.Rand { return rand.New(rand.NewPCG(seed, k)) }
