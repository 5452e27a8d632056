// Package prefork is a master process and N worker processes behind one
// inherited listening socket, with gunicorn's semantics and without its traps.
//
// The master opens the socket, starts the workers and looks after them. It
// never accepts a connection and never builds the application. Each worker is
// a fresh start of the same executable with the same arguments, so main is the
// same in both and nothing is shared but the socket: what a worker loads, it
// loads for itself. That is what a prefork service costs, and what the
// variants measure.
//
// # Signals to the master
//
//	TERM        stop: answer what is under way, at most GracefulTimeout long
//	INT, QUIT   stop at once
//	HUP         reload the options and replace every worker by a fresh one, one
//	            after the other
//	TTIN, TTOU  one worker more, one fewer (never below one)
//
// A worker that gets TERM itself asks the master for a replacement first.
//
// # Exit statuses
//
//	0  stopped as asked
//	1  bad options, or the socket cannot be opened
//	3  a worker of the first boot died, or hung, before it was ready
//	4  the App of a worker of the first boot returned an error
//
// Only the first boot may end the service. A worker that fails to boot later,
// say because it is recycled while the database is away, is tried again with a
// growing delay while the others serve; gunicorn halts whole.
//
// # Replacement
//
// One worker is replaced at a time: its replacement is spawned, becomes ready,
// and only then is the old one told to drain; the next waits until it has left.
// So recycling never lowers the number of ready workers, and never holds the
// memory of more than one worker above the target. Several that reach their
// limit together wait in a queue and serve on.
//
// # Draining
//
// HTTP/1.1 has no way for a server to close an idle connection without racing
// with a client that is just sending: a POST is then lost, for it may not be
// sent twice. [http.Server.Shutdown] and SetKeepAlivesEnabled close idle
// connections at once. A draining worker hands them over instead: the
// descriptor, with whatever has arrived on it by then, goes to a worker that
// stays, over a socket that all workers share. The client sees nothing of it,
// and the drain takes no longer than the requests under way. A request that
// still arrives at the draining worker is answered with Connection: close.
//
// When the whole service stops there is no one to hand a connection to. Workers
// then answer for another second on the connections they have, with Connection:
// close, before they close idle ones; requests under way have GracefulTimeout.
//
// What the package refuses to do: it does not close a connection under a
// client while another worker could serve it, it does not let workers outlive
// their master, and it does not halt a service that still has workers to serve.
package prefork
