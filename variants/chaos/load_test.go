package chaos_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptrace"
	"slices"
	"strings"
	"sync"
	"time"
)

const (
	rate     = 100              // requests a second
	patience = 30 * time.Second // after which a client gives a request up

	// One request in ten comes over a connection of its own, as from a new client; the others keep theirs, through every
	// worker that comes and goes.
	newClientEvery = 10
)

// result is what became of one request.
type result struct {
	id     string
	port   int   // the client's end of its connection, 0 where it got none
	status int   // 0 where no answer came
	err    error // that there was no answer, or none that can be right
	sent   time.Time
	ended  time.Time
}

func (r result) answered() bool { return r.status == http.StatusOK && r.err == nil }

func (r result) String() string {
	return fmt.Sprintf("%s from port %d at %s, %s long: status %d, %v", r.id, r.port,
		r.sent.Format("15:04:05.000"), r.ended.Sub(r.sent).Round(time.Millisecond), r.status, r.err)
}

// load is a client with an open loop: it sends at its rate, whatever comes back.
type load struct {
	url    string
	client *http.Client

	mu      sync.Mutex
	results []result
}

func newLoad(url string) *load {
	return &load{url: url + "/v1/chat", client: &http.Client{
		Timeout:   patience,
		Transport: &http.Transport{MaxIdleConnsPerHost: 1000, IdleConnTimeout: time.Minute},
	}}
}

// during loads the service until f returns, waits for the last answer and returns what became of each request.
func (l *load) during(phase string, f func()) []result {
	l.results = nil
	over := make(chan struct{})
	var underWay sync.WaitGroup
	underWay.Go(func() {
		began := time.Now()
		for n := 0; ; n++ {
			select {
			case <-over:
				return
			case <-time.After(time.Until(began.Add(time.Duration(n) * time.Second / rate))):
			}
			underWay.Go(func() { l.send(fmt.Sprintf("%s-%d", phase, n), n%newClientEvery == 0) })
		}
	})
	func() {
		defer underWay.Wait()
		defer close(over) // also where f ends the test
		f()
	}()
	return l.results
}

func (l *load) send(id string, alone bool) {
	r := result{id: id, sent: time.Now()}
	ctx := httptrace.WithClientTrace(context.Background(), &httptrace.ClientTrace{GotConn: func(info httptrace.GotConnInfo) {
		r.port = info.Conn.LocalAddr().(*net.TCPAddr).Port
	}})
	r.status, r.err = l.ask(ctx, id, alone)
	r.ended = time.Now()
	l.mu.Lock()
	defer l.mu.Unlock()
	l.results = append(l.results, r)
}

// ask sends the request once. It takes from net/http the means to send it again, as that does, unasked, where a server
// closes an idle connection: here that is a dropped request.
func (l *load) ask(ctx context.Context, id string, alone bool) (status int, err error) {
	body := fmt.Sprintf(`{"model":"gpt-4","prompt":"What is the refund of order %s?","max_tokens":60}`, id)
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, l.url, strings.NewReader(body))
	if err != nil {
		return 0, err
	}
	req.GetBody, req.Close = nil, alone
	req.Header.Set("Authorization", "Bearer "+key)
	req.Header.Set("X-Request-Id", id)
	resp, err := l.client.Do(req)
	if err != nil {
		return 0, err
	}
	defer resp.Body.Close()
	raw, err := io.ReadAll(resp.Body)
	if err == nil && resp.StatusCode == http.StatusOK {
		err = mine(raw, id)
	}
	return resp.StatusCode, err
}

// mine holds that an answer belongs to its request: connections change hands between processes.
func mine(raw []byte, id string) error {
	var answer struct{ ID, Answer string }
	if err := json.Unmarshal(raw, &answer); err != nil {
		return fmt.Errorf("the answer %.100q: %w", raw, err)
	}
	if answer.ID != id || answer.Answer == "" {
		return errors.New("the answer is another request's: " + answer.ID)
	}
	return nil
}

func failed(results []result) []result {
	return slices.DeleteFunc(slices.Clone(results), result.answered)
}

// p99 is the time within which 99% of the requests ended, well or not.
func p99(results []result) time.Duration {
	times := make([]time.Duration, len(results))
	for i, r := range results {
		times[i] = r.ended.Sub(r.sent)
	}
	slices.Sort(times)
	return times[len(times)*99/100].Round(time.Millisecond)
}
