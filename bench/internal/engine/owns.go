package engine

import (
	"context"
	"fmt"
	"os"
	"strings"
	"time"

	"github.com/moby/moby/client"
)

// Owns returns a function that says whether a process of this machine is of this
// session: the service, what serves it, or a sampler. It is of what runs when it
// is asked for.
func (s *Session) Owns() func(pid int) bool {
	if s.daemon == nil {
		return func(pid int) bool { return strings.HasPrefix(markOf(pid), s.id+"/") }
	}
	ctx, cancel := context.WithTimeout(context.Background(), ownsPatience)
	defer cancel()
	ids, err := containers(ctx, s.daemon.client, make(client.Filters).Add("label", sessionLabel+"="+s.id))
	if err != nil {
		s.say(fmt.Sprintf("programs of the trial are not told from others: %v", err))
	}
	return func(pid int) bool { return inContainer(pid, ids) }
}

// ownsPatience is how long the daemon may take to list its containers.
const ownsPatience = 5 * time.Second

// inContainer says whether the process is in one of the containers: the path of
// its cgroup holds the container's id.
func inContainer(pid int, ids []string) bool {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/cgroup", pid))
	if err != nil {
		return false // it has ended
	}
	for _, id := range ids {
		if strings.Contains(string(text), id) {
			return true
		}
	}
	return false
}
