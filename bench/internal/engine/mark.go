package engine

import "regexp"

// markName is a variable in the environment of every process that the host
// engine starts, and so of its descendants: SESSION/NAME/. It finds them after
// their parents, their process group and this process are gone.
const markName = "MEMPROOF_PROCESS"

// placeOf finds the session and the name in the directory that a program of the
// host engine is started in.
var placeOf = regexp.MustCompile(`/` + folderPrefix + `([^/]+)/` + placesDir + `/([^/ ]+)`)

// placesDir holds those directories, in the session's folder.
const placesDir = "run"

// postgresName is the name of the processes that get SIGQUIT first: Postgres
// then removes its shared memory before it exits at once.
const postgresName = "postgres"
