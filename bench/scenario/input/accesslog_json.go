package input

import (
	"encoding/json"
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"
)

// jsonLine is a JSON object a line.
var jsonLine = format[func(string) (logged, error)]{
	name: "a JSON object a line",
	is:   func(text []byte) bool { return text[0] == '{' },
	read: parseJSONLine,
}

// The keys that logs in JSON use, the most common first.
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
		return logged{}, fmt.Errorf("it has no time: want one of the fields %s", strings.Join(timeKeys, ", "))
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
		for _, layout := range []string{time.RFC3339Nano, "2006-01-02T15:04:05.999999999-0700", combinedTime} {
			if at, err := time.Parse(layout, v); err == nil {
				return at, nil
			}
		}
	}
	return time.Time{}, fmt.Errorf("%v is not a time: want RFC 3339, such as 2026-01-02T15:04:05.123Z, or seconds since 1970", value)
}

// epoch takes a number for milliseconds if as seconds it were after the year 5000.
func epoch(x float64) (time.Time, error) {
	if x > 1e11 {
		x /= 1000
	}
	if !(x >= 0 && x < 1e11) {
		return time.Time{}, fmt.Errorf("%g is not a time: want seconds since 1970", x)
	}
	whole, part := math.Modf(x)
	return time.Unix(int64(whole), int64(math.Round(part*1e6))*1000).UTC(), nil
}
