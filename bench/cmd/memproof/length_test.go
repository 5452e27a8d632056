package main

import (
	"testing"
	"time"
)

func TestFormatLength(t *testing.T) {
	for _, tt := range []struct {
		d    time.Duration
		want string
	}{
		{42 * time.Second, "42 s"}, {119 * time.Second, "119 s"}, {2 * time.Minute, "2 min"}, {17*time.Minute + 31*time.Second, "18 min"},
		{119 * time.Minute, "119 min"}, {2 * time.Hour, "2 h 0 min"}, {200 * time.Minute, "3 h 20 min"}, {24000 * time.Hour, "1000.0 days"},
	} {
		if got := formatLength(tt.d); got != tt.want {
			t.Errorf("%v is %q, want %q", tt.d, got, tt.want)
		}
	}
}
