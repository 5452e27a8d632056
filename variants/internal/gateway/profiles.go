package gateway

import (
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/http/pprof"
	"time"
)

// serveProfiles serves /debug/pprof on the loopback address, at the port plus the process's number: the master at the port
// itself, worker 3 three above. Nothing happens without a port. A port that is taken costs the profile, not the service.
func serveProfiles(port, process int, log *slog.Logger) {
	if port == 0 {
		return
	}
	address := fmt.Sprintf("127.0.0.1:%d", port+process)
	listener, err := net.Listen("tcp", address)
	if err != nil {
		log.Warn("No profiles from this process", "error", err)
		return
	}
	mux := http.NewServeMux()
	mux.HandleFunc("/debug/pprof/", pprof.Index)
	mux.HandleFunc("/debug/pprof/cmdline", pprof.Cmdline)
	mux.HandleFunc("/debug/pprof/profile", pprof.Profile)
	mux.HandleFunc("/debug/pprof/symbol", pprof.Symbol)
	mux.HandleFunc("/debug/pprof/trace", pprof.Trace)
	log.Info("Serving profiles", "address", address)
	server := &http.Server{Handler: mux, ReadHeaderTimeout: 10 * time.Second}
	go func() { log.Warn("Profiles ended", "error", server.Serve(listener)) }()
}
