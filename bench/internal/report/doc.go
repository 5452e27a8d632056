// Package report turns a run directory and its verdict into files, one a line of
// [outputs], and prints the lines that end a run on the terminal.
//
// The outputs are in packages of their own, over the view of a run that they share:
//
//	view <- {chart, markdown, junit, benchfmt} <- report
//
// No output computes what decides: every figure with an interval, and which
// trials count, is taken from the verdict, and the raw data is read for the
// pictures alone. A void run gets no pictures, and tables whose heads say that they
// are of a FAILED or an INVALID run: a table gets copied out of its
// report, and the warning above it does not.
package report
