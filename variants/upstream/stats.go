package main

import (
	"encoding/json"
	"net"
	"net/http"
	"slices"
	"sync"
	"time"
)

// stats counts what was served since the start.
type stats struct {
	mu           sync.Mutex
	opened, open int
	requests     int
	inFlight     int
	delays       []time.Duration // of every answered request
}

// report is the body of GET /stats.
type report struct {
	Requests     int      `json:"requests"` // taken; a refused one is none
	Opened       int      `json:"connections_opened"`
	Open         int      `json:"connections_open"`
	LatencyP50MS *float64 `json:"latency_p50_ms,omitempty"` // exact, of the delays as they came out: timers are late; absent before the first answer
	InFlight     int      `json:"in_flight"`
}

// connection follows http.Server's ConnState.
func (s *stats) connection(_ net.Conn, state http.ConnState) {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch state {
	case http.StateNew:
		s.opened++
		s.open++
	case http.StateClosed, http.StateHijacked:
		s.open--
	}
}

func (s *stats) begin() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.requests++
	s.inFlight++
}

func (s *stats) answered(delay time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.delays = append(s.delays, delay)
}

func (s *stats) end() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.inFlight--
}

func (s *stats) report() report {
	s.mu.Lock()
	delays := slices.Clone(s.delays)
	out := report{Requests: s.requests, Opened: s.opened, Open: s.open, InFlight: s.inFlight}
	s.mu.Unlock()
	if n := len(delays); n > 0 {
		slices.Sort(delays)
		median := (delays[(n-1)/2] + delays[n/2]).Seconds() * 1000 / 2
		out.LatencyP50MS = &median
	}
	return out
}

// admin serves what an experiment reads.
func admin(id identity, s *stats) http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /stats", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		_ = json.NewEncoder(w).Encode(s.report()) // a struct of numbers encodes; a client may be gone
	})
	mux.HandleFunc("GET /ca.pem", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/x-pem-file")
		_, _ = w.Write(id.authority)
	})
	mux.HandleFunc("GET /healthz", func(w http.ResponseWriter, _ *http.Request) {
		_, _ = w.Write([]byte("ok\n"))
	})
	return mux
}
