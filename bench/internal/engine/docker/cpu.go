package docker

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/moby/moby/api/types/container"
	"github.com/moby/moby/client"
)

// stats asks the daemon for one reading, without the second that it would wait
// for another to compare with.
func (r *running) stats(ctx context.Context) (stats container.StatsResponse, err error) {
	res, err := r.client.ContainerStats(ctx, r.ID, client.ContainerStatsOptions{})
	if err != nil {
		return stats, err
	}
	defer res.Body.Close()
	if err := json.NewDecoder(res.Body).Decode(&stats); err != nil {
		return stats, fmt.Errorf("stats of container %s: %w", r.ID, err)
	}
	return stats, nil
}

// CPU is the CPU time that the container has used.
func (r *running) CPU(ctx context.Context) (seconds float64, err error) {
	stats, err := r.stats(ctx)
	if err != nil {
		return 0, err
	}
	if stats.CPUStats.CPUUsage.TotalUsage == 0 { // whoever runs has used some
		return 0, errors.New("the daemon gives no CPU time")
	}
	return float64(stats.CPUStats.CPUUsage.TotalUsage) / 1e9, nil
}
