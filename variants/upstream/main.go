package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"os"
	"os/signal"
	"syscall"
	"time"
)

const (
	headLimit = 10 * time.Second
	// idleLimit is above the gateway's 90 s, so that a pooled connection is never closed under a request.
	idleLimit = 2 * time.Minute
	stopLimit = 5 * time.Second
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM, syscall.SIGINT)
	err := run(ctx, os.Args[1:], os.Stderr)
	stop()
	if err != nil && !errors.Is(err, flag.ErrHelp) {
		log.Fatal(err)
	}
}

// options are the flags.
type options struct {
	addr, admin string
	delays      delays
	hosts       []string
}

func parse(args []string, out io.Writer) (options, error) {
	o := options{hosts: []string{"upstream", "localhost", "127.0.0.1"}}
	flags := flag.NewFlagSet("upstream", flag.ContinueOnError)
	flags.SetOutput(out)
	flags.StringVar(&o.addr, "addr", ":8443", "TLS address")
	flags.StringVar(&o.admin, "admin", ":8081", "plain HTTP address of /stats, /ca.pem and /healthz")
	flags.DurationVar(&o.delays.median, "median", 200*time.Millisecond, "median delay")
	flags.Float64Var(&o.delays.sigma, "sigma", 0.25, "standard deviation of the delay's logarithm; 0: always the median")
	flags.Uint64Var(&o.delays.seed, "seed", 1, "another seed draws other delays for the same requests")
	flags.Func("host", "a further name or address for the certificate; may be repeated", func(host string) error {
		o.hosts = append(o.hosts, host)
		return nil
	})
	if err := flags.Parse(args); err != nil {
		return options{}, err
	}
	if flags.NArg() > 0 {
		return options{}, fmt.Errorf("%q is no flag", flags.Arg(0))
	}
	return o, o.delays.validate()
}

// run serves until ctx ends.
func run(ctx context.Context, args []string, out io.Writer) error {
	o, err := parse(args, out)
	if err != nil {
		return err
	}
	identity, err := newIdentity(o.hosts)
	if err != nil {
		return fmt.Errorf("make the certificate: %w", err)
	}
	stats := &stats{}
	protocols := new(http.Protocols)
	protocols.SetHTTP1(true)
	tlsServer := &http.Server{
		Handler: completions(o.delays, stats), TLSConfig: identity.config, ConnState: stats.connection,
		Protocols: protocols, ReadHeaderTimeout: headLimit, IdleTimeout: idleLimit,
		ErrorLog: log.New(out, "", log.LstdFlags),
	}
	adminServer := &http.Server{Handler: admin(identity, stats), ReadHeaderTimeout: headLimit}
	return serve(ctx, o, tlsServer, adminServer)
}

// serve listens on both addresses before it serves on either: when /healthz answers, both do.
func serve(ctx context.Context, o options, tlsServer, adminServer *http.Server) error {
	tlsListener, err := net.Listen("tcp", o.addr)
	if err != nil {
		return err
	}
	adminListener, err := net.Listen("tcp", o.admin)
	if err != nil {
		return errors.Join(err, tlsListener.Close())
	}
	log.Printf("Serving completions on %s and /stats on %s", tlsListener.Addr(), adminListener.Addr())
	failed := make(chan error, 2)
	go func() { failed <- tlsServer.ServeTLS(tlsListener, "", "") }()
	go func() { failed <- adminServer.Serve(adminListener) }()
	select {
	case err = <-failed:
	case <-ctx.Done():
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), stopLimit)
	defer cancel()
	if tlsServer.Shutdown(ctx) != nil {
		err = errors.Join(err, tlsServer.Close()) // what is left waits for a delay that nobody will see
	}
	return errors.Join(err, adminServer.Close())
}
