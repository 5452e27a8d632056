package gateway

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptrace"
	"net/url"
	"strings"

	"github.com/prometheus/client_golang/prometheus"
)

// maxCompletion bounds the upstream's answer in bytes, and so the tokens that it may be billed as; the longest that a request
// may ask for is far below.
const maxCompletion = 1 << 20

// instruction opens the context that the passages are given in.
const instruction = "Answer the customer from these passages of the knowledge base."

// upstream calls the AI provider's chat completions.
type upstream struct {
	endpoint string
	clients  clients
	opened   prometheus.Counter // connections
}

func newUpstream(base *url.URL, c clients, opened prometheus.Counter) *upstream {
	return &upstream{endpoint: base.JoinPath("v1/chat/completions").String(), clients: c, opened: opened}
}

type message struct {
	Role    string `json:"role"`
	Content string `json:"content"`
}

type completionRequest struct {
	Model     string    `json:"model"`
	Messages  []message `json:"messages"`
	MaxTokens int       `json:"max_tokens"`
}

type completion struct {
	Choices []struct {
		Message message `json:"message"`
	} `json:"choices"`
	Usage struct {
		CompletionTokens int `json:"completion_tokens"`
	} `json:"usage"`
}

func (c completion) check() error {
	if len(c.Choices) == 0 || c.Usage.CompletionTokens < 1 || c.Usage.CompletionTokens > maxCompletion {
		return errors.New("it holds no choice, or no count of tokens that can be billed")
	}
	return nil
}

// complete asks the upstream for an answer, with the passages as context.
func (u *upstream) complete(ctx context.Context, req chatRequest, passages []string) (answer string, tokens int, err error) {
	system := instruction + "\n\n" + strings.Join(passages, "\n\n")
	body, err := json.Marshal(completionRequest{
		Model:     req.Model,
		Messages:  []message{{"system", system}, {"user", req.Prompt}},
		MaxTokens: req.MaxTokens,
	})
	if err != nil {
		return "", 0, fmt.Errorf("encode the upstream request: %w", err)
	}
	raw, err := u.call(ctx, body)
	if err != nil {
		return "", 0, err
	}
	var c completion
	if err := json.Unmarshal(raw, &c); err != nil {
		return "", 0, fmt.Errorf("decode the upstream's answer: %w", err)
	}
	if err := c.check(); err != nil {
		return "", 0, fmt.Errorf("decode the upstream's answer: %w", err)
	}
	return c.Choices[0].Message.Content, c.Usage.CompletionTokens, nil
}

// call posts the body. It tries again once where no connection came about, for then the upstream has seen nothing; any later
// failure may have been answered, and billed, at the other end. (On a pooled connection that broke before the first byte
// was written, net/http tries again by itself.)
func (u *upstream) call(ctx context.Context, body []byte) ([]byte, error) {
	client, release, err := u.clients()
	if err != nil {
		return nil, err
	}
	defer release()
	raw, err := u.post(ctx, client, body)
	var dial *net.OpError
	if errors.As(err, &dial) && dial.Op == "dial" && ctx.Err() == nil {
		raw, err = u.post(ctx, client, body)
	}
	return raw, err
}

func (u *upstream) post(ctx context.Context, client *http.Client, body []byte) ([]byte, error) {
	ctx = httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{GotConn: func(info httptrace.GotConnInfo) {
		if !info.Reused {
			u.opened.Inc()
		}
	}})
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, u.endpoint, bytes.NewReader(body))
	if err != nil {
		return nil, fmt.Errorf("make the upstream request: %w", err)
	}
	req.Header.Set("Content-Type", "application/json")
	resp, err := client.Do(req)
	if err != nil {
		return nil, fmt.Errorf("call the upstream: %w", err)
	}
	defer resp.Body.Close()
	// Read to the end: a connection whose answer is left unread can't be used again.
	raw, err := io.ReadAll(io.LimitReader(resp.Body, maxCompletion))
	if err != nil {
		return nil, fmt.Errorf("read the upstream's answer: %w", err)
	}
	if resp.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("the upstream answered %s", resp.Status)
	}
	return raw, nil
}
