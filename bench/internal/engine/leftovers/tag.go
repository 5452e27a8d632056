package leftovers

import (
	"regexp"
)

// TagName is a variable in the environment of every process that an engine starts
// on this machine, and so of its descendants: see [Tag]. It finds them after their
// parents, their process group and this process are gone.
const TagName = "MEMPROOF_PROCESS"

// Tag is the value of [TagName] for a program of a session. A role, such as
// [KeeperName], may follow it.
func Tag(session, program string) string { return session + "/" + program + "/" }

// The names at the end of a tag whose processes have something to remove before
// they end, and so get a signal of their own before they are killed: SIGQUIT and
// SIGTERM.
const (
	PostgresName = "postgres" // it removes its shared memory
	KeeperName   = "keeper"   // it ends what it keeps
)

// WorkDirs holds the directories that programs are started in, in the session's
// folder.
const WorkDirs = "run"

// workDir finds the session and the program in the path of such a directory.
var workDir = regexp.MustCompile(`/` + folderPrefix + `([^/]+)/` + WorkDirs + `/([^/ ]+)`)
