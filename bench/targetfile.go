package bench

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"path"
	"regexp"
	"slices"
	"strings"
)

// Targets are a list of targets, or the name of a file that lists requests, see
// [Inputs.Targets], which are sent in turn.
type Targets []Target

// UnmarshalText takes the name of a file. What it holds is read with the
// scenario's other inputs.
func (t *Targets) UnmarshalText(text []byte) error {
	*t = Targets{{File: string(text)}}
	return nil
}

// file is the file that stands in the place of a list.
func (t Targets) file() (name string, ok bool) {
	if len(t) != 1 || t[0].Path != "" {
		return "", false
	}
	return t[0].File, t[0].File != ""
}

// targetLine is a request in vegeta's JSON format. The host of its URL is the
// variant's, whatever it says.
type targetLine struct {
	Method string      `json:"method"`
	URL    string      `json:"url"`
	Body   []byte      `json:"body,omitempty"` // base64
	Header http.Header `json:"header,omitempty"`
}

// ReadTargets reads requests in vegeta's JSON format, an object a line. Nothing
// of them is a template. An error names the line.
func ReadTargets(text []byte) (all []Target, err error) {
	err = eachLine(text, func(line []byte) error {
		var t targetLine
		if err := json.Unmarshal(line, &t); err != nil {
			return err
		}
		target, err := NewTarget(t.Method, t.URL, headerLines(t.Header), t.Body)
		all = append(all, target)
		return err
	})
	if err != nil {
		return nil, err
	}
	if len(all) == 0 {
		return nil, errors.New("it holds no request")
	}
	return all, nil
}

// HeaderLine is a line of a request's header. Its name is sent in this case.
type HeaderLine struct{ Name, Value string }

// Is says whether the line has that name, in any case.
func (h HeaderLine) Is(name string) bool { return strings.EqualFold(h.Name, name) }

// Check says why the line can't be sent.
func (h HeaderLine) Check() error {
	switch {
	case !headerName.MatchString(h.Name), strings.ContainsFunc(h.Value, unsendable):
		return fmt.Errorf("%q is no header: want a name of letters, digits and dashes, and a value of one line", h.Name)
	case h.Is("Transfer-Encoding"), h.Is("Trailer"):
		return fmt.Errorf("%s is the generator's to write: leave it out", h.Name)
	}
	return nil
}

// unsendable is a character that no header may hold (RFC 9110, 5.5).
func unsendable(r rune) bool { return r < ' ' && r != '\t' || r == 0x7f }

func headerLines(header http.Header) (lines []HeaderLine) {
	for name, values := range header {
		for _, v := range values {
			lines = append(lines, HeaderLine{name, v})
		}
	}
	return inOrder(lines)
}

// inOrder sorts by name, and makes one line of all cookies (RFC 6265, 5.4). Other
// lines of one name stay as many lines, in their order.
func inOrder(lines []HeaderLine) (out []HeaderLine) {
	lines = slices.Clone(lines)
	slices.SortStableFunc(lines, func(a, b HeaderLine) int { return strings.Compare(a.Name, b.Name) })
	cookies := -1
	for _, h := range lines {
		switch {
		case h.Is("Cookie") && cookies >= 0:
			out[cookies].Value += "; " + h.Value
			continue
		case h.Is("Cookie"):
			cookies = len(out)
		}
		out = append(out, h)
	}
	return out
}

// NewTarget is a request that is sent as it stands, but for the host.
func NewTarget(method, to string, lines []HeaderLine, body []byte) (Target, error) {
	u, err := url.ParseRequestURI(to)
	switch {
	case !methodName.MatchString(method):
		return Target{}, fmt.Errorf("%q is no method: want one such as GET", method)
	case err != nil, u.Opaque != "":
		return Target{}, fmt.Errorf("%q is no URL: want one such as http://localhost/orders/17", to)
	case u.User != nil:
		return Target{}, errors.New("the URL holds a user: write it as a header, Authorization")
	}
	hosts := 0
	for _, h := range lines {
		if err := h.Check(); err != nil {
			return Target{}, err
		}
		if h.Is("Host") {
			hosts++
		}
	}
	if hosts > 1 {
		return Target{}, errors.New("Host stands twice: keep one")
	}
	return Target{Method: method, Path: u.RequestURI(), Lines: inOrder(lines), Body: string(body), Plain: true}, nil
}

var (
	methodName = regexp.MustCompile(`^[A-Z]+$`)
	headerName = regexp.MustCompile("^[A-Za-z0-9!#$%&'*+.^_`|~-]+$") // a token (RFC 9110, 5.6.2)
)

// plainTargets writes targets as [ReadTargets] reads them.
func plainTargets(all []Target) []byte {
	var out bytes.Buffer
	lines := json.NewEncoder(&out)
	for _, t := range all {
		line := targetLine{Method: t.Method, URL: t.Path, Body: []byte(t.Body), Header: http.Header{}}
		for _, h := range t.Lines {
			line.Header[h.Name] = append(line.Header[h.Name], h.Value)
		}
		_ = lines.Encode(line) // text and bytes into a buffer: nothing can go wrong
	}
	return out.Bytes()
}

// targetFile puts what the file lists in the place of its name.
func (c checker) targetFile(l *Load) {
	name, ok := l.Targets.file()
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
	c.sc.inputs[name] = plainTargets(all)
	l.Targets = nil
	for i, t := range all {
		t.Name, t.File = fmt.Sprintf("request-%d", i+1), name
		c.targetDefaults("", &t)
		l.Targets = append(l.Targets, t)
	}
}

func (c checker) readTargets(name string) ([]Target, error) {
	text, err := c.in.read(name)
	if err != nil {
		return nil, err
	}
	text = withoutMark(text)
	var all []Target
	if c.in.Targets != nil {
		all, err = c.in.Targets(text, func(body string) ([]byte, error) { return c.in.read(path.Join(path.Dir(name), body)) })
	} else {
		all, err = ReadTargets(text)
	}
	if err == nil && len(all) > maxTargets {
		err = fmt.Errorf("it holds %d requests: want at most %d; of one kind of request take a template and data", len(all), maxTargets)
	}
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	return all, nil
}

// maxTargets is more than a mix can need, and what a hit's record can name.
const maxTargets = 10_000
