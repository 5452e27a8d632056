package gateway

import (
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"
)

// TestGuidePooledClient counts at the upstream what each setting of the AIClient cause opens and leaves open.
func TestGuidePooledClient(t *testing.T) {
	const requests = 12
	for _, c := range []struct {
		kind         AIClient
		opened, open int64
	}{
		{ClientPerRequest, requests, 0},
		{ClientPooled, 1, 1},
		{ClientLeaked, requests, requests},
	} {
		t.Run(string(c.kind), func(t *testing.T) {
			w := newWorld(t, c.kind)
			for i := range requests {
				if got := w.ask(w.url, fmt.Sprint(i), "refund"); got.status != http.StatusOK {
					t.Fatalf("request %d: %+v", i, got)
				}
			}
			if got := w.provider.opened.Load(); got != c.opened {
				t.Errorf("%d connections for %d requests, want %d", got, requests, c.opened)
			}
			counted := fmt.Sprintf("gateway_upstream_connections_total{worker=\"1\"} %d\n", c.opened)
			if got := w.do("GET", w.url+"/metrics", "", nil).body; !strings.Contains(got, counted) {
				t.Errorf("the service's own count is not %s", counted)
			}
			eventually(t, "the upstream sees the right number of open connections", func() bool {
				return w.provider.opened.Load()-w.provider.closed.Load() == c.open
			})
		})
	}
}

// TestPooledClientKeepsWhatItUses holds the trap of net/http's two idle connections per host: a second wave of as many
// requests at once must find its connections open.
func TestPooledClientKeepsWhatItUses(t *testing.T) {
	const atOnce = 30
	w := newWorld(t, ClientPooled)
	wave := func(name string) {
		var arrived, all sync.WaitGroup
		arrived.Add(atOnce)
		w.provider.answerWith(func(rw http.ResponseWriter, _ *http.Request) {
			arrived.Done()
			arrived.Wait() // all are in flight at once, each on a connection of its own
			fmt.Fprint(rw, `{"choices":[{"message":{"content":"Yes."}}],"usage":{"completion_tokens":1}}`)
		})
		for i := range atOnce {
			all.Go(func() { w.ask(w.url, fmt.Sprint(name, i), "refund") })
		}
		all.Wait()
	}
	wave("first")
	wave("second")
	if got := w.provider.opened.Load(); got != atOnce {
		t.Errorf("two waves of %d requests opened %d connections", atOnce, got)
	}
}

func TestTrustStore(t *testing.T) {
	w := newProvider(t)
	public, err := newTrustStore(nil)
	if err != nil {
		t.Fatal(err)
	}
	both, err := newTrustStore(w.authority())
	if err != nil {
		t.Fatal(err)
	}
	if public.Equal(both) {
		t.Error("the given authority was not added")
	}
}

func BenchmarkNewClient(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		if _, err := newClient(nil); err != nil {
			b.Fatal(err)
		}
	}
}
