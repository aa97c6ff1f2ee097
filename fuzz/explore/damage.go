package explore

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"syscall"

	"github.com/xadb/xadb/engine"
	"github.com/xadb/xadb/fuzz/model"
	"github.com/xadb/xadb/fuzz/simdisk"
)

// reads are faults of one read during recovery; %d is which read.
var reads = []string{
	"readat *.wal nth=%d", "readat *.wal nth=%d", "readat *.wal nth=%d", "readat *.wal nth=%d", "read binlog.* nth=%d", "readat binlog.* nth=%d", "readat CTRL nth=%d",
	"readat MANIFEST* nth=%d", "read MANIFEST* nth=%d", "readat *.sst nth=%d", "list * nth=%d", "open * nth=%d",
}

// unreadable recovers an image while one read fails: that is an error, or does
// not matter, but it is never the end of the log. Afterwards all is well.
func unreadable(c crash, image *simdisk.Disk, r *rand.Rand) error {
	s := newSession(image, c.mode, c.want, r)
	defer s.end()
	rule := fmt.Sprintf(reads[r.IntN(len(reads))], 1+r.IntN(6))
	if err := s.inject(rule); err != nil {
		return err
	}
	err := s.open()
	switch {
	case err == nil:
		if err := s.look(); err != nil && s.log.Failed() == nil && !isFault(err) {
			return fmt.Errorf("recovered under %q: %w", rule, err)
		}
	case errors.Is(err, syscall.EIO) && errors.Is(err, engine.ErrCorrupt):
		return violated("under %q open takes a failed read for damage: %w", rule, err)
	}
	s.disk.Restart()
	s.end()
	s.disk.ClearFaults()
	s.faults = false
	if err := s.start(); err != nil {
		return fmt.Errorf("recovered again after %q: %w", rule, err)
	}
	return nil
}

// damage turns over a bit of the redo log. Below a durable promise the store
// must refuse to open, or show everything; above, where a crash may leave
// anything, it must open and show some earlier state (C25).
func damage(c crash, image *simdisk.Disk, r *rand.Rand) error {
	redo, err := readRedo(image)
	if err != nil || len(redo.Frames) == 0 || redo.End() < redo.Promise {
		return nil
	}
	f := redo.Frames[r.IntN(len(redo.Frames))]
	// Above the promise an earlier state is right. What a nested history began
	// with is not known to have been otherwise. And with a binlog, which keeps
	// its own tail, the two logs then show a mix that no crash has left: a
	// decision that only the engine's log held is gone, a later one is not.
	if f.LSN < redo.Keep || f.LSN >= redo.Promise && (c.hist.Nested() || c.mode.Binlog || c.hadBinlog()) {
		return nil
	}
	at, bit := f.Off+int64(r.IntN(f.Len)), r.IntN(8)
	if err := image.FlipBit(f.File, at, bit); err != nil {
		return err
	}
	what := fmt.Sprintf("bit %d of byte %d of %s turned over (LSN %d, promised %d)", bit, at, f.File, f.LSN, redo.Promise)
	s := newSession(image, c.mode, c.want, r)
	defer s.end()
	if err := s.open(); err != nil {
		if !errors.Is(err, engine.ErrCorrupt) {
			return violated("%s: open says %w, not that the log is corrupt", what, err)
		}
		if f.LSN >= redo.Promise && !hasTables(image) {
			return violated("%s: open refuses a torn tail: %w", what, err)
		}
		return nil
	}
	o, err := s.observe()
	if err != nil {
		return fmt.Errorf("%s: %w", what, err)
	}
	if _, err = c.want.Check(o); err == nil || f.LSN >= redo.Promise && earlier(c, o) {
		return nil
	}
	return fmt.Errorf("%s: opened, and %w", what, err)
}

// hadBinlog reports whether some transaction went to a binlog.
func (c crash) hadBinlog() bool {
	return slices.ContainsFunc(c.want.States, func(s model.State) bool { return len(s.Txn.Rows) > 0 })
}

// readRedo reads the redo log in an image; an error if there is none yet.
func readRedo(image *simdisk.Disk) (*model.Redo, error) {
	names, err := image.FS().List(dir + "/wal")
	if err != nil {
		return nil, err
	}
	return model.ReadRedo(dir+"/wal", names, image.ReadFile)
}

// hasTables reports whether pebble has flushed: then its applied row promises
// more than the log itself.
func hasTables(d *simdisk.Disk) bool {
	names, err := d.FS().List(dir + "/data")
	if err != nil {
		return false
	}
	for _, name := range names {
		if strings.HasSuffix(name, ".sst") {
			return true
		}
	}
	return false
}

// earlier reports whether the observation is right for some earlier crash.
func earlier(c crash, o *model.Observation) bool {
	stage := ^uint64(0)
	for k := c.k; k >= 0; k-- {
		if st := c.hist.Stage(k); st != stage {
			stage = st
			if _, err := c.hist.At(k).Check(o); err == nil {
				return true
			}
		}
	}
	return false
}
