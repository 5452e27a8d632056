package gateway

import (
	"testing"
	"time"
)

func TestParsePool(t *testing.T) {
	for _, c := range []struct {
		text string
		want poolSettings
	}{
		{"size=5,overflow=10,recycle=3600s,ping=true", poolSettings{size: 5, overflow: 10, recycle: time.Hour, ping: true, timeout: 30 * time.Second}},
		{"ping=false,size=1,overflow=0,timeout=1m", poolSettings{size: 1, timeout: time.Minute}},
		{"size=7", poolSettings{size: 7, overflow: 10, timeout: 30 * time.Second}},
	} {
		c.want.text = c.text
		if got, err := parsePool(c.text); err != nil || *got != c.want {
			t.Errorf("%q is %+v, %v, want %+v", c.text, got, err, c.want)
		}
	}
	for _, text := range []string{"", "5", "size", "size=", "size=0", "size=-1", "size=1001", "overflow=-1", "recycle=3600", "recycle=0s",
		"recycle=-1s", "timeout=0s", "ping=maybe", "pool_size=5", "size=5,size=6", "size=5,", "size=5;overflow=10", "size = 5"} {
		if got, err := parsePool(text); err == nil {
			t.Errorf("%q was taken as %+v", text, got)
		}
	}
}

func FuzzParsePool(f *testing.F) {
	for _, seed := range []string{"size=5,overflow=10,recycle=3600s,ping=true,timeout=30s", "size=0x5", ",", "=", "recycle=9999999h", "ping=T"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		s, err := parsePool(text)
		if err != nil {
			return
		}
		if s.size < 1 || s.size > maxPool || s.overflow < 0 || s.overflow > maxPool || s.recycle < 0 || s.timeout <= 0 || s.text != text {
			t.Errorf("%q was taken as %+v", text, s)
		}
	})
}
