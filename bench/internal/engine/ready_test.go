package engine

import (
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestCheckLog(t *testing.T) {
	path := filepath.Join(t.TempDir(), "log")
	if err := os.WriteFile(path, []byte("worker ready\nbooting\nworker ready: worker ready\nworker rea"), 0o644); err != nil {
		t.Fatal(err)
	}
	if err := checkLog(path, "worker ready", 2); err != nil {
		t.Error(err)
	}
	if err := checkLog(path, "worker ready", 3); err == nil || !strings.Contains(err.Error(), `2 of 3 lines of its log hold "worker ready"`) {
		t.Errorf("of three workers two are ready: %v", err)
	}
	if err := checkLog(path+"s", "", 1); err == nil {
		t.Error("a log that is not there")
	}
}

// A proxy without a program behind it accepts the connection and closes it.
func TestProbeTCP(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	answer := make(chan func(net.Conn), 1)
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			(<-answer)(c)
		}
	}()
	for name, tt := range map[string]struct {
		do    func(net.Conn)
		ready bool
	}{
		"waits for a request":       {func(net.Conn) {}, true},
		"sends first":               {func(c net.Conn) { _, _ = c.Write([]byte("220 ready\r\n")) }, true},
		"a proxy without a program": {func(c net.Conn) { c.Close() }, false},
	} {
		answer <- tt.do
		if err := probeTCP(t.Context(), l.Addr().String()); (err == nil) != tt.ready {
			t.Errorf("%s: %v", name, err)
		}
	}
	l.Close()
	if err := probeTCP(t.Context(), l.Addr().String()); err == nil {
		t.Error("no program listens, and it is ready")
	}
}
