package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"

	"github.com/memproof/memproof/bench/internal/hostinfo"
	"github.com/memproof/memproof/bench/internal/sampler"
	"github.com/memproof/memproof/bench/metric"
	"github.com/memproof/memproof/bench/record"
)

// The test binary is the sampler itself where this variable is set.
const asSampler = "SAMPLER_TEST_MAIN"

func TestMain(m *testing.M) {
	if os.Getenv(asSampler) != "" {
		main()
	}
	os.Exit(m.Run())
}

// self are the flags that measure the test's own process, as fast as may be.
func self(more ...string) []string {
	return append([]string{"-root", fmt.Sprint(os.Getpid()), "-rate", "100"}, more...)
}

// writer calls itself with every write.
type writer func(p []byte) error

func (w writer) Write(p []byte) (int, error) { return len(p), w(p) }

func TestRunWritesOneSampleALine(t *testing.T) {
	ctx, stop := context.WithCancel(t.Context())
	var out bytes.Buffer
	writes := 0
	err := run(ctx, self(), nil, writer(func(p []byte) error {
		out.Write(p)
		if writes++; writes == 3 {
			stop()
		}
		if bytes.IndexByte(p, '\n') != len(p)-1 {
			t.Errorf("a write of %q is not one line", p)
		}
		return nil
	}), io.Discard)
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	err = record.DecodeSamples(&out, func(s metric.Sample) error {
		n++
		if len(s.Processes) == 0 || s.Processes[0].PID != os.Getpid() || s.Processes[0].RSS == 0 || s.Cgroup != nil {
			t.Errorf("got %+v", s)
		}
		if _, ok := s.PSS(); n == 1 && !ok {
			t.Error("the first sample has no PSS")
		}
		return nil
	})
	if err != nil || n < 3 || n != writes { // one more may be due when it is stopped
		t.Errorf("%d samples in %d writes, %v", n, writes, err)
	}
}

func TestRunReadsTheCgroup(t *testing.T) {
	done := errors.New("done")
	var got metric.Sample
	err := run(t.Context(), self("-cgroup", "../../internal/sampler/testdata/v1"), nil, writer(func(p []byte) error {
		return errors.Join(json.Unmarshal(p, &got), done)
	}), io.Discard)
	if !errors.Is(err, done) {
		t.Fatal(err)
	}
	if got.Cgroup == nil || got.Cgroup.Version != 1 || got.Cgroup.Anon != 68878336 {
		t.Errorf("got %+v", got.Cgroup)
	}
}

func TestRunEndsWithItsInput(t *testing.T) {
	in, harness := io.Pipe()
	err := run(t.Context(), self("-stdin"), in, writer(func([]byte) error { return harness.Close() }), io.Discard)
	if err != nil {
		t.Error(err)
	}
}

func TestRunSaysWhatIsWrong(t *testing.T) {
	full := writer(func([]byte) error { return syscall.ENOSPC })
	tests := []struct {
		name   string
		args   []string
		status int
		says   string
	}{
		{"no root", nil, 2, "want -root PID"},
		{"a root that is no pid", []string{"-root", "0"}, 2, "want -root PID"},
		{"an argument", self("17"), 2, "no other arguments"},
		{"an unknown flag", []string{"-hz", "5"}, 2, "not defined: -hz"},
		{"help", []string{"-h"}, 0, "root process"},
		{"a rate of none", self("-rate", "0"), 1, "0 samples a second"},
		{"no such process", []string{"-root", "2147483647"}, 1, "/proc/2147483647/stat: no such file"},
		{"no such cgroup", self("-cgroup", t.TempDir()), 1, "is not a cgroup"},
		{"no room", self(), 1, "write a sample: no space left"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var stderr bytes.Buffer
			status := report(&stderr, run(t.Context(), tt.args, nil, full, &stderr))
			if status != tt.status || !strings.Contains(stderr.String(), tt.says) {
				t.Errorf("status %d, said %q; want %d and %q", status, &stderr, tt.status, tt.says)
			}
		})
	}
}

func TestAProcessThatHasEndedIsTheEnd(t *testing.T) {
	var stderr bytes.Buffer
	if status := report(&stderr, sampler.ErrGone); status != 0 || stderr.String() != "sampler: the root process has ended\n" {
		t.Errorf("status %d, said %q", status, &stderr)
	}
}

// program is the real program, which measures this test and has written a line.
type program struct {
	*exec.Cmd
	in     io.WriteCloser
	out    io.ReadCloser
	stderr bytes.Buffer
}

func start(t *testing.T, args ...string) *program {
	t.Helper()
	s := &program{Cmd: exec.Command("/proc/self/exe", self(args...)...)}
	s.Env = append(os.Environ(), asSampler+"=1")
	s.Stderr = &s.stderr
	var err error
	if s.in, err = s.StdinPipe(); err != nil {
		t.Fatal(err)
	}
	if s.out, err = s.StdoutPipe(); err != nil {
		t.Fatal(err)
	}
	if err := s.Start(); err != nil {
		t.Fatal(err)
	}
	if _, err := bufio.NewReader(s.out).ReadString('\n'); err != nil {
		t.Fatal(err)
	}
	return s
}

func TestTheProgramEnds(t *testing.T) {
	tests := []struct {
		name   string
		args   []string
		end    func(*program) error
		status int
		says   string
	}{
		{"on SIGTERM", nil, func(s *program) error { return s.Process.Signal(syscall.SIGTERM) }, 0, ""},
		{"on SIGINT", nil, func(s *program) error { return s.Process.Signal(syscall.SIGINT) }, 0, ""},
		{"when its output is closed", nil, func(s *program) error { return s.out.Close() }, 1, "sampler: write a sample: write /dev/stdout: broken pipe\n"},
		{"when its input is closed", []string{"-stdin"}, func(s *program) error { return s.in.Close() }, 0, ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s := start(t, tt.args...)
			if err := tt.end(s); err != nil {
				t.Fatal(err)
			}
			err := s.Wait()
			if exit := (*exec.ExitError)(nil); err != nil && !errors.As(err, &exit) {
				t.Fatal(err)
			}
			if status := s.ProcessState.ExitCode(); status != tt.status || s.stderr.String() != tt.says {
				t.Errorf("status %d, said %q; want %d and %q", status, &s.stderr, tt.status, tt.says)
			}
		})
	}
}

// TestEachSampleHasTheMachine, and says so where it can't be read.
func TestEachSampleHasTheMachine(t *testing.T) {
	for proc, says := range map[string]string{"/proc": "", t.TempDir(): "machine: open "} {
		var got metric.Sample
		err := withMachine(hostinfo.Open(proc), func(s metric.Sample) error { got = s; return nil })(metric.Sample{Missing: []string{"a"}})
		if err != nil || (got.Machine != nil) != (says == "") || got.Missing[0] != "a" {
			t.Errorf("%s: %+v, %v", proc, got, err)
		}
		if says != "" && !strings.HasPrefix(got.Missing[1], says) {
			t.Errorf("%s: missing %q, want %q", proc, got.Missing, says)
		}
	}
}
