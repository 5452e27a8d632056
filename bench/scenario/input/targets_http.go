package input

import (
	"errors"
	"fmt"
	"net/url"
	"regexp"
	"strings"

	"github.com/memproof/memproof/bench/scenario/load"
)

// targetsHTTP is vegeta's HTTP format. The body of a request is in a file that it names:
// @orders.json.
//
// Vegeta's own reader is not used: it opens the files itself, names no line, and
// silently drops what follows a line of more than 64 KiB.
var targetsHTTP = format[func([]byte, readFile) ([]load.Target, error)]{name: "HTTP requests", read: readHTTPTargets}

func readHTTPTargets(text []byte, read readFile) ([]load.Target, error) {
	var all []load.Target
	for _, b := range targetBlocks(text) {
		t, err := b.target(read)
		if err != nil {
			return nil, err
		}
		all = append(all, t)
	}
	if len(all) == 0 {
		return nil, errors.New("it holds no request: want lines such as GET http://localhost/orders, " +
			"each with its headers below and an empty line after it")
	}
	return all, nil
}

// block has the lines of one request.
type block []line

type line struct {
	text   string
	number int // in the file, from 1
}

func (l line) fail(err error) error { return fmt.Errorf("line %d: %w", l.number, err) }

// targetBlocks splits the text into requests: a new one begins after an empty line and
// at a method.
func targetBlocks(text []byte) (all []block) {
	open := false
	n := 0
	for s := range strings.Lines(string(text)) {
		n++
		l := line{strings.TrimSpace(s), n}
		switch {
		case l.text == "":
			open = false
		case l.text[0] == '#':
		case !open || requestLine.MatchString(l.text):
			all = append(all, block{l})
			open = true
		default:
			all[len(all)-1] = append(all[len(all)-1], l)
		}
	}
	return all
}

// requestLine is how vegeta distinguishes a method from a header.
var requestLine = regexp.MustCompile(`^[A-Z]+\s`)

func (b block) target(read readFile) (load.Target, error) {
	method, to, err := requestOf(b[0].text)
	if err != nil {
		return load.Target{}, b[0].fail(err)
	}
	var headers []load.HeaderLine
	var body []byte
	for i, l := range b[1:] {
		if name, ok := strings.CutPrefix(l.text, "@"); ok {
			body, err = bodyOf(name, i == len(b)-2, read)
		} else {
			var h load.HeaderLine
			h, err = headerOf(l.text)
			headers = append(headers, h)
		}
		if err != nil {
			return load.Target{}, l.fail(err)
		}
	}
	t, err := load.NewTarget(method, to, headers, body)
	if err != nil {
		return load.Target{}, b[0].fail(err)
	}
	return t, nil
}

// requestOf reads the line that begins a request.
func requestOf(line string) (method, to string, err error) {
	if line[0] == '@' {
		return "", "", fmt.Errorf("%s: a body without a request above it: an empty line ends a request, remove it", line)
	}
	method, to, ok := strings.Cut(line, " ")
	switch {
	case !ok:
		return "", "", fmt.Errorf("bad target: %s: want a method and a URL, such as GET http://localhost/orders", line)
	case !requestLine.MatchString(line):
		return "", "", fmt.Errorf("bad method: %s: want one such as GET", method)
	}
	if _, err := url.ParseRequestURI(to); err != nil {
		return "", "", fmt.Errorf("bad URL: %s: want one such as http://localhost/orders", to)
	}
	return method, to, nil
}

func bodyOf(name string, last bool, read readFile) ([]byte, error) {
	switch {
	case !last:
		return nil, fmt.Errorf("@%s: the body is the last line of a request", name)
	case name == "":
		return nil, errors.New("@: no file is named: want one in this folder or below, such as @order.json")
	}
	body, err := read(name)
	if err != nil {
		return nil, fmt.Errorf("body: %w", err)
	}
	return body, nil
}

func headerOf(line string) (load.HeaderLine, error) {
	name, value, _ := strings.Cut(line, ":")
	h := load.HeaderLine{Name: strings.TrimSpace(name), Value: strings.TrimSpace(value)}
	if h.Name == "" || h.Value == "" {
		return h, fmt.Errorf("bad header: %s: want a name, a colon and a value", line)
	}
	return h, h.Check()
}
