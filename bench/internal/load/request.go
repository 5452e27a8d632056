package load

import (
	"bytes"
	"fmt"
	"io"
	"maps"
	"math/rand/v2"
	"net/http"
	"net/textproto"
	"net/url"
	"slices"
	"strings"
	"text/template"
	"text/template/parse"

	"github.com/memproof/memproof/bench"
)

// maker makes the requests of one target from the scenario's templates. The
// request of hit k depends on the seed and k alone, so every variant gets the
// same sequence.
type maker struct {
	base    *url.URL
	target  bench.Target
	seed    uint64
	path    text
	body    text
	headers []header // in the order of their names, that of the draws
	fixed   *url.URL // where the path is no template
}

type header struct {
	name  string
	value text
}

// newMakers makes one for each target. An error names the field.
func newMakers(base string, targets []bench.Target, seed uint64) ([]*maker, error) {
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

func newMaker(base, field string, t bench.Target, seed uint64) (m *maker, err error) {
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
	for _, name := range slices.Sorted(maps.Keys(t.Headers)) {
		value, err := newText(field+".headers."+name, t.Headers[name])
		if err != nil {
			return nil, err
		}
		m.headers = append(m.headers, header{textproto.CanonicalMIMEHeaderKey(name), value})
	}
	if m.path.template == nil {
		m.fixed, err = m.url(m.path.plain)
	}
	return m, err
}

// Check says whether the templates of a load work, before anything is started.
func Check(l bench.Load) error {
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
		if h.name == "Host" {
			r.Host = string(v)
			continue
		}
		r.Header[h.name] = []string{string(v)}
	}
	return nil
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
