// Package stats holds the statistics that verdicts rest on. It knows nothing
// of memory, trials or files: numbers go in, numbers come out.
//
// Each function is checked in its tests against a published table or example,
// and against brute force written another way. The functions assume that the
// numbers they are given are independent; only whole trials are, samples
// inside one are not. See each comment for what else is assumed.
//
// What the data can cause (too few values, one that is no number) is an error
// or an ok of false; what only a caller's mistake can cause is a panic.
package stats
