package gateway

import (
	"errors"
	"net/http"
	"strconv"
)

// variant says which build and configuration runs, each cause as it is written in a flag.
type variant struct {
	Workers     Workers   `json:"workers"`
	WorkerCount string    `json:"worker_count"`
	CPUs        string    `json:"cpus"`
	Recycling   Recycling `json:"recycling"`
	Scheduler   Scheduler `json:"scheduler"`
	AIClient    AIClient  `json:"ai_client"`

	// The guide's further advice, where it is followed.
	Pool       string `json:"pool,omitempty"`
	GCTrace    string `json:"gc_trace,omitempty"`
	ExitMemory string `json:"exit_memory,omitempty"`
	Preload    string `json:"preload,omitempty"`
}

// variant reports the configuration as it took effect.
func (p program) variant() variant {
	v := variant{
		Workers: p.config.Workers, WorkerCount: strconv.Itoa(p.workers()), CPUs: strconv.Itoa(p.cpus),
		Recycling: p.config.Recycling, Scheduler: p.config.Scheduler, AIClient: p.config.AIClient,
		GCTrace: onOrNothing(p.env.gcTrace), ExitMemory: onOrNothing(p.env.exitMemory), Preload: onOrNothing(p.env.preload),
	}
	if p.env.pool != nil {
		v.Pool = p.env.pool.text
	}
	return v
}

func onOrNothing(on bool) string {
	if on {
		return "true"
	}
	return ""
}

func (s *service) describe(w http.ResponseWriter, _ *http.Request) error {
	return sendJSON(w, http.StatusOK, s.variant)
}

func (s *service) live(w http.ResponseWriter, _ *http.Request) error {
	return sendJSON(w, http.StatusOK, map[string]string{"status": "live"})
}

// readiness is the body of /healthz/ready. The counts are the master's, the boot is that of the worker that answers.
type readiness struct {
	Ready       bool    `json:"ready"`
	Target      int     `json:"workers_wanted"`
	Serving     int     `json:"workers_ready"`
	Spawned     int     `json:"workers_spawned"`
	Recycled    int     `json:"workers_recycled"`
	Restarted   int     `json:"workers_restarted"`
	Schedulers  int     `json:"schedulers_running"`  // one that is being replaced counts until its process ends
	BootSeconds float64 `json:"worker_boot_seconds"` // from the process's start until its application was built
	Database    string  `json:"database"`            // "ok", "away", or "busy": all the worker's connections are in use
}

// ready answers 200 when every wanted worker is ready, whichever worker is asked, and the database answers; otherwise 503
// with the same body.
func (s *service) ready(w http.ResponseWriter, r *http.Request) error {
	crew := s.crew()
	out := readiness{
		Target: crew.Target, Serving: crew.Ready, Spawned: crew.Spawned, Recycled: crew.Recycled, Restarted: crew.Restarted,
		Schedulers: crew.Tasks, BootSeconds: s.boot.Seconds(), Database: "ok",
	}
	var full poolFull
	if err := s.ledger.ping(r.Context()); errors.As(err, &full) {
		out.Database = "busy"
	} else if err != nil {
		out.Database = "away"
	}
	out.Ready = crew.Target > 0 && crew.Ready == crew.Target && out.Database == "ok"
	status := http.StatusOK
	if !out.Ready {
		status = http.StatusServiceUnavailable
	}
	return sendJSON(w, status, out)
}

// keyUsage is the body of GET /v1/usage.
type keyUsage struct {
	Requests         int64        `json:"requests"`
	PromptTokens     int64        `json:"prompt_tokens"`
	CompletionTokens int64        `json:"completion_tokens"`
	NanoDollars      int64        `json:"nano_dollars"` // billionths of a dollar
	Models           []modelUsage `json:"models"`
}

func (s *service) usage(w http.ResponseWriter, r *http.Request) error {
	key, _, err := s.authorize(r, "")
	if err != nil {
		return err
	}
	used, err := s.ledger.usage(r.Context(), key)
	if err != nil {
		return databaseProblem(r.Context(), err)
	}
	return sendJSON(w, http.StatusOK, addUp(used))
}

func addUp(used []modelUsage) keyUsage {
	out := keyUsage{Models: used}
	for _, m := range used {
		out.Requests += m.Requests
		out.PromptTokens += m.PromptTokens
		out.CompletionTokens += m.CompletionTokens
		out.NanoDollars += prices[m.Model].cost(m.PromptTokens, m.CompletionTokens)
	}
	return out
}
