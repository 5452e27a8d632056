package load

import (
	"bufio"
	"cmp"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Trace is a recorded sequence of requests, ascending in time.
type Trace []Arrival

// Arrival is one request of a trace.
type Arrival struct {
	At     time.Duration // from the beginning of the trace
	Target string        // name of the target; empty: drawn by the targets' weights
}

// Sort sorts the arrivals by time. Logs are often written in the order in which
// requests ended.
func (t Trace) Sort() {
	slices.SortStableFunc(t, func(a, b Arrival) int { return cmp.Compare(a.At, b.At) })
}

// MaxTrace is longer than any trace, 104 days in seconds. Up to it, a float64 of
// seconds is exact to the nanosecond after rounding.
const MaxTrace = 9e6

// ReadTrace reads a plain trace: one line per request, with the seconds since the
// beginning and, after a comma, the optional name of the target. It skips a first line
// "offset_seconds" or "offset_seconds,target", empty lines and lines that begin with #.
// The lines may be in any order. An error names the line.
func ReadTrace(r io.Reader) (Trace, error) {
	var t Trace
	lines := bufio.NewScanner(r)
	n := 1
	for ; lines.Scan(); n++ {
		text := strings.TrimSpace(lines.Text())
		if text == "" || text[0] == '#' || n == 1 && strings.HasPrefix(text, "offset_seconds") {
			continue
		}
		a, err := parseArrival(text)
		if err != nil {
			return nil, fmt.Errorf("line %d: %w", n, err)
		}
		t = append(t, a)
	}
	if err := lines.Err(); err != nil {
		return nil, fmt.Errorf("line %d: %w", n, err)
	}
	if len(t) == 0 {
		return nil, fmt.Errorf("has no request: want lines of offset_seconds[,target]")
	}
	t.Sort()
	return t, nil
}

func parseArrival(text string) (Arrival, error) {
	at, target, _ := strings.Cut(text, ",")
	seconds, err := strconv.ParseFloat(strings.TrimSpace(at), 64)
	if err != nil || !(seconds >= 0 && seconds <= MaxTrace) {
		return Arrival{}, fmt.Errorf("%q is not an offset: want seconds from 0 to %g, such as 12.25", at, float64(MaxTrace))
	}
	return Arrival{At: offset(seconds), Target: strings.TrimSpace(target)}, nil
}

// Write writes the trace as [ReadTrace] reads it.
func (t Trace) Write(w io.Writer) error {
	b := bufio.NewWriter(w)
	fmt.Fprintln(b, "offset_seconds,target")
	for _, a := range t {
		fmt.Fprintf(b, "%d.%09d,%s\n", a.At/time.Second, a.At%time.Second, a.Target)
	}
	return b.Flush() // a bufio.Writer keeps its first error
}
