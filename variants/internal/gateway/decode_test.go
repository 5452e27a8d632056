package gateway

import (
	"strings"
	"testing"
)

func TestDecodeChat(t *testing.T) {
	got, err := decodeChat([]byte(`{"model":"gpt-4","prompt":"Where is my order?","max_tokens":64}`))
	if want := (chatRequest{"gpt-4", "Where is my order?", 64}); err != nil || got != want {
		t.Errorf("got %+v, %v, want %+v", got, err, want)
	}
	got, err = decodeChat([]byte(`{"model":"gpt-4","prompt":"Hello"}` + "\n"))
	if err != nil || got.MaxTokens != defaultMaxTokens {
		t.Errorf("without max_tokens: got %+v, %v", got, err)
	}
}

func TestDecodeChatRefuses(t *testing.T) {
	for _, c := range []struct{ name, body, says string }{
		{"nothing", ``, "EOF"},
		{"no JSON", `model=gpt-4`, "invalid character"},
		{"half", `{"model":"gpt-4","prompt":"Hel`, "EOF"},
		{"a list", `[]`, "array"},
		{"null", `null`, "model"},
		{"a wrong type", `{"model":"gpt-4","prompt":7}`, "prompt"},
		{"two", `{"model":"gpt-4","prompt":"a"}{}`, "goes on"},
		{"an unknown field", `{"model":"gpt-4","prompt":"a","max_token":1}`, "max_token"},
		{"an unknown model", `{"model":"gpt-5","prompt":"a"}`, "gpt-3.5-turbo"},
		{"a blank prompt", `{"model":"gpt-4","prompt":" \n"}`, "prompt"},
		{"no tokens", `{"model":"gpt-4","prompt":"a","max_tokens":0}`, "max_tokens"},
		{"negative tokens", `{"model":"gpt-4","prompt":"a","max_tokens":-1}`, "max_tokens"},
		{"too many tokens", `{"model":"gpt-4","prompt":"a","max_tokens":1000000}`, "max_tokens"},
		{"half a token", `{"model":"gpt-4","prompt":"a","max_tokens":1.5}`, "max_tokens"},
	} {
		if got, err := decodeChat([]byte(c.body)); err == nil || !strings.Contains(err.Error(), c.says) {
			t.Errorf("%s: got %+v, %v, want an error that mentions %q", c.name, got, err, c.says)
		}
	}
}

func FuzzDecodeChat(f *testing.F) {
	for _, seed := range []string{
		`{"model":"gpt-4","prompt":"Where is my order?","max_tokens":64}`, `{"model":"gpt-4","prompt":"\ud800"}`,
		`{"MODEL":"gpt-4","Prompt":"a"}`, `{}`, `null`, `[{}]`, "\xff", `{"model":"gpt-4","prompt":"a"} x`,
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		req, err := decodeChat(body)
		if err != nil {
			if req != (chatRequest{}) {
				t.Errorf("refused, and yet returned %+v", req)
			}
			return
		}
		if _, known := prices[req.Model]; !known || strings.TrimSpace(req.Prompt) == "" ||
			req.MaxTokens < 1 || req.MaxTokens > maxTokens {
			t.Errorf("took %+v", req)
		}
	})
}
