package gateway

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"time"
)

// clientGone is what nginx logs for a client that left before its answer came. Nobody reads the answer; the count tells
// it from a failure.
const clientGone = 499

// problem is a request that gets no 200: the status, what the client is told, and what only the log is.
type problem struct {
	status int
	says   string
	cause  error
}

func (p problem) Error() string { return fmt.Sprintf("%d %s: %v", p.status, p.says, p.cause) }
func (p problem) Unwrap() error { return p.cause }

// endpoint makes a handler of a function that returns its failure, and counts what it answers.
func (s *service) endpoint(name string, serve func(http.ResponseWriter, *http.Request) error) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		began := time.Now()
		status := http.StatusOK
		if err := serve(w, r); err != nil {
			status = s.fail(w, r, err)
		}
		s.metrics.observe(name, status, time.Since(began))
	})
}

// fail answers with the problem and logs what an operator should look at.
func (s *service) fail(w http.ResponseWriter, r *http.Request, err error) int {
	var p problem
	if !errors.As(err, &p) {
		p = problem{status: http.StatusInternalServerError, says: "internal error", cause: err}
	}
	if p.status >= http.StatusInternalServerError {
		s.log.Error("Request failed", "path", r.URL.Path, "status", p.status, "cause", p.cause)
	}
	body, err := json.Marshal(map[string]string{"error": p.says})
	if err != nil {
		panic(err) // a map of strings always encodes
	}
	writeJSON(w, p.status, body)
	return p.status
}

// writeJSON sends an encoded body. A write that fails means that the client is gone: net/http closes the connection.
func writeJSON(w http.ResponseWriter, status int, body []byte) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_, _ = w.Write(body)
}

func sendJSON(w http.ResponseWriter, status int, v any) error {
	body, err := json.Marshal(v)
	if err != nil {
		return fmt.Errorf("encode an answer: %w", err)
	}
	writeJSON(w, status, body)
	return nil
}
