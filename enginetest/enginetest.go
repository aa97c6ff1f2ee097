// Package enginetest crashes a store in a program's own tests: the power fails
// between two writes, a write or a sync fails, the disk is full.
//
//	disk := enginetest.New(t)
//	db := disk.Open("bank", xadb.Options{})
//	...                          // what the program does
//	disk = disk.Crash(7)         // the power fails; 7 says what was lost
//	db = disk.Open("bank", xadb.Options{})
//	...                          // what the program finds
//
// A Disk counts the operations that change it. CrashAt makes the disk that a
// power failure right after any of them would have left, so one run of a
// program serves all crash points:
//
//	for op := start; op <= disk.Ops(); op++ {
//		for seed := range uint64(4) {
//			db := disk.CrashAt(op, seed).Open("bank", xadb.Options{})
//			... // what was acknowledged before op must be there
//		}
//	}
//
// # What is lost
//
// What was synced stays. Of the rest the seed chooses: with 0 all is lost, with
// 1 nothing, with others some of it, in any order, the last write perhaps torn
// at some byte. File names behave as POSIX promises and no better, except in
// the folder of the tables, whose names appear and vanish in order, as every
// journaling file system does it.
//
// The disk is one of package fuzz/simdisk. A store runs on it as it runs on a
// real one; only the files are elsewhere. No program but a test should import
// this package.
package enginetest

import (
	"context"
	"log/slog"
	"testing"
	"time"

	"github.com/cockroachdb/pebble/v2/vfs"

	"github.com/xadb/xadb"
	"github.com/xadb/xadb/fuzz/simdisk"
	"github.com/xadb/xadb/internal/clock"
)

// tables is the folder in a store that pebble keeps.
const tables = "data"

// images is among how many ways to lose what is not synced a seed chooses.
const images = 64

// A Disk is a disk in memory that a test can crash and spoil. It is safe for
// concurrent use, but for Crash, Kill and Open.
type Disk struct {
	t   testing.TB
	sim *simdisk.Disk
}

// New returns an empty disk. Its stores are closed when the test ends.
func New(t testing.TB) *Disk {
	return &Disk{t, simdisk.New(simdisk.Options{Seed: 1, OrderedDirs: tables, Scribble: true})}
}

// FS is the disk as a file system, for Options.FS and for files that are not a
// store's. It is dead after a Crash or Kill.
func (d *Disk) FS() vfs.FS { return d.sim.FS() }

// Open opens the store in dir, or fails the test. Options.FS is the disk,
// whatever it says; without a Logger nothing is logged.
func (d *Disk) Open(dir string, o xadb.Options) *xadb.DB {
	d.t.Helper()
	db, err := d.TryOpen(dir, o)
	if err != nil {
		d.t.Fatalf("enginetest: opening the store %s: %v", dir, err)
	}
	return db
}

// TryOpen is Open for a test that expects an error.
func (d *Disk) TryOpen(dir string, o xadb.Options) (*xadb.DB, error) {
	o.FS = d.FS()
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	db, err := xadb.Open(context.Background(), dir, o)
	if err == nil {
		d.t.Cleanup(func() {
			ctx, cancel := context.WithCancel(context.Background())
			cancel() // calls that hang must not hang the test
			_ = db.Close(ctx)
		})
	}
	return db, err
}

// Ops counts the operations that have changed the disk.
func (d *Disk) Ops() int { return d.sim.Ops() }

// Crash cuts the power: whoever uses the disk gets errors from now on, and the
// disk returned is what is left. The seed chooses what of the unsynced is lost:
// 0 all, 1 nothing, others some.
func (d *Disk) Crash(seed uint64) *Disk {
	return &Disk{d.t, d.sim.Crash(d.choice(d.Ops(), seed))}
}

// CrashAt returns what a power failure right after operation op, 0 to Ops,
// would have left. The disk itself goes on.
func (d *Disk) CrashAt(op int, seed uint64) *Disk {
	return &Disk{d.t, d.sim.CrashAt(op, d.choice(op, seed))}
}

func (d *Disk) choice(op int, seed uint64) simdisk.Choice {
	switch seed {
	case 0:
		return simdisk.Synced()
	case 1:
		return simdisk.Everything()
	}
	some := d.sim.Choices(op, simdisk.Random(images))
	return some[seed%uint64(len(some))]
}

// Kill ends the process and not the machine: whoever uses the disk gets errors
// from now on. On the disk returned everything can be read, and what was not
// synced can still be lost by the next Crash.
func (d *Disk) Kill() *Disk { return &Disk{d.t, d.sim.Crash(simdisk.Kill())} }

// FailWrite makes the n-th write to a file from now on, 1 is the next, fail
// with EIO; half of it lands.
func (d *Disk) FailWrite(n int) {
	d.inject(simdisk.Rule{Op: simdisk.OpWrite, Path: "*", Nth: n, Mode: simdisk.ModePrefix})
}

// FailSync makes the n-th sync of a file from now on, 1 is the next, fail with
// EIO. As on a real disk, what it should have synced is lost: a later sync that
// succeeds does not bring it back.
func (d *Disk) FailSync(n int) {
	d.inject(simdisk.Rule{Op: simdisk.OpSync, Path: "*", Nth: n, Mode: simdisk.ModeDrop})
}

// FailSyncLate is FailSync, but all that should have been synced is on the disk:
// what got no acknowledgement may be there all the same.
func (d *Disk) FailSyncLate(n int) {
	d.inject(simdisk.Rule{Op: simdisk.OpSync, Path: "*", Nth: n, Mode: simdisk.ModeLanded})
}

func (d *Disk) inject(r simdisk.Rule) {
	d.t.Helper()
	if err := d.sim.Inject(r); err != nil {
		d.t.Fatalf("enginetest: %v", err)
	}
}

// SetSize makes the disk full when its files have this many bytes; what is
// there stays. 0 is no limit.
func (d *Disk) SetSize(bytes int64) { d.sim.SetQuota(bytes) }

// Heal takes back failures that have not happened yet.
func (d *Disk) Heal() { d.sim.ClearFaults() }

// A Clock stands still until Advance is called: a test decides when a wait is
// over. Timers counts those that wait.
type Clock = clock.Manual

// NewClock returns a Clock, for xadb.Options.Clock, that stands at 2020-01-01
// UTC.
func NewClock() *Clock { return clock.NewManual(time.Date(2020, 1, 1, 0, 0, 0, 0, time.UTC)) }
