package leftovers

import (
	"context"
	"time"
)

// Place is a kind of place, besides the folders and processes of this machine,
// where sessions leave things: a container daemon, a database server.
type Place struct {
	Name string
	// Here returns the address that a run on this machine would use; empty: none.
	Here func(ctx context.Context) (address string)
	// Find passes each thing at the address that has a session's id to note.
	Find func(ctx context.Context, address string, note Note) error
	// Remove removes what the session has at the address, and returns when nothing is left.
	Remove func(ctx context.Context, address, session string) error
}

// Note records one thing of a session: what it is, such as "container", and
// when it was made, zero where that is unknown.
type Note func(session, what string, since time.Time)

// Places are the kinds of places that the engines use.
type Places []Place
