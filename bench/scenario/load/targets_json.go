package load

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
)

// targetLine is a request in vegeta's JSON format. The host of its URL is replaced by
// the variant's.
type targetLine struct {
	Method string      `json:"method"`
	URL    string      `json:"url"`
	Body   []byte      `json:"body,omitempty"` // base64
	Header http.Header `json:"header,omitempty"`
}

// ReadJSONTargets reads requests in vegeta's JSON format, one object per line. No text is a
// template. An error names the line.
func ReadJSONTargets(text []byte) (all []Target, err error) {
	err = EachLine(text, func(line []byte) error {
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
		return nil, errors.New("has no request")
	}
	return all, nil
}

// HeaderLine is a line of a request's header. Its name is sent as written.
type HeaderLine struct{ Name, Value string }

// Is reports whether the line has that name, in any case.
func (h HeaderLine) Is(name string) bool { return strings.EqualFold(h.Name, name) }

// Check says why the line cannot be sent; nil if it can.
func (h HeaderLine) Check() error {
	switch {
	case !headerName.MatchString(h.Name), strings.ContainsFunc(h.Value, unsendable):
		return fmt.Errorf("%q is not a header: want a name of letters, digits and dashes, and a value of one line", h.Name)
	case h.Is("Transfer-Encoding"), h.Is("Trailer"):
		return fmt.Errorf("the generator writes %s itself: drop it", h.Name)
	}
	return nil
}

// unsendable reports whether no header may hold the character (RFC 9110, 5.5).
func unsendable(r rune) bool { return r < ' ' && r != '\t' || r == 0x7f }

func headerLines(header http.Header) (lines []HeaderLine) {
	for name, values := range header {
		for _, v := range values {
			lines = append(lines, HeaderLine{name, v})
		}
	}
	return inOrder(lines)
}

// inOrder sorts by name, and joins all cookies in one line (RFC 6265, 5.4). Other lines
// of one name stay separate, in their order.
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

// NewTarget returns a request that is sent unchanged, except for the host.
func NewTarget(method, to string, lines []HeaderLine, body []byte) (Target, error) {
	u, err := url.ParseRequestURI(to)
	switch {
	case !methodName.MatchString(method):
		return Target{}, fmt.Errorf("%q is not a method: want one such as GET", method)
	case err != nil, u.Opaque != "":
		return Target{}, fmt.Errorf("%q is not a URL: want one such as http://localhost/orders/17", to)
	case u.User != nil:
		return Target{}, errors.New("the URL has a user: use the header Authorization instead")
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
		return Target{}, errors.New("Host is given twice: keep one")
	}
	return Target{Method: method, Path: u.RequestURI(), Lines: inOrder(lines), Body: string(body), Plain: true}, nil
}

var (
	methodName = regexp.MustCompile(`^[A-Z]+$`)
	headerName = regexp.MustCompile("^[A-Za-z0-9!#$%&'*+.^_`|~-]+$") // a token (RFC 9110, 5.6.2)
)

// PlainTargets writes targets as [ReadTargets] reads them.
func PlainTargets(all []Target) []byte {
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
