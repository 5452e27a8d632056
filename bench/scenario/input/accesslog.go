package input

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/memproof/memproof/bench/scenario/load"
)

// Route assigns the requests of a log that match it to a target of a scenario.
type Route struct {
	Target string
	Method string // any if empty
	Prefix string // of the path
}

// ParseRoute reads "chat=POST:/v1/chat" or "chat=/v1/chat".
func ParseRoute(text string) (Route, error) {
	name, what, ok := strings.Cut(text, "=")
	method, prefix, has := strings.Cut(what, ":")
	if !has {
		method, prefix = "", what
	}
	if !ok || name == "" || !strings.HasPrefix(prefix, "/") {
		return Route{}, fmt.Errorf("%q: want NAME=METHOD:/PATH or NAME=/PATH, such as chat=POST:/v1/chat", text)
	}
	return Route{Target: name, Method: method, Prefix: prefix}, nil
}

// AccessLog is the content of an access log.
type AccessLog struct {
	Trace   load.Trace
	Skipped int  // requests that match no route
	Strange int  // lines that are not requests, such as a probe in another protocol
	Spread  bool // the log has whole seconds only: requests are spread evenly over theirs
}

// logFormats is the table of formats of a line of a log.
var logFormats = []format[func(line string) (logged, error)]{jsonLine, combinedLine}

// errNoRequest is the error of a line that records something else than a request.
var errNoRequest = errors.New("no request")

// ReadAccessLog reads the requests of an access log, each line in one of [logFormats].
// It leaves out requests that match no route, unless routes is empty, and lines that
// are not requests. An error names the line.
func ReadAccessLog(r io.Reader, routes []Route) (*AccessLog, error) {
	lines := bufio.NewScanner(r)
	lines.Buffer(nil, 1<<20)
	var all []logged
	out := &AccessLog{Spread: true}
	n := 1
	for ; lines.Scan(); n++ {
		text := strings.TrimSpace(lines.Text())
		if text == "" {
			continue
		}
		l, err := parseLogLine(text)
		if errors.Is(err, errNoRequest) {
			out.Strange++
			continue
		}
		if err != nil {
			return nil, fmt.Errorf("line %d: %w", n, err)
		}
		if !l.route(routes) {
			out.Skipped++
			continue
		}
		out.Spread = out.Spread && l.at.Nanosecond() == 0
		all = append(all, l)
	}
	if err := lines.Err(); err != nil {
		return nil, fmt.Errorf("line %d: %w", n, err)
	}
	if len(all) == 0 {
		return nil, errors.New("it holds no request that matches a route")
	}
	out.Trace = arrivals(all, out.Spread)
	return out, nil
}

// logged is a request of a log.
type logged struct {
	at                   time.Time
	method, path, target string
}

func parseLogLine(text string) (logged, error) {
	f := formatOf(logFormats, []byte(text))
	l, err := f.read(text)
	return l, f.as(err)
}

// route sets the target; false if no route matches.
func (l *logged) route(routes []Route) bool {
	for _, r := range routes {
		if (r.Method == "" || r.Method == l.method) && strings.HasPrefix(l.path, r.Prefix) {
			l.target = r.Target
			return true
		}
	}
	return len(routes) == 0
}

// arrivals returns the requests from the first one on. If the log has whole seconds
// only, the n requests of a second are spread evenly over it, at (k+½)/n, so that no
// artificial burst appears.
func arrivals(all []logged, spread bool) load.Trace {
	first := slices.MinFunc(all, func(a, b logged) int { return a.at.Compare(b.at) }).at
	inSecond, seen := map[int64]int{}, map[int64]int{}
	for _, l := range all {
		inSecond[l.at.Unix()]++
	}
	var t load.Trace
	for _, l := range all {
		at := l.at.Sub(first)
		if second := l.at.Unix(); spread {
			at += time.Duration((float64(seen[second]) + 0.5) / float64(inSecond[second]) * float64(time.Second))
			seen[second]++
		}
		t = append(t, load.Arrival{At: at, Target: l.target})
	}
	t.Sort()
	return t
}

// combinedLine is a line of the combined or common format of Apache and nginx.
var combinedLine = format[func(string) (logged, error)]{name: "the combined format", read: parseCombinedLine}

// In these formats the time is in brackets and the request in quotes (Apache HTTP
// Server, mod_log_config). Servers write "" or "-" for a connection without a request,
// and the bytes of one in another protocol.
var (
	combined   = regexp.MustCompile(`\[([^\]]+)\] "([A-Z]+) (\S+)[^"]*"`)
	anyRequest = regexp.MustCompile(`\[[^\]]+:[^\]]+\] "`)
)

const combinedTime = "02/Jan/2006:15:04:05 -0700"

func parseCombinedLine(text string) (logged, error) {
	m := combined.FindStringSubmatch(text)
	if m == nil && anyRequest.MatchString(text) {
		return logged{}, errNoRequest
	}
	if m == nil {
		return logged{}, fmt.Errorf("%.60q is not a line of an access log: want the combined format, such as "+
			`192.0.2.1 - - [02/Jan/2026:15:04:05 +0000] "GET / HTTP/1.1" 200 12, or a JSON object`, text)
	}
	at, err := time.Parse(combinedTime, m[1])
	if err != nil {
		return logged{}, fmt.Errorf("%q is not a time: want one such as 02/Jan/2026:15:04:05 +0000", m[1])
	}
	return logged{at: at, method: m[2], path: m[3]}, nil
}
