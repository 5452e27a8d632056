package gateway

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
)

// passagesPerAnswer is how many passages an answer is given as context.
const passagesPerAnswer = 3

// chatAnswer is the body of a 200. For one prompt and catalogue everything but the id is always the same, if the upstream's
// answer is.
type chatAnswer struct {
	ID       string    `json:"id"` // the request id
	Model    string    `json:"model"`
	Answer   string    `json:"answer"`
	Passages []int64   `json:"passages"` // ids, best first
	Usage    chatUsage `json:"usage"`
}

// chatUsage is what is billed: the tokens of the prompt, without the passages that the gateway added, and of the answer.
type chatUsage struct {
	PromptTokens     int `json:"prompt_tokens"`
	CompletionTokens int `json:"completion_tokens"`
}

var (
	errAnswered = problem{status: http.StatusConflict, says: "this request id was already answered, by another worker or to another prompt"}
	errNoKey    = problem{status: http.StatusUnauthorized, says: "want Authorization: Bearer KEY"}
)

func (s *service) chat(w http.ResponseWriter, r *http.Request) error {
	id, err := requestID(r)
	if err != nil {
		return err
	}
	w.Header().Set("X-Request-Id", id)
	key, answered, err := s.authorize(r, id)
	if err != nil {
		return err
	}
	req, err := s.readChat(w, r)
	if err != nil {
		return err
	}
	answer, err := s.answerOnce(r.Context(), exchangeID{key, id}, req, answered)
	if err != nil {
		return err
	}
	writeJSON(w, http.StatusOK, answer)
	return nil
}

func (s *service) authorize(r *http.Request, request string) (key int64, answered bool, err error) {
	token, ok := bearer(r)
	if !ok {
		return 0, false, errNoKey
	}
	key, answered, err = s.ledger.authorize(r.Context(), token, request)
	if errors.Is(err, errUnknownKey) {
		return 0, false, problem{status: http.StatusUnauthorized, says: err.Error()}
	}
	if err != nil {
		return 0, false, databaseProblem(r.Context(), err)
	}
	return key, answered, nil
}

// answerOnce gives a repeated request the answer that it got, where this worker gave it, and refuses it with 409 where another
// did, or where the id comes with another prompt.
//
// A client repeats because its connection broke, and what it should get is the first answer: so do Stripe and the IETF's draft
// of the Idempotency-Key header. Here it gets that from the worker that answered, until that is recycled, and else learns that
// it was answered, and billed, once; to have an answer it must ask under a new id and pay again. That is safe, for nothing is
// billed twice unasked, and it is not kind.
//
// The kind way is robust and simple: the answer, and a digest of what was asked, in two more columns of the ledger's row,
// written in the statement that is written anyway and read only for an id that is there already. It is left out for what it
// would change. A row with its indexes grows from 212 to 1,772 bytes, and the log that Postgres writes for it from 396 to 1,858
// (5,000 rows each, answers of the upstream's sizes), on the path of every request of every build. A ledger is kept for years
// and an answer for a day, so the answers would want a table, and a deletion, of their own. And no request would need the
// worker's answers any more, whose growth is what recycling bounds. To ask the upstream anew and bill nothing would let one id
// be used for ever. A 409 costs a client one answer, and no figure of a comparison depends on it.
func (s *service) answerOnce(ctx context.Context, id exchangeID, req chatRequest, answered bool) ([]byte, error) {
	if answer, ok := s.repeated(id, req); ok {
		return answer, nil
	}
	if answered {
		return nil, errAnswered
	}
	answer, used, err := s.compose(ctx, id.request, req)
	if err != nil {
		return nil, err
	}
	// A client that has left by now is not billed. After this the row is written whether or not it stays.
	if ctx.Err() != nil {
		return nil, problem{status: clientGone, says: "client gone", cause: ctx.Err()}
	}
	added, err := s.ledger.add(context.WithoutCancel(ctx), entry{id.key, id.request, req.Model, used.PromptTokens, used.CompletionTokens})
	if err != nil {
		return nil, databaseProblem(ctx, err)
	}
	if added {
		s.answers.keep(id, exchange{asked: req, answer: answer})
		return answer, nil
	}
	// The same request was answered meanwhile.
	if answer, ok := s.repeated(id, req); ok {
		return answer, nil
	}
	return nil, errAnswered
}

func (s *service) repeated(id exchangeID, req chatRequest) ([]byte, bool) {
	kept, ok := s.answers.find(id)
	return kept.answer, ok && kept.asked == req
}

// compose finds the passages, asks the upstream, and encodes the answer.
func (s *service) compose(ctx context.Context, id string, req chatRequest) ([]byte, chatUsage, error) {
	promptTokens, err := s.tokens.Count(req.Prompt)
	if err != nil {
		return nil, chatUsage{}, fmt.Errorf("count the prompt's tokens: %w", err)
	}
	out := chatAnswer{ID: id, Model: req.Model, Passages: []int64{}}
	var bodies []string
	for _, place := range s.catalogue.top(req.Prompt, passagesPerAnswer) {
		p := s.catalogue.passage(place)
		out.Passages = append(out.Passages, p.id)
		bodies = append(bodies, p.body)
	}
	text, tokens, err := s.upstream.complete(ctx, req, bodies)
	if err != nil {
		return nil, chatUsage{}, upstreamProblem(ctx, err)
	}
	out.Answer, out.Usage = text, chatUsage{promptTokens, tokens}
	body, err := json.Marshal(out)
	if err != nil {
		return nil, chatUsage{}, fmt.Errorf("encode the answer: %w", err)
	}
	return body, out.Usage, nil
}

func upstreamProblem(ctx context.Context, err error) error {
	var timeout net.Error
	switch {
	case ctx.Err() != nil:
		return problem{status: clientGone, says: "client gone", cause: err}
	case errors.As(err, &timeout) && timeout.Timeout():
		return problem{status: http.StatusGatewayTimeout, says: "the AI upstream is too slow", cause: err}
	}
	return problem{status: http.StatusBadGateway, says: "the AI upstream failed", cause: err}
}

func databaseProblem(ctx context.Context, err error) error {
	var full poolFull
	switch {
	case ctx.Err() != nil:
		return problem{status: clientGone, says: "client gone", cause: err}
	case errors.As(err, &full):
		return problem{status: http.StatusServiceUnavailable, says: full.Error(), cause: err}
	}
	return problem{status: http.StatusServiceUnavailable, says: "the database is away", cause: err}
}
