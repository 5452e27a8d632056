package gateway

import (
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"
)

const (
	maxRequestID = 128 // bytes
	// usualBodyLimit is how long a client may take to send its body.
	usualBodyLimit = 15 * time.Second
)

// slowestReader is how long a client may take for an answer that is ready: the longest is some ten kilobytes.
const slowestReader = 30 * time.Second

// patience is above all that may happen to a request, one after the other, where each database connection may be waited for
// so long: body, three uses of the database, two calls of the upstream. What it cuts off is not work but a client that takes
// no answer.
func patience(wait time.Duration) time.Duration {
	return usualBodyLimit + 3*(wait+answerLimit) + 2*upstreamLimit + slowestReader
}

// cutOff keeps slow clients from holding a connection without end.
func (s *service) cutOff(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		control := http.NewResponseController(w)
		err := control.SetWriteDeadline(time.Now().Add(s.patience))
		// Before it answers net/http reads, for as long as the client likes, what the handler has left of a body: for an
		// unknown key all of it. A request without one must get no deadline, see readChat.
		if r.ContentLength != 0 {
			err = errors.Join(err, control.SetReadDeadline(time.Now().Add(s.bodyLimit)))
		}
		if err != nil {
			s.log.Error("Slow client can't be cut off", "error", err)
		}
		next.ServeHTTP(w, r)
	})
}

// requestID is the client's X-Request-Id or, where it sent none, a new one.
func requestID(r *http.Request) (string, error) {
	id := r.Header.Get("X-Request-Id")
	if id == "" {
		return rand.Text(), nil
	}
	printable := func(c rune) bool { return c > ' ' && c < 0x7f }
	if len(id) > maxRequestID || strings.ContainsFunc(id, func(c rune) bool { return !printable(c) }) {
		return "", problem{status: http.StatusBadRequest,
			says: fmt.Sprintf("X-Request-Id: want at most %d printable ASCII characters", maxRequestID)}
	}
	return id, nil
}

func bearer(r *http.Request) (string, bool) {
	scheme, token, found := strings.Cut(r.Header.Get("Authorization"), " ")
	return token, found && strings.EqualFold(scheme, "Bearer") && token != ""
}

// readChat reads the body within its limits of size and time.
func (s *service) readChat(w http.ResponseWriter, r *http.Request) (chatRequest, error) {
	control := http.NewResponseController(w)
	if err := control.SetReadDeadline(time.Now().Add(s.bodyLimit)); err != nil {
		return chatRequest{}, fmt.Errorf("limit the time of a body: %w", err)
	}
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxBody))
	if err != nil {
		return chatRequest{}, bodyProblem(err)
	}
	// Without a deadline from here on: net/http watches the connection while the handler works, and would take a deadline
	// that passes for a client that left.
	if err := control.SetReadDeadline(time.Time{}); err != nil {
		return chatRequest{}, fmt.Errorf("limit the time of a body: %w", err)
	}
	req, err := decodeChat(body)
	if err != nil {
		return chatRequest{}, problem{status: http.StatusBadRequest, says: err.Error()}
	}
	return req, nil
}

func bodyProblem(err error) error {
	var tooLarge *http.MaxBytesError
	var timeout interface{ Timeout() bool }
	switch {
	case errors.As(err, &tooLarge):
		return problem{status: http.StatusRequestEntityTooLarge, says: fmt.Sprintf("the body is above %d bytes", tooLarge.Limit)}
	case errors.As(err, &timeout) && timeout.Timeout():
		return problem{status: http.StatusRequestTimeout, says: "the body took too long", cause: err}
	}
	return problem{status: http.StatusBadRequest, says: "the body could not be read", cause: err}
}
