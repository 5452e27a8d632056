package prefork

import "fmt"

// message is what master and worker say to each other over the worker's
// control socket, one byte each: there is nothing to parse, to frame or to
// truncate. The end of the stream says that the other process is gone.
type message byte

// From a worker.
const (
	msgReady    message = 'r' // it serves
	msgBeat     message = 'b' // it is alive
	msgRequests message = 'n' // it has answered as many requests as it may
	msgLifetime message = 'l' // it has lived as long as it may
	msgAsked    message = 't' // it got SIGTERM
	msgTask     message = 'j' // it runs one more task in the background, for as long as it lives
)

// From the master.
const (
	msgDrain message = 'd' // leave, others serve on
	msgStop  message = 's' // leave, the service ends
	msgQuit  message = 'q' // exit at once
)

var messageWords = map[message]string{
	msgReady:    "ready",
	msgBeat:     "beat",
	msgRequests: "max requests",
	msgLifetime: "max lifetime",
	msgAsked:    "terminated",
	msgTask:     "task",
	msgDrain:    "drain",
	msgStop:     "stop",
	msgQuit:     "quit",
}

func (m message) String() string {
	if word, ok := messageWords[m]; ok {
		return word
	}
	return fmt.Sprintf("unknown message 0x%02x", byte(m))
}
