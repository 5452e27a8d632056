// Package postgres has the databases of a session on a server, whichever engine
// started it, or a person gave.
//
// What it does not do: it says no password of a server in a fact, an error or a log.
package postgres
