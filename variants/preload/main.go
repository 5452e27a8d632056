package main

import (
	"os"

	"github.com/memproof/memproof/variants/internal/gateway"
)

func main() {
	os.Exit(gateway.Main(gateway.Config{
		Workers:   gateway.CPUPlus1,
		Recycling: gateway.Recycle500Or1800s,
		Scheduler: gateway.SchedulerMaster,
		AIClient:  gateway.ClientPooled,
		Preload:   true,
	}))
}
