package main

import (
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"time"

	"github.com/memproof/memproof/variants/internal/words"
)

const (
	maxBody = 2 << 20
	// shortest and spread give answers of about 150 to 400 words, at 5.4 bytes a word with its space.
	shortest, spread = 860, 1240
	bytesPerToken    = 5 // of the answers' English, near enough to bill by
)

// request is what the stand-in needs of a completion request.
type request struct {
	Model     string            `json:"model"`
	Messages  []json.RawMessage `json:"messages"`
	MaxTokens int               `json:"max_tokens"`
}

type message struct {
	Role    string `json:"role"`
	Content string `json:"content"`
}

type choice struct {
	Index        int     `json:"index"`
	Message      message `json:"message"`
	FinishReason string  `json:"finish_reason"` // "stop", or "length" where max_tokens cut the answer
}

type usage struct {
	CompletionTokens int `json:"completion_tokens"`
}

type response struct {
	Object  string   `json:"object"`
	Model   string   `json:"model"`
	Choices []choice `json:"choices"`
	Usage   usage    `json:"usage"`
}

// completions answers POST /v1/chat/completions, each request after its own delay.
func completions(d delays, s *stats) http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("POST /v1/chat/completions", func(w http.ResponseWriter, r *http.Request) {
		arrived := time.Now()
		body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxBody))
		if err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
		out, err := answer(body)
		if err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
		s.begin()
		defer s.end()
		select {
		case <-time.After(d.of(body) - time.Since(arrived)):
		case <-r.Context().Done():
			return
		}
		s.answered(time.Since(arrived))
		w.Header().Set("Content-Type", "application/json")
		_, _ = w.Write(out) // a client that is gone has lost its answer
	})
	return mux
}

// answer is the encoded completion of a request: always the same for the same bytes.
func answer(body []byte) ([]byte, error) {
	var req request
	if err := json.Unmarshal(body, &req); err != nil {
		return nil, err
	}
	if len(req.Messages) == 0 {
		return nil, errors.New("messages is empty")
	}
	rng := source(body, 0)
	text := words.AppendText(nil, rng, shortest+rng.IntN(spread))
	reason := "stop"
	if req.MaxTokens > 0 && req.MaxTokens <= (len(text)-1)/bytesPerToken { // their product may be above any integer
		text, reason = text[:req.MaxTokens*bytesPerToken], "length"
	}
	return json.Marshal(response{
		Object: "chat.completion", Model: req.Model,
		Choices: []choice{{Message: message{"assistant", string(text)}, FinishReason: reason}},
		Usage:   usage{(len(text) + bytesPerToken - 1) / bytesPerToken},
	})
}
