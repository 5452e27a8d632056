// Command upstream stands in for the AI provider: POST /v1/chat/completions over TLS, with a delay and an answer that are
// drawn from the request itself, so that two builds of the service that send the same requests meet the same upstream.
//
//	upstream [-addr :8443] [-admin :8081] [-median 200ms] [-sigma 0.25] [-seed 1] [-host NAME]...
//
// Delays are log-normal, which is the shape of a provider's latency: most near the median, a few far above. They are
// counted from the arrival of the request's head, so that what the service sees is the delay and its own cost.
//
// It speaks HTTP/1.1 only, as its clients do (see gateway's client): over HTTP/2 a pooled client would need one connection
// for everything, and the number of connections, which is what pooling is about, would say nothing.
//
// The authority and the certificate are made at start and live in memory. The admin address speaks plain HTTP: GET /ca.pem
// is what a client must trust, /stats what was served, /healthz answers when the TLS address listens.
package main
