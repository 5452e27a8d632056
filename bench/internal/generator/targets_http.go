package generator

import (
	"errors"
	"fmt"
	"net/url"
	"regexp"
	"strings"

	"github.com/memproof/memproof/bench/scenario/load"
)

// targetsHTTP is vegeta's format of requests as HTTP has them. A body that a request
// names, @orders.json, is a file.
//
// Vegeta's own reader is not used: it opens files by itself, names no line, and
// drops what follows a line of more than 64 KiB.
var targetsHTTP = format[func([]byte, readFile) ([]load.Target, error)]{name: "HTTP requests", is: anyText, read: readHTTPTargets}

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
		return nil, errors.New("it holds no request: want lines such as GET http://localhost/orders, each with its headers below and an empty line after it")
	}
	return all, nil
}

// block is one request of the HTTP format.
type block struct {
	lines []string
	at    []int // their numbers in the file, from 1
}

func (b block) fail(i int, err error) error { return fmt.Errorf("line %d: %w", b.at[i], err) }

// targetBlocks cuts the format where it begins a new request: at an empty line and
// at a method.
func targetBlocks(text []byte) (all []block) {
	open := false
	n := 0
	for line := range strings.Lines(string(text)) {
		n++
		line = strings.TrimSpace(line)
		switch {
		case line == "":
			open = false
		case line[0] == '#':
		case !open || beginsRequest(line):
			all = append(all, block{[]string{line}, []int{n}})
			open = true
		default:
			last := &all[len(all)-1]
			last.lines, last.at = append(last.lines, line), append(last.at, n)
		}
	}
	return all
}

// beginsRequest is how vegeta tells a method from a header.
func beginsRequest(line string) bool { return requestLine.MatchString(line) }

var requestLine = regexp.MustCompile(`^[A-Z]+\s`)

func (b block) target(read readFile) (load.Target, error) {
	method, to, err := requestOf(b.lines[0])
	if err != nil {
		return load.Target{}, b.fail(0, err)
	}
	var headers []load.HeaderLine
	var body []byte
	for i := 1; i < len(b.lines); i++ {
		line := b.lines[i]
		if name, ok := strings.CutPrefix(line, "@"); ok {
			if body, err = bodyOf(name, i == len(b.lines)-1, read); err != nil {
				return load.Target{}, b.fail(i, err)
			}
			continue
		}
		h, err := headerOf(line)
		if err != nil {
			return load.Target{}, b.fail(i, err)
		}
		headers = append(headers, h)
	}
	t, err := load.NewTarget(method, to, headers, body)
	if err != nil {
		return load.Target{}, b.fail(0, err)
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
	case !beginsRequest(line):
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
		return nil, errors.New("@: no file is named: want one beside this file or below, such as @order.json")
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
