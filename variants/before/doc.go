// Command before is the service as it was: five workers on two CPUs, a scheduler in each, a new HTTP client for each call
// of the AI upstream, and workers that live for 1,000 requests or an hour.
//
// It differs from the command after in the four lines of its configuration and in nothing else. The environment is
// described in package gateway's Main.
package main
