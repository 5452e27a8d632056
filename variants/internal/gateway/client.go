package gateway

import (
	"crypto/tls"
	"crypto/x509"
	"net"
	"net/http"
	"time"
)

const (
	upstreamLimit = 30 * time.Second
	dialLimit     = 5 * time.Second

	// pooledConnections is how many idle connections the pooled client keeps. It is above the requests that a worker has in
	// flight: net/http keeps 2 where it isn't told (httpx 20), and a client that keeps fewer than it uses pools nothing.
	pooledConnections = 256
	// idleLimit is below what servers grant an idle connection, so that it is this end that closes.
	idleLimit = 90 * time.Second
)

// clients hands out the HTTP client for one call of the upstream and the function that ends its use.
type clients func() (client *http.Client, release func(), err error)

// newClients returns the clients of the AIClient cause.
func newClients(kind AIClient, authority []*x509.Certificate) (clients, error) {
	fresh := func() (*http.Client, error) { return newClient(authority) }
	switch kind {
	case ClientPerRequest:
		return func() (*http.Client, func(), error) {
			c, err := fresh()
			if err != nil {
				return nil, nil, err
			}
			return c, c.CloseIdleConnections, nil
		}, nil
	case ClientLeaked:
		return func() (*http.Client, func(), error) {
			c, err := fresh()
			return c, func() {}, err
		}, nil
	default:
		pooled, err := fresh()
		return func() (*http.Client, func(), error) { return pooled, func() {}, nil }, err
	}
}

// newClient speaks HTTP/1.1 only, as httpx does unless it is told otherwise: over HTTP/2 the pooled client would multiplex
// all its calls on one connection and there would be no pool to measure. It follows no redirect and no proxy: a prompt
// goes where AI_URL says and nowhere else.
func newClient(authority []*x509.Certificate) (*http.Client, error) {
	roots, err := newTrustStore(authority)
	if err != nil {
		return nil, err
	}
	protocols := new(http.Protocols)
	protocols.SetHTTP1(true)
	return &http.Client{
		Timeout:       upstreamLimit,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		Transport: &http.Transport{
			DialContext:         (&net.Dialer{Timeout: dialLimit}).DialContext,
			TLSClientConfig:     &tls.Config{RootCAs: roots, MinVersion: tls.VersionTLS12},
			TLSHandshakeTimeout: dialLimit,
			Protocols:           protocols,
			MaxIdleConns:        pooledConnections,
			MaxIdleConnsPerHost: pooledConnections,
			IdleConnTimeout:     idleLimit,
		},
	}, nil
}
