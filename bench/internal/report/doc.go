// Package report turns a run directory and its verdict into files, one a line of
// [outputs], and prints the lines that end a run on the terminal.
//
// Each output is a package on top of the view of a run:
//
//	view <- {chart, markdown, junit, benchfmt} <- report
//
// No output decides: the verdict says which trials count, and computes every figure
// with an interval. Only the pictures read raw data. A void run has no pictures, and the
// heads of its tables name it a FAILED or an INVALID run: people copy a table without
// the warning above it.
package report
