package gateway

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
)

const (
	maxBody          = 1 << 20 // bytes of a request
	maxTokens        = 4096    // that a request may ask for
	defaultMaxTokens = 512     // where it doesn't say
)

// chatRequest is the body of POST /v1/chat.
type chatRequest struct {
	Model     string `json:"model"`
	Prompt    string `json:"prompt"`
	MaxTokens int    `json:"max_tokens"` // 1 to 4096
}

// decodeChat reads exactly one request. A field that it doesn't know is refused: a misspelt max_tokens would otherwise cost
// its sender money. The error is the client's to read.
func decodeChat(body []byte) (chatRequest, error) {
	req := chatRequest{MaxTokens: defaultMaxTokens}
	decoder := json.NewDecoder(bytes.NewReader(body))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&req); err != nil {
		return chatRequest{}, fmt.Errorf("the body is not a chat request: %w", err)
	}
	if _, err := decoder.Token(); !errors.Is(err, io.EOF) {
		return chatRequest{}, errors.New("the body goes on after the chat request")
	}
	if _, known := prices[req.Model]; !known {
		return chatRequest{}, fmt.Errorf("model %q: want one of %s", req.Model, strings.Join(Models(), ", "))
	}
	if strings.TrimSpace(req.Prompt) == "" {
		return chatRequest{}, errors.New("the prompt is empty")
	}
	if req.MaxTokens < 1 || req.MaxTokens > maxTokens {
		return chatRequest{}, fmt.Errorf("max_tokens %d: want 1 to %d", req.MaxTokens, maxTokens)
	}
	return req, nil
}
