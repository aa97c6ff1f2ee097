package explore

import (
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/cockroachdb/pebble/v2/vfs"
)

// A gate slows syncs down while a group forms, and holds removals back that
// pebble makes in the background, at no certain time: a program that must do
// the same each time has them at the next clean close.
type gate struct {
	mu   sync.Mutex
	slow bool
	hold bool
	held []string
}

// open takes or holds removals; what is held is forgotten.
func (g *gate) open(hold bool) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.hold, g.held = hold, nil
}

// release removes what is held, in order.
func (g *gate) release(fs vfs.FS) error {
	g.mu.Lock()
	defer g.mu.Unlock()
	slices.Sort(g.held)
	for _, name := range slices.Compact(g.held) { // it may have been tried twice
		if err := fs.Remove(name); err != nil {
			return err
		}
	}
	g.held = nil
	return nil
}

// holds reports whether the removal of the file is held back. Markers are
// removed in the foreground.
func (g *gate) holds(fs vfs.FS, name string) bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	if !g.hold || fs.PathBase(fs.PathDir(name)) != "data" || strings.HasPrefix(fs.PathBase(name), "marker.") {
		return false
	}
	g.held = append(g.held, name)
	return true
}

func (g *gate) set(slow bool) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.slow = slow
}

func (g *gate) pass() {
	g.mu.Lock()
	slow := g.slow
	g.mu.Unlock()
	if slow {
		time.Sleep(gateDelay)
	}
}

// gateDelay is how long a sync takes while a group forms: long enough for
// goroutines that are ready to run to queue behind it.
const gateDelay = 200 * time.Microsecond

// gatedFS lets syncs pass through a gate.
type gatedFS struct {
	vfs.FS
	g *gate
}

type gatedFile struct {
	vfs.File
	g *gate
}

// Create implements vfs.FS.
func (fs gatedFS) Create(name string, c vfs.DiskWriteCategory) (vfs.File, error) {
	f, err := fs.FS.Create(name, c)
	return fs.gated(f, err)
}

// OpenReadWrite implements vfs.FS.
func (fs gatedFS) OpenReadWrite(name string, c vfs.DiskWriteCategory, o ...vfs.OpenOption) (vfs.File, error) {
	f, err := fs.FS.OpenReadWrite(name, c, o...)
	return fs.gated(f, err)
}

// ReuseForWrite implements vfs.FS.
func (fs gatedFS) ReuseForWrite(from, to string, c vfs.DiskWriteCategory) (vfs.File, error) {
	f, err := fs.FS.ReuseForWrite(from, to, c)
	return fs.gated(f, err)
}

// Remove implements vfs.FS.
func (fs gatedFS) Remove(name string) error {
	if fs.g.holds(fs.FS, name) {
		return nil
	}
	return fs.FS.Remove(name)
}

// Unwrap implements vfs.FS.
func (fs gatedFS) Unwrap() vfs.FS { return fs.FS }

func (fs gatedFS) gated(f vfs.File, err error) (vfs.File, error) {
	if err != nil {
		return nil, err
	}
	return gatedFile{f, fs.g}, nil
}

// Sync implements vfs.File.
func (f gatedFile) Sync() error { f.g.pass(); return f.File.Sync() }

// SyncData implements vfs.File.
func (f gatedFile) SyncData() error { f.g.pass(); return f.File.SyncData() }
