// Upstream has the administration of an upstream and counts how often it was
// asked for its counts.
package main

import (
	"flag"
	"fmt"
	"net/http"
	"os"
	"sync/atomic"
)

func main() {
	addr := flag.String("addr", "", "address of the service, which is not served")
	admin := flag.String("admin", "", "address of the administration")
	flag.Parse()
	var asked atomic.Int64
	http.HandleFunc("GET /healthz", func(http.ResponseWriter, *http.Request) {})
	http.HandleFunc("GET /ca.pem", func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, "the CA of ", *addr) })
	http.HandleFunc("GET /stats", func(w http.ResponseWriter, _ *http.Request) {
		fmt.Fprintf(w, `{"requests": %d, "connections_open": 2, "latency_p50_ms": 1.5}`, asked.Add(1))
	})
	fmt.Println(http.ListenAndServe(*admin, nil))
	os.Exit(1)
}
