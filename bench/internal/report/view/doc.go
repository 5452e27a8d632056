// Package view is what all outputs of a report share, without markup: the run with its
// verdict, the variants with the trials that count, facts, sentences and reasons.
package view
