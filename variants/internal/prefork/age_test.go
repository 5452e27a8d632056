package prefork

import (
	"net/http"
	"net/http/httptest"
	"testing"
	"time"
)

// A master that is stopped, or in a debugger, reads nothing; when the socket to it is full, saying something waits. The answer
// to a client does not.
func TestAnswerDoesNotWaitForTheMaster(t *testing.T) {
	read := make(chan message)
	h := newAge(terms{MaxRequests: 1}, func(m message) { read <- m }).count(http.NotFoundHandler())
	answered := make(chan struct{})
	go func() {
		defer close(answered)
		h.ServeHTTP(httptest.NewRecorder(), httptest.NewRequest(http.MethodGet, "/", nil))
	}()
	select {
	case <-answered:
	case <-time.After(deadline):
		t.Error("the answer waits for the master")
	}
	if m := <-read; m != msgRequests {
		t.Errorf("the worker said %v, want %v", m, msgRequests)
	}
}
