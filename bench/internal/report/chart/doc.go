// Package chart draws the pictures of a report, a [view.Output] each.
//
// Text in the pictures is set in Liberation Sans, which gonum/plot embeds
// through codeberg.org/go-fonts/liberation; the fonts are under the SIL Open
// Font License 1.1 (LICENSE-SIL of that module).
package chart
