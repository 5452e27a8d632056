package metric_test

import (
	"testing"
	"time"

	"github.com/memproof/memproof/bench/metric"
)

func TestShowLength(t *testing.T) {
	for _, tt := range []struct {
		d    time.Duration
		want string
	}{
		{42 * time.Second, "42 s"}, {119 * time.Second, "119 s"}, {2 * time.Minute, "2 min"}, {17*time.Minute + 31*time.Second, "18 min"},
		{119 * time.Minute, "119 min"}, {2 * time.Hour, "2 h 0 min"}, {200 * time.Minute, "3 h 20 min"}, {24000 * time.Hour, "1000.0 days"},
	} {
		if got := metric.ShowLength(tt.d); got != tt.want {
			t.Errorf("%v is %q, want %q", tt.d, got, tt.want)
		}
	}
}

func TestShowElapsed(t *testing.T) {
	for d, want := range map[time.Duration]string{
		0: "00:00", 9999 * time.Millisecond: "00:09", 129 * time.Second: "02:09", 59*time.Minute + 59*time.Second: "59:59",
		time.Hour: "1:00:00", 3729 * time.Second: "1:02:09", 27*time.Hour + 5*time.Second: "27:00:05",
	} {
		if got := metric.ShowElapsed(d); got != want {
			t.Errorf("%v is %q, want %q", d, got, want)
		}
	}
}
