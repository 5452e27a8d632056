package main

import (
	"os"

	"github.com/memproof/memproof/variants/internal/gateway"
)

func main() {
	os.Exit(gateway.Main(gateway.Config{
		Workers:   gateway.CPUTimes2Plus1,
		Recycling: gateway.Recycle1000Or3600s,
		Scheduler: gateway.SchedulerEveryWorker,
		AIClient:  gateway.ClientPerRequest,
	}))
}
