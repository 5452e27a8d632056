package gateway

import (
	"net/http"
	"strconv"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"
)

// metrics are one worker's: all workers answer behind one socket, so a scrape meets any of them and each series carries the
// worker's number, which is never used again.
type metrics struct {
	registry    *prometheus.Registry
	requests    *prometheus.CounterVec
	seconds     *prometheus.HistogramVec
	connections prometheus.Counter
}

func newMetrics(s *service, worker int) *metrics {
	registry := prometheus.NewRegistry()
	m := &metrics{
		registry: registry,
		requests: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "gateway_requests_total", Help: "Requests answered by this worker.",
		}, []string{"endpoint", "status"}),
		seconds: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: "gateway_request_seconds", Help: "Time from a request's first line to its answer.", Buckets: prometheus.DefBuckets,
		}, []string{"endpoint"}),
		connections: prometheus.NewCounter(prometheus.CounterOpts{
			Name: "gateway_upstream_connections_total", Help: "Connections that this worker opened to the AI upstream.",
		}),
	}
	own := prometheus.WrapRegistererWith(prometheus.Labels{"worker": strconv.Itoa(worker)}, registry)
	own.MustRegister(m.requests, m.seconds, m.connections,
		gauge("gateway_answers_kept", "Exchanges in this worker's response store.", func() int { return s.answers.count() }),
		gauge("gateway_passages", "Passages in this worker's catalogue.", func() int { return s.catalogue.size() }))
	registry.MustRegister(
		gauge("gateway_workers_wanted", "Workers that the master keeps.", func() int { return s.crew().Target }),
		gauge("gateway_workers_ready", "Workers that are ready to serve.", func() int { return s.crew().Ready }),
		gauge("gateway_schedulers_running", "Usage tracking schedulers that run, in the master and the workers.", func() int { return s.crew().Tasks }),
		counter("gateway_workers_spawned_total", "Workers started since the master started.", func() int { return s.crew().Spawned }),
		counter("gateway_workers_recycled_total", "Workers retired at a limit.", func() int { return s.crew().Recycled }),
		counter("gateway_workers_restarted_total", "Workers that died and were replaced.", func() int { return s.crew().Restarted }))
	return m
}

func gauge(name, help string, value func() int) prometheus.Collector {
	return prometheus.NewGaugeFunc(prometheus.GaugeOpts{Name: name, Help: help}, func() float64 { return float64(value()) })
}

func counter(name, help string, value func() int) prometheus.Collector {
	return prometheus.NewCounterFunc(prometheus.CounterOpts{Name: name, Help: help}, func() float64 { return float64(value()) })
}

func (m *metrics) observe(endpoint string, status int, took time.Duration) {
	m.requests.WithLabelValues(endpoint, strconv.Itoa(status)).Inc()
	m.seconds.WithLabelValues(endpoint).Observe(took.Seconds())
}

func (m *metrics) handler() http.Handler {
	return promhttp.HandlerFor(m.registry, promhttp.HandlerOpts{})
}
