package load

import (
	"bytes"
	"errors"
	"fmt"
	"regexp"
	"strings"

	vegeta "github.com/tsenart/vegeta/v12/lib"

	"github.com/memproof/memproof/bench"
)

// ReadTargets reads a list of requests in vegeta's HTTP or JSON format; it fits
// [bench.Inputs.Targets]. A body that the HTTP format names, @orders.json, is
// taken from read. An error names the line.
func ReadTargets(text []byte, read func(name string) ([]byte, error)) ([]bench.Target, error) {
	if bytes.HasPrefix(bytes.TrimSpace(text), []byte("{")) {
		return bench.ReadTargets(text)
	}
	var all []bench.Target
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
// at a method. What is between two is vegeta's to understand.
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

func (b block) target(read func(name string) ([]byte, error)) (bench.Target, error) {
	var body []byte
	lines := b.lines
	if name, ok := strings.CutPrefix(lines[len(lines)-1], "@"); ok {
		var err error
		if body, err = read(name); err != nil {
			return bench.Target{}, b.fail(len(lines)-1, fmt.Errorf("body: %w", err))
		}
		lines = lines[:len(lines)-1]
	}
	if i := indexPrefix(lines, "@"); i >= 0 {
		return bench.Target{}, b.fail(i, fmt.Errorf("%s: the body is the last line of a request", lines[i]))
	}
	t, err := understood(lines, body)
	if err != nil {
		return bench.Target{}, b.fail(refused(lines), err)
	}
	target, err := bench.NewTarget(t.Method, t.URL, t.Header, t.Body)
	if err != nil {
		return bench.Target{}, b.fail(0, err)
	}
	return target, nil
}

// understood is what vegeta makes of a request's lines.
func understood(lines []string, body []byte) (t vegeta.Target, err error) {
	err = vegeta.NewHTTPTargeter(strings.NewReader(strings.Join(lines, "\n")), body, nil)(&t)
	return t, err
}

// refused is which of the lines vegeta does not understand, for it does not say:
// the last of the first few that it refuses.
func refused(lines []string) int {
	for n := 1; n < len(lines); n++ {
		if _, err := understood(lines[:n], nil); err != nil {
			return n - 1
		}
	}
	return len(lines) - 1
}

func indexPrefix(lines []string, prefix string) int {
	for i, line := range lines {
		if strings.HasPrefix(line, prefix) {
			return i
		}
	}
	return -1
}
