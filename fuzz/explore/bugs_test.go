//go:build bugs

package explore

import (
	"os"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/xadb/xadb/internal/bug"
)

func seed() uint64 {
	n, err := strconv.ParseUint(os.Getenv("SEED"), 10, 64)
	if err != nil {
		return 1
	}
	return n
}

// TestSeededBugs: each mistake that was put in on purpose is found in time.
func TestSeededBugs(t *testing.T) {
	const limit = 2 * time.Minute
	for _, b := range bug.All {
		if only := os.Getenv("BUG"); only != "" && !strings.Contains(string(b), only) {
			continue
		}
		t.Run(string(b), func(t *testing.T) {
			bug.Set(b)
			defer bug.Set("")
			r := Explore(Options{Duration: limit, Seed: seed()}, nil)
			if len(r.Violations) == 0 {
				t.Errorf("bug %s: not found in %v (%d programs, %d images)", b, limit, r.Programs, r.Images)
				return
			}
			if d := os.Getenv("PLANS"); d != "" && r.Violations[0].Plan != nil {
				if err := writePlan(d+"/"+string(b)+".plan", r.Violations[0].Plan); err != nil {
					t.Error(err)
				}
			}
			message, _, _ := strings.Cut(r.Violations[0].Message, "\n")
			t.Logf("bug %s: found after %.1fs: %.300s", b, r.Elapsed.Seconds(), message)
		})
	}
}
