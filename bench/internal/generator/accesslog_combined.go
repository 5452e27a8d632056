package generator

import (
	"fmt"
	"regexp"
	"time"
)

// combinedLine is a line of the combined or common format of Apache and nginx.
var combinedLine = format[func(string) (logged, error)]{name: "the combined format", is: anyText, read: parseCombinedLine}

// combined is a line of the common or combined log format: the time in brackets
// and the request in quotes (Apache HTTP Server, mod_log_config).
var combined = regexp.MustCompile(`\[([^\]]+)\] "([A-Z]+) (\S+)[^"]*"`)

// framed is such a line whatever stands for the request: servers write "" or "-"
// for a connection that sent none, and the bytes of one in another protocol.
var framed = regexp.MustCompile(`\[[^\]]+:[^\]]+\] "`)

func parseCombinedLine(text string) (logged, error) {
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
