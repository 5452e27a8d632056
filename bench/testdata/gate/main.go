// Gate is a service that holds as much memory as it is told and answers ok: what
// a change that makes a service heavier looks like from outside.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"log"
	"net/http"
	"os/signal"
	"runtime"
	"syscall"
)

func main() {
	addr := flag.String("addr", ":8000", "`address` to listen on")
	megabytes := flag.Int("mb", 40, "memory to hold")
	flag.Parse()
	held := make([]byte, *megabytes*1_000_000)
	for i := range held {
		held[i] = byte(i) // a page that is not written to is not held
	}
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM)
	defer stop()
	s := &http.Server{Addr: *addr, Handler: http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { fmt.Fprintln(w, "ok") })}
	go func() {
		<-ctx.Done()
		_ = s.Shutdown(context.Background()) // it waits for the last answers
	}()
	if err := s.ListenAndServe(); !errors.Is(err, http.ErrServerClosed) {
		log.Fatal(err)
	}
	runtime.KeepAlive(held)
}
