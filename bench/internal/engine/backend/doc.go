// Package backend is what an engine is to a session, and what the engines share: a
// [Backend] starts programs, an [Engine] is a row of the table of engines.
package backend
