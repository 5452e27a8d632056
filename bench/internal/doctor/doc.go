// Package doctor says whether a machine can measure a scenario: what was found, what
// that means for the figures, and what to do about it. [Checks] are those of the
// machine; the engine adds its own.
package doctor
