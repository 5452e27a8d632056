package generator

import (
	"fmt"
	"regexp"
	"time"
)

// combinedLine is a line of the combined or common format of Apache and nginx.
var combinedLine = format[func(string) (logged, error)]{name: "the combined format", is: anyText, read: parseCombinedLine}

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
