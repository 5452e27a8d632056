package generator

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/memproof/memproof/bench/scenario/load"
)

// Route gives the requests of a log that match it to a target of a scenario.
type Route struct {
	Target string
	Method string // any where empty
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

// AccessLog is what was read of one.
type AccessLog struct {
	Trace   load.Trace
	Skipped int  // requests that no route takes
	Strange int  // lines of what was no request, such as a probe in another protocol
	Spread  bool // the log knows whole seconds alone: its requests were spread evenly over theirs
}

// ReadAccessLog reads the requests of an access log: of the combined or common
// format of Apache and nginx, or a JSON object a line. Those that no route takes
// are left out, where there are routes, and so are lines that tell of something
// that was no request. An error names the line.
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
		target, taken := route(routes, l)
		if !taken {
			out.Skipped++
			continue
		}
		l.target = target
		out.Spread = out.Spread && l.at.Nanosecond() == 0
		all = append(all, l)
	}
	if err := lines.Err(); err != nil {
		return nil, fmt.Errorf("line %d: %w", n, err)
	}
	if len(all) == 0 {
		return nil, errors.New("it holds no request that a route takes")
	}
	out.Trace = arrivals(all, out.Spread)
	return out, nil
}

// logged is a request of a log.
type logged struct {
	at                   time.Time
	method, path, target string
}

func route(routes []Route, l logged) (target string, ok bool) {
	for _, r := range routes {
		if (r.Method == "" || r.Method == l.method) && strings.HasPrefix(l.path, r.Prefix) {
			return r.Target, true
		}
	}
	return "", len(routes) == 0
}

// arrivals are the requests from the first one on. Of n in one second that the log
// does not part, number k comes after (k+½)/n of it: no burst is made of them that
// there was not.
func arrivals(all []logged, spread bool) load.Trace {
	first := all[0].at
	inSecond, seen := map[int64]int{}, map[int64]int{}
	for _, l := range all {
		if l.at.Before(first) {
			first = l.at
		}
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

// combined is a line of the common or combined log format: the time in brackets
// and the request in quotes (Apache HTTP Server, mod_log_config).
var combined = regexp.MustCompile(`\[([^\]]+)\] "([A-Z]+) (\S+)[^"]*"`)

// framed is such a line whatever stands for the request: servers write "" or "-"
// for a connection that sent none, and the bytes of one in another protocol.
var framed = regexp.MustCompile(`\[[^\]]+:[^\]]+\] "`)

var errNoRequest = errors.New("no request")

func parseLogLine(text string) (logged, error) {
	if text[0] == '{' {
		return parseJSONLine(text)
	}
	m := combined.FindStringSubmatch(text)
	if m == nil && framed.MatchString(text) {
		return logged{}, errNoRequest
	}
	if m == nil {
		return logged{}, fmt.Errorf("%.60q is no line of an access log: want the combined format, such as 192.0.2.1 - - [02/Jan/2026:15:04:05 +0000] \"GET / HTTP/1.1\" 200 12, or a JSON object", text)
	}
	at, err := time.Parse("02/Jan/2006:15:04:05 -0700", m[1])
	if err != nil {
		return logged{}, fmt.Errorf("%q is no time: want one such as 02/Jan/2026:15:04:05 +0000", m[1])
	}
	return logged{at: at, method: m[2], path: m[3]}, nil
}

// The names under which logs in JSON have what is wanted, the likeliest first.
var (
	timeKeys   = []string{"time", "timestamp", "@timestamp", "ts", "time_iso8601", "msec", "start_time", "time_local"}
	methodKeys = []string{"method", "request_method", "verb"}
	pathKeys   = []string{"path", "uri", "request_uri", "url", "request"}
)

func parseJSONLine(text string) (logged, error) {
	var fields map[string]any
	if err := json.Unmarshal([]byte(text), &fields); err != nil {
		return logged{}, err
	}
	var l logged
	l.method, _ = first(fields, methodKeys).(string)
	l.path, _ = first(fields, pathKeys).(string)
	if verb, rest, ok := strings.Cut(l.path, " "); ok { // "GET / HTTP/1.1"
		l.path, _, _ = strings.Cut(rest, " ")
		l.method = verb
	}
	value := first(fields, timeKeys)
	if value == nil {
		return logged{}, fmt.Errorf("has no time: want one of the fields %s", strings.Join(timeKeys, ", "))
	}
	var err error
	l.at, err = logTime(value)
	return l, err
}

func first(fields map[string]any, keys []string) any {
	for _, k := range keys {
		if v, ok := fields[k]; ok {
			return v
		}
	}
	return nil
}

// logTime reads a time as logs write it: RFC 3339, the combined format's, or
// seconds or milliseconds since 1970.
func logTime(value any) (time.Time, error) {
	switch v := value.(type) {
	case float64:
		return epoch(v)
	case string:
		if seconds, err := strconv.ParseFloat(v, 64); err == nil {
			return epoch(seconds)
		}
		for _, layout := range []string{time.RFC3339Nano, "2006-01-02T15:04:05.999999999-0700", "02/Jan/2006:15:04:05 -0700"} {
			if at, err := time.Parse(layout, v); err == nil {
				return at, nil
			}
		}
	}
	return time.Time{}, fmt.Errorf("%v is no time: want RFC 3339, such as 2026-01-02T15:04:05.123Z, or seconds since 1970", value)
}

// epoch takes what would be after the year 5000 in seconds for milliseconds.
func epoch(x float64) (time.Time, error) {
	if x > 1e11 {
		x /= 1000
	}
	if !(x >= 0 && x < 1e11) {
		return time.Time{}, fmt.Errorf("%g is no time: want seconds since 1970", x)
	}
	whole, part := math.Modf(x)
	return time.Unix(int64(whole), int64(math.Round(part*1e6))*1000).UTC(), nil
}
