// Package report turns a run directory and its verdict into files, one a line of
// [outputs]: pictures, the page that shows them, and what programs read. It also
// prints the lines that end a run on the terminal.
//
// It computes nothing that decides: every figure with an interval, and which
// trials count, is taken from the verdict, and the raw data is read for the
// pictures alone. A void run gets no pictures, and tables whose heads say that they
// are of a FAILED or an INVALID run: a table gets copied out of its
// report, and the warning above it does not.
//
// Text in the pictures is set in Liberation Sans, which gonum/plot embeds
// through codeberg.org/go-fonts/liberation; the fonts are under the SIL Open
// Font License 1.1 (LICENSE-SIL of that module).
package report
