//go:build bugs

package binlog

import (
	"testing"

	"github.com/xadb/xadb/fuzz/simdisk"
	"github.com/xadb/xadb/internal/bug"
)

// TestSeededBugs switches on the bug of this package and expects the crash
// exploration to notice.
func TestSeededBugs(t *testing.T) {
	bug.Set(bug.IndexBeforeSync)
	defer bug.Set("")
	d := simdisk.New(simdisk.Options{Seed: 1})
	var j journal
	must(t, runLog(t, d, &j))
	for k := range d.Ops() {
		for _, c := range d.Choices(k, simdisk.Bounded(12)) {
			if _, err := recovered(d.CrashAt(k, c), &j, j.promisedAt(k), true); err != nil {
				t.Log(err)
				return
			}
		}
	}
	t.Error("index-before-sync was not found")
}

// TestSeededPurgeBug is TestSeededBugs for purges.
func TestSeededPurgeBug(t *testing.T) {
	bug.Set(bug.PurgeBeforeIndex)
	defer bug.Set("")
	d := simdisk.New(simdisk.Options{Seed: 1})
	var j purges
	must(t, runPurges(t, d, &j))
	for k := range d.Ops() {
		for _, c := range d.Choices(k, simdisk.Bounded(8)) {
			if err := j.check(d.CrashAt(k, c), k); err != nil {
				t.Log(err)
				return
			}
		}
	}
	t.Error("purge-before-index was not found")
}
