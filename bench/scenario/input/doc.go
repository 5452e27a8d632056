// Package input reads what other tools wrote, as a load: access logs and recorded traces
// into a [load.Trace], lists of requests into targets. Each format has a file of its own
// and a line in the table of its kind of input. Data rows are in package load.
package input
