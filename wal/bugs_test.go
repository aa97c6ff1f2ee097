//go:build bugs

package wal

import (
	"testing"

	"github.com/xadb/xadb/internal/bug"
)

// TestSeededBugs switches on each bug of this package and expects the named
// scenario to notice.
func TestSeededBugs(t *testing.T) {
	byName := map[string]func() error{}
	for _, s := range scenarios {
		byName[s.name] = s.run
	}
	for _, c := range []struct {
		bug      bug.Bug
		scenario string
	}{
		{bug.WrongFileSynced, "crash points"},
		{bug.NoDirSync, "crash points"},
		{bug.LastCRCSkipped, "crash points"},
		{bug.UnlinkBeforeMarker, "crash points"},
		{bug.SyncRetried, "failed sync, process restarts, power fails"},
		{bug.ReadErrorAsEOF, "failed read"},
		{bug.TailCutAboveSynced, "damage below a promise"},
		{bug.LogNumberReused, "failed sync, process restarts, power fails"},
		{bug.LogNumberReused, "torn record, same length again"},
	} {
		t.Run(string(c.bug)+"/"+c.scenario, func(t *testing.T) {
			bug.Set(c.bug)
			defer bug.Set("")
			err := byName[c.scenario]()
			if err == nil {
				t.Fatal("not found")
			}
			t.Log(err)
		})
	}
}
