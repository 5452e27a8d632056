// Package stats has the statistics of verdicts: functions of numbers, without memory,
// trials or files.
//
// The tests compare each function with a published table or example, and with brute force.
// The functions assume independent numbers: whole trials are, samples within one are not.
// Each comment states the other assumptions.
//
// Bad data (too few values, or one that is not finite) is an error or an ok of false; a bad
// argument is a panic.
package stats
