package gateway

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"
)

// maxPool bounds the connections of one worker: Postgres allows 100 to all clients together where it isn't told otherwise.
const maxPool = 1000

// poolSettings are those arguments of SQLAlchemy's create_engine that shape its QueuePool, under the same names without
// "pool_" and "max_", and with the same defaults (https://docs.sqlalchemy.org/en/20/core/pooling.html).
type poolSettings struct {
	text     string        // as it was set
	size     int           // connections that are kept, at least 1
	overflow int           // further ones while they are needed
	recycle  time.Duration // the age at which a connection is replaced before its next use, 0: never
	ping     bool          // ask a connection whether it is alive before each use
	timeout  time.Duration // how long to wait for a free connection
}

// parsePool reads a list as in "size=5,overflow=10,recycle=3600s,ping=true,timeout=30s". What it doesn't name has
// SQLAlchemy's default, which is the example's but for recycle (never) and ping (false).
func parsePool(text string) (*poolSettings, error) {
	s := &poolSettings{text: text, size: 5, overflow: 10, timeout: 30 * time.Second}
	parsers := map[string]func(string) error{
		"size":     integer(&s.size, 1, maxPool),
		"overflow": integer(&s.overflow, 0, maxPool),
		"recycle":  positive(&s.recycle),
		"ping":     boolean(&s.ping),
		"timeout":  positive(&s.timeout),
	}
	for part := range strings.SplitSeq(text, ",") {
		name, value, _ := strings.Cut(part, "=")
		parse, known := parsers[name]
		if !known {
			return nil, fmt.Errorf("%q: want size, overflow, recycle, ping or timeout, each once, as in size=5,recycle=3600s", part)
		}
		delete(parsers, name)
		if err := parse(value); err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
	}
	return s, nil
}

func positive(to *time.Duration) func(string) error {
	return func(text string) error {
		d, err := time.ParseDuration(text)
		if err == nil && d <= 0 {
			err = errors.New("want more than 0")
		}
		if err != nil {
			return fmt.Errorf("%q is not a duration as in 30s: %w", text, err)
		}
		*to = d
		return nil
	}
}

func boolean(to *bool) func(string) error {
	return func(text string) error {
		on, err := strconv.ParseBool(text)
		if err != nil {
			return fmt.Errorf("%q is neither true nor false", text)
		}
		*to = on
		return nil
	}
}
