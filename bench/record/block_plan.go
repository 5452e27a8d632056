package record

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
)

// BlockPlan records the request of a design for a block, and the blocks that it knew.
type BlockPlan struct {
	Block   int      `json:"block"`          // 1, 2, 3, …
	Arms    []string `json:"arms"`           // in running order
	Done    []int    `json:"done,omitempty"` // numbers of the finished blocks
	Running []int    `json:"running,omitempty"`
}

// planFile is the block's file next to its trials: trials/b03.json.
func planFile(block int) string { return filepath.Join(trialsDir, fmt.Sprintf("b%02d.json", block)) }

var planName = regexp.MustCompile(`^b([0-9]{2,6})\.json$`)

// Begin records in the journal that a block begins.
func (r *Run) Begin(p BlockPlan) error { return WriteJSON(filepath.Join(r.Dir, planFile(p.Block)), p) }

// Plans returns the blocks that have begun, by number.
func (r *Run) Plans() (plans []BlockPlan, err error) {
	entries, err := os.ReadDir(filepath.Join(r.Dir, trialsDir))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	for _, e := range entries {
		if !planName.MatchString(e.Name()) {
			continue
		}
		var p BlockPlan
		path := filepath.Join(r.Dir, trialsDir, e.Name())
		if err := ReadJSON(path, &p); err != nil {
			return nil, err
		}
		if p.Block < 1 || p.Block > maxBlock || len(p.Arms) > maxArms {
			return nil, fmt.Errorf("%s: block %d of %d arms: want block 1 to %d, at most %d arms", path, p.Block, len(p.Arms), maxBlock, maxArms)
		}
		plans = append(plans, p)
	}
	slices.SortFunc(plans, func(a, b BlockPlan) int { return a.Block - b.Block })
	return plans, nil
}
