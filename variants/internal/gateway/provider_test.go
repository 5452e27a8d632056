package gateway

import (
	"crypto/x509"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
)

func (p *provider) authority() []*x509.Certificate { return []*x509.Certificate{p.Certificate()} }

// watch counts connections beside what httptest does with them.
func (p *provider) watch() func(net.Conn, http.ConnState) {
	return func(_ net.Conn, state http.ConnState) {
		switch state {
		case http.StateNew:
			p.opened.Add(1)
		case http.StateClosed:
			p.closed.Add(1)
		}
	}
}

func (p *provider) serve(w http.ResponseWriter, r *http.Request) {
	p.calls.Add(1)
	body, err := io.ReadAll(r.Body) // a server sees its client leave only once the body is read
	if err != nil {
		return
	}
	if answer := p.answer.Load(); answer != nil {
		(*answer)(w, r)
		return
	}
	var req completionRequest
	if err := json.Unmarshal(body, &req); err != nil || r.URL.Path != "/v1/chat/completions" {
		http.Error(w, "not a completion request", http.StatusBadRequest)
		return
	}
	content, err := json.Marshal("You asked: " + req.Messages[len(req.Messages)-1].Content)
	if err != nil {
		panic(err) // a string always encodes
	}
	fmt.Fprintf(w, `{"choices":[{"message":{"role":"assistant","content":%s}}],"usage":{"completion_tokens":7}}`, content)
}

func (p *provider) answerWith(answer http.HandlerFunc) { p.answer.Store(&answer) }
