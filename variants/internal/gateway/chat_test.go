package gateway

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
)

func TestChat(t *testing.T) {
	w := newWorld(t, ClientPooled)
	got := w.ask(w.url, "abc-1", "Where is my refund?")
	if got.status != http.StatusOK || got.id != "abc-1" {
		t.Fatalf("got %+v", got)
	}
	var answer chatAnswer
	if err := json.Unmarshal([]byte(got.body), &answer); err != nil {
		t.Fatal(err)
	}
	// The words, " is", " my", " refund" and the mark are a token each in cl100k_base.
	want := chatAnswer{"abc-1", "gpt-4", "You asked: Where is my refund?", []int64{10, 20, 30}, chatUsage{5, 7}}
	if answer.ID != want.ID || answer.Model != want.Model || answer.Answer != want.Answer || answer.Usage != want.Usage {
		t.Errorf("got %+v, want %+v", answer, want)
	}
	slices.Sort(answer.Passages) // the order is the catalogue's matter
	if !slices.Equal(answer.Passages, want.Passages) {
		t.Errorf("passages %v, want %v", answer.Passages, want.Passages)
	}
	const row = `SELECT count(*) FROM usage_ledger WHERE key_id = 1 AND request_id = 'abc-1' AND model = 'gpt-4'
		AND prompt_tokens = 5 AND completion_tokens = 7`
	if w.number(row) != 1 || w.rows() != 1 {
		t.Errorf("the ledger doesn't hold the row, or holds more")
	}
}

func TestChatIsTheSameForTheSamePrompt(t *testing.T) {
	w := newWorld(t, ClientPooled)
	_, other := w.worker()
	one, two := w.ask(w.url, "id-1", "refund on an invoice"), w.ask(other, "id-2", "refund on an invoice")
	if strings.ReplaceAll(two.body, "id-2", "id-1") != one.body || one.status != http.StatusOK {
		t.Errorf("two answers:\n%s\n%s", one.body, two.body)
	}
}

func TestChatMakesAnIDWhereTheClientHasNone(t *testing.T) {
	w := newWorld(t, ClientPooled)
	one, two := w.ask(w.url, "", "refund"), w.ask(w.url, "", "refund")
	if one.id == "" || one.id == two.id || !strings.Contains(one.body, one.id) || w.rows() != 2 {
		t.Errorf("got ids %q and %q, %d rows", one.id, two.id, w.rows())
	}
}

// TestEvery200HasExactlyOneRow runs the whole path from many clients at once.
func TestEvery200HasExactlyOneRow(t *testing.T) {
	w := newWorld(t, ClientPooled)
	var answered atomic.Int64
	var all sync.WaitGroup
	for c := range 8 {
		all.Go(func() {
			for i := range 25 {
				if got := w.ask(w.url, fmt.Sprintf("c%d-%d", c, i), "refund"); got.status == http.StatusOK {
					answered.Add(1)
				}
			}
		})
	}
	all.Wait()
	if n := int(answered.Load()); n != 200 || w.rows() != n {
		t.Errorf("%d answers of 200 and %d rows", n, w.rows())
	}
}

func TestRepeatedRequestIsBilledOnce(t *testing.T) {
	w := newWorld(t, ClientPooled)
	first := w.ask(w.url, "again", "refund")
	if got := w.ask(w.url, "again", "refund"); got != first || first.status != http.StatusOK {
		t.Errorf("the repeated request got %+v, the first %+v", got, first)
	}
	_, other := w.worker()
	if got := w.ask(other, "again", "refund"); got.status != http.StatusConflict {
		t.Errorf("repeated at another worker: %+v", got)
	}
	if got := w.ask(w.url, "again", "another prompt"); got.status != http.StatusConflict {
		t.Errorf("its id with another prompt: %+v", got)
	}
	if w.rows() != 1 || w.provider.calls.Load() != 1 {
		t.Errorf("%d rows and %d upstream calls, want 1 of each", w.rows(), w.provider.calls.Load())
	}
}

func TestRequestIDBelongsToItsKey(t *testing.T) {
	w := newWorld(t, ClientPooled)
	w.ask(w.url, "mine", "refund")
	got := w.do(http.MethodPost, w.url+"/v1/chat", `{"model":"gpt-4","prompt":"shipping"}`,
		map[string]string{"Authorization": "Bearer key-2", "X-Request-Id": "mine"})
	if got.status != http.StatusOK || !strings.Contains(got.body, "shipping") || w.rows() != 2 {
		t.Errorf("another key's request of the same id: %+v, %d rows", got, w.rows())
	}
}

func TestRepeatedWhileTheFirstRuns(t *testing.T) {
	w := newWorld(t, ClientPooled)
	_, other := w.worker()
	var statuses [8]int
	var all sync.WaitGroup
	for i := range statuses {
		all.Go(func() { statuses[i] = w.ask([]string{w.url, other}[i%2], "same", "refund").status })
	}
	all.Wait()
	for _, status := range statuses {
		if status != http.StatusOK && status != http.StatusConflict {
			t.Errorf("a status of %d", status)
		}
	}
	if !slices.Contains(statuses[:], http.StatusOK) || w.rows() != 1 {
		t.Errorf("statuses %v and %d rows", statuses, w.rows())
	}
}

func TestClientThatLeftIsNotBilled(t *testing.T) {
	w := newWorld(t, ClientPooled)
	ctx, leave := context.WithCancel(context.Background())
	defer leave()
	w.provider.answerWith(func(_ http.ResponseWriter, r *http.Request) {
		leave()
		<-r.Context().Done()
	})
	body := strings.NewReader(`{"model":"gpt-4","prompt":"refund"}`)
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, w.url+"/v1/chat", body)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer key-1")
	resp, err := http.DefaultClient.Do(req)
	if err == nil {
		resp.Body.Close()
	}
	if !errors.Is(err, context.Canceled) {
		t.Fatalf("the client got %v", err)
	}
	eventually(t, "the request is counted as left", func() bool {
		return strings.Contains(w.do(http.MethodGet, w.url+"/metrics", "", nil).body, `endpoint="/v1/chat",status="499"`)
	})
	if w.rows() != 0 {
		t.Errorf("%d rows for a client that left", w.rows())
	}
}
