// Command after is the service as the guide left it: three workers on two CPUs, one scheduler in the master, one pooled
// HTTP client per worker, and workers that live for 500 requests or half an hour.
//
// It differs from the command before in the four lines of its configuration and in nothing else. The environment is
// described in package gateway's Main.
package main
