package prefork

import (
	"log/slog"
	"net"
	"net/http"
	"testing"
	"testing/synctest"
)

// gate is a listener in the middle of accepting: Close does not end the Accept
// that is under way, as it does not end one that has its connection already.
type gate chan struct{}

func (g gate) Accept() (net.Conn, error) { <-g; return nil, net.ErrClosed }
func (g gate) Close() error              { return nil }
func (g gate) Addr() net.Addr            { return &net.TCPAddr{} }

// What is accepted after retire has returned is seen by nobody: the server would
// close it with its request unanswered.
func TestRetireWaitsForConnectionsBeingAccepted(t *testing.T) {
	for last := range 2 {
		synctest.Test(t, func(t *testing.T) {
			sources := []gate{make(gate), make(gate)}
			s := newServer(sources[0], sources[1], nil, slog.New(slog.DiscardHandler))
			s.serve(http.NotFoundHandler())
			synctest.Wait()
			retired := make(chan struct{})
			go func() { defer close(retired); s.retire() }()
			close(sources[1-last])
			synctest.Wait()
			select {
			case <-retired:
				t.Errorf("retired while source %d still accepts", last)
			default:
			}
			close(sources[last])
			<-retired
		})
	}
}
