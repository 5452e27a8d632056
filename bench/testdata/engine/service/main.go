// Service is a small variant for the tests of the engine. MODE says how it
// misbehaves.
package main

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httputil"
	"net/url"
	"os"
	"os/exec"
	"os/signal"
	"syscall"
	"time"

	"github.com/jackc/pgx/v5"
	"golang.org/x/sys/unix"
)

func main() {
	if os.Getenv("CHILD") != "" { // a worker that does nothing
		time.Sleep(time.Hour)
	}
	for i := range 30 {
		fmt.Println("line", i)
	}
	fmt.Print(os.Getenv("SAY"))
	mode := os.Getenv("MODE")
	if mode == "exit" {
		fmt.Println("no such luck")
		os.Exit(3)
	}
	term := make(chan os.Signal, 1)
	signal.Notify(term, syscall.SIGTERM)
	go func() {
		<-term
		if mode == "deaf" { // it ends at SIGTERM with a status of its own
			fmt.Println("asked to stop")
			os.Exit(7)
		}
		os.Exit(0)
	}()
	serve()
}

func serve() {
	child := exec.Command("/proc/self/exe")
	child.Env = append(os.Environ(), "CHILD=1")
	if err := child.Start(); err != nil {
		fmt.Println(err)
		os.Exit(1)
	}
	http.HandleFunc("GET /ready", func(w http.ResponseWriter, _ *http.Request) {
		if os.Getenv("MODE") == "unready" {
			http.Error(w, "still counting sheep", http.StatusServiceUnavailable)
		}
	})
	http.HandleFunc("GET /describe", func(w http.ResponseWriter, _ *http.Request) {
		json.NewEncoder(w).Encode(map[string]any{
			"word": os.Getenv("WORD"), "cpus": json.RawMessage(os.Getenv("CPUS")), "good": true, "cpuset": cpuset(),
			"upstream": os.Getenv("UPSTREAM"), "ca": os.Getenv("CA"),
		})
	})
	http.HandleFunc("POST /row", func(w http.ResponseWriter, r *http.Request) {
		if err := addRow(r.Context()); err != nil {
			http.Error(w, err.Error(), http.StatusInternalServerError)
		}
	})
	http.HandleFunc("GET /given", given)
	http.HandleFunc("GET /neighbour", neighbour)
	http.HandleFunc("POST /die", func(http.ResponseWriter, *http.Request) { fmt.Println("dying"); os.Exit(9) })
	http.HandleFunc("POST /eat", func(http.ResponseWriter, *http.Request) { eat() })
	fmt.Println(http.ListenAndServe(os.Getenv("BIND"), nil))
	os.Exit(1)
}

// given answers what the program was started with: its environment, its arguments
// and the file that FILE names.
func given(w http.ResponseWriter, _ *http.Request) {
	file, err := os.ReadFile(os.Getenv("FILE"))
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	json.NewEncoder(w).Encode(map[string]any{"env": os.Environ(), "args": os.Args[1:], "file": string(file)})
}

// neighbour answers what the program at NEIGHBOUR was started with.
func neighbour(w http.ResponseWriter, r *http.Request) {
	r.URL.Path = "/given"
	httputil.NewSingleHostReverseProxy(&url.URL{Scheme: "http", Host: os.Getenv("NEIGHBOUR")}).ServeHTTP(w, r)
}

// cpuset returns how many processors this process may use.
func cpuset() int {
	var set unix.CPUSet
	if err := unix.SchedGetaffinity(0, &set); err != nil {
		return -1
	}
	return set.Count()
}

// eat takes memory until there is no more.
func eat() {
	for eaten := [][]byte{}; ; {
		b := make([]byte, 1<<20)
		for i := range b {
			b[i] = 1
		}
		eaten = append(eaten, b)
	}
}

func addRow(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	c, err := pgx.Connect(ctx, os.Getenv("DATABASE_URL"))
	if err != nil {
		return err
	}
	defer c.Close(ctx)
	_, err = c.Exec(ctx, "INSERT INTO ledger DEFAULT VALUES")
	return err
}
