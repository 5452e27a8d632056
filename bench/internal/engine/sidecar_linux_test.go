package engine

import (
	"context"
	"io"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/memproof/memproof/bench/experiment"
	"github.com/memproof/memproof/bench/internal/engine/backend"
	"github.com/memproof/memproof/bench/metric"
	"github.com/memproof/memproof/bench/scenario"
)

// sidecarScenario has a variant with a server that starts before it and clients that
// start after it, all of them lines of Perl.
func sidecarScenario(t *testing.T, clients string) *scenario.Scenario {
	t.Helper()
	const middle = `exec perl -MIO::Socket::INET -e '$| = 1; $c = IO::Socket::INET->new($ARGV[0]) or die "no cache"; ` +
		`$s = IO::Socket::INET->new(LocalPort => $ARGV[1], Listen => 9, ReuseAddr => 1) or die; print "up\n"; push @c, $s->accept while 1' ${cache.address} ${port}`
	const cache = `exec perl -MIO::Socket::INET -e '$s = IO::Socket::INET->new(LocalPort => shift, Listen => 9, ReuseAddr => 1) or die; ` +
		`$held = "x" x ($n = 30_000_000); push @c, $s->accept while 1' ${port}`
	text := strings.NewReplacer("MIDDLE", quoted(middle), "CACHE", quoted(cache), "CLIENTS", quoted(clients)).Replace(`
name: sidecars
variants:
  - name: middle
    build: {context: ./bench/testdata/engine/shell}
    args: [MIDDLE]
    command: [sh, -c, MIDDLE]
    sidecars:
      - name: clients
        after: true
        build: {context: ./bench/testdata/engine/shell}
        args: [CLIENTS]
        command: [sh, -c, CLIENTS]
        ready: {log: connected}
        stop: {grace: 1s} # as the first process of a container Perl ignores TERM
sidecars:
  - name: cache
    build: {context: ./bench/testdata/engine/shell}
    args: [CACHE]
    command: [sh, -c, CACHE]
    port: 7000
    stop: {grace: 1s}
stop: {grace: 1s}
ready: {log: up}
load:
  phases: [{name: window, rate: 0/s, for: 1s, measure: true}]
blocks: 2
`)
	sc, err := scenario.ParseScenario("sidecars.yaml", []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return sc
}

func quoted(text string) string { return "'" + strings.ReplaceAll(text, "'", "''") + "'" }

const connected = `exec perl -MIO::Socket::INET -e '$| = 1; $c = IO::Socket::INET->new(shift) or die "nobody"; print "connected\n"; sleep shift' ${variant.address} `

// Sidecars and their variant reach each other, a sidecar's figures are its own, and it
// ends with the trial.
func TestSidecars(t *testing.T) {
	onEach(t, func(t *testing.T, kind Name) {
		s := open(t, kind, sidecarScenario(t, connected+"60"))
		subject, err := s.Start(t.Context(), plan(s, "middle", t.TempDir()))
		if err != nil {
			t.Fatal(err)
		}
		memory := sampleSidecars(t, subject)
		if cache := memory["cache"]; cache < 30e6 || cache > 60e6 {
			t.Errorf("the cache holds %d bytes, want its 30 MB and what Perl takes", cache)
		}
		if clients := memory["clients"]; clients == 0 || clients > 20e6 {
			t.Errorf("the clients hold %d bytes", clients)
		}
		counters, err := subject.Count(t.Context())
		if _, ok := counters["sidecar.cache.cpu_seconds"]; err != nil || !ok {
			t.Errorf("the cache's CPU time is not in %v, %v", counters, err)
		}
		if exit, err := subject.Stop(t.Context()); err != nil || exit.Sidecar != "" || exit.Unasked {
			t.Errorf("it ended %+v, %v", exit, err)
		}
	})
}

func TestSidecarThatEnds(t *testing.T) {
	onEach(t, func(t *testing.T, kind Name) {
		s := open(t, kind, sidecarScenario(t, connected+"5"))
		subject, err := s.Start(t.Context(), plan(s, "middle", t.TempDir()))
		if err != nil {
			t.Fatal(err)
		}
		seen := false // before its sampler's first reading it is missing too
		sampleUntil(t, subject, func(s metric.Sample) bool {
			seen = seen || s.Dependencies != nil && s.Dependencies.Sidecars["clients"] > 0
			return seen && slices.ContainsFunc(s.Missing, func(line string) bool { return strings.HasPrefix(line, "sidecar.clients: ") })
		})
		exit, err := subject.Stop(t.Context())
		if err != nil || !strings.HasPrefix(exit.Sidecar, "sidecar clients exited with status 0 by itself") {
			t.Errorf("it ended %+v, %v", exit, err)
		}
	})
}

// A daemon reports an end later than the sampler, which ends with its program.
func TestSidecarWhoseEndIsReportedLate(t *testing.T) {
	for _, tt := range []struct {
		name, want string
		variant    time.Duration // after which its end is reported; 0: it has not ended
	}{
		{"the sidecar's", "sidecar clients exited with status 3 by itself", 0},
		{"the variant's too", "", 40 * time.Millisecond},
	} {
		t.Run(tt.name, func(t *testing.T) {
			variant, clients := &fakeProcess{ended: make(chan struct{})}, &fakeProcess{ended: make(chan struct{})}
			over, goesOn := feedOf(t, strings.NewReader("")), feedOf(t, endless{t.Context()})
			<-over.Ended()
			tr := &trial{feed: goesOn, proc: variant, sidecars: []*sidecar{
				{Sidecar: scenario.Sidecar{Name: "clients"}, log: os.DevNull, proc: clients, feed: over},
			}}
			if tt.variant > 0 {
				tr.feed = over
				time.AfterFunc(tt.variant, func() { close(variant.ended) })
			}
			time.AfterFunc(20*time.Millisecond, func() { close(clients.ended) })
			tr.awaitExitEvents()
			if got := tr.lostSidecars(); !strings.HasPrefix(got, tt.want) || (got == "") != (tt.want == "") {
				t.Errorf("it lost %q, want %q", got, tt.want)
			}
		})
	}
}

// fakeProcess ends when the test closes ended.
type fakeProcess struct {
	backend.Process
	ended chan struct{}
}

func (p *fakeProcess) Done() <-chan struct{} { return p.ended }

func (p *fakeProcess) End() backend.Outcome { return backend.Outcome{Code: 3} }

// feedOf returns the feed of a sampler that prints the text of r.
func feedOf(t *testing.T, r io.Reader) *backend.Feed {
	t.Helper()
	return backend.NewFeed(io.NopCloser(r), os.DevNull, nil)
}

// endless is a text without an end, until its context ends.
type endless struct{ context.Context }

func (e endless) Read([]byte) (int, error) {
	<-e.Done()
	return 0, io.EOF
}

func TestSidecarThatDoesNotStart(t *testing.T) {
	onEach(t, func(t *testing.T, kind Name) {
		s := open(t, kind, sidecarScenario(t, "echo not today; exit 3"))
		err := startFails(t, t.Context(), s, "middle", `variant "middle": sidecar "clients": start: exited with status 3 before it was ready`, "not today")
		blamed(t, err, false)
	})
}

// sampleSidecars returns the first reading of both sidecars' memory, in bytes.
func sampleSidecars(t *testing.T, subject *experiment.Subject) map[string]uint64 {
	t.Helper()
	return sampleUntil(t, subject, func(s metric.Sample) bool { return s.Dependencies != nil && len(s.Dependencies.Sidecars) == 2 }).Dependencies.Sidecars
}

// sampleUntil returns the first sample that is good.
func sampleUntil(t *testing.T, subject *experiment.Subject, good func(metric.Sample) bool) (found metric.Sample) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	seen := false
	err := subject.Sample(ctx, func(s metric.Sample) error {
		if !seen && good(s) {
			seen, found = true, s
			cancel()
		}
		return nil
	})
	if err != nil || !seen {
		t.Fatalf("no such sample: %v", err)
	}
	return found
}
