package explore

import (
	"errors"
	"math"
	"math/rand/v2"
	"slices"
	"strings"

	"github.com/cockroachdb/pebble/v2/vfs"
	"github.com/xadb/xadb/binlog"
	"github.com/xadb/xadb/fuzz/model"
	"github.com/xadb/xadb/tclog"
)

// keptDir holds copies of the binlog files that a purge was asked to remove, on
// the same disk and durable before: the model compares whole logs.
const keptDir = "/kept"

const (
	binlogDir = dir + "/" + tclog.BinlogDir
	indexName = "binlog.index"
)

// purge forgets all of the binlog that nobody needs, or half of that.
func (s *session) purge(st step) error {
	if !s.mode.Binlog {
		return nil
	}
	if err := s.keep(); err != nil {
		if s.faults && isFault(err) {
			return nil
		}
		return violated("copying the binlog: %w", err)
	}
	r := binlog.PurgeRequest{Through: math.MaxInt64}
	if st.flag {
		r = binlog.PurgeRequest{SizeMax: 16 << 10}
	}
	p, err := s.log.PurgeBinlog(bg, r)
	s.met.purged += int64(len(p.Files))
	return s.settle(err)
}

// keep copies the files that the index names and the log is not at.
func (s *session) keep() error {
	index, err := s.disk.ReadFile(binlogDir + "/" + indexName)
	if err != nil {
		return err
	}
	fs := s.disk.FS()
	if err := errors.Join(fs.MkdirAll(keptDir, 0o700), syncDir(fs, "/")); err != nil {
		return err
	}
	names := strings.Fields(string(index))
	for _, name := range names[:max(len(names)-1, 0)] {
		b, err := s.disk.ReadFile(binlogDir + "/" + name)
		if err == nil {
			err = writeSynced(fs, keptDir+"/"+name, b)
		}
		if err != nil {
			return err
		}
	}
	return syncDir(fs, keptDir)
}

func writeSynced(fs vfs.FS, name string, b []byte) error {
	f, err := fs.Create(name, vfs.WriteCategoryUnspecified)
	if err != nil {
		return err
	}
	_, err = f.Write(b)
	return errors.Join(err, f.Sync(), f.Close())
}

func syncDir(fs vfs.FS, name string) error {
	d, err := fs.OpenDir(name)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}

// wholeBinlog reads the binlog with what was purged in front of it.
func (s *session) wholeBinlog() ([]model.Group, error) {
	kept, err := s.disk.FS().List(keptDir)
	if err != nil {
		kept = nil // nothing was purged
	}
	slices.Sort(kept)
	gone := 0 // so many of them, which lie in front of what the index names
	return model.ReadBinlog(binlogDir, func(name string) ([]byte, error) {
		base := strings.TrimPrefix(name, binlogDir+"/")
		if slices.Contains(kept[:gone], base) {
			return s.disk.ReadFile(keptDir + "/" + base)
		}
		b, err := s.disk.ReadFile(name)
		if base != indexName || err != nil {
			return b, err
		}
		first, _, _ := strings.Cut(string(b), "\n")
		gone, _ = slices.BinarySearch(kept, first)
		return append([]byte(strings.Join(kept[:gone], "\n")+"\n"), b...), nil
	})
}

// checkGTIDs compares the sets that the store tells with the groups in its log.
func (s *session) checkGTIDs(groups []model.Group) error {
	bl := s.log.Binlog()
	if bl == nil {
		return nil
	}
	var want binlog.GTIDSet
	want.AddRange(binlog.UUID(s.log.Engine().StoreID()), 1, int64(len(groups)))
	for what, got := range map[string]binlog.GTIDSet{"executed": bl.ExecutedGTIDs(), "logged": bl.LoggedGTIDs()} {
		if !got.Equal(want) {
			return violated("the GTIDs %s are %v, those in the log %v", what, got, want)
		}
	}
	return nil
}

// purges rotates, prepares, decides and purges: files go, but for those with the
// rows of branches that are prepared (reliability.md 4.6).
func purges(r *rand.Rand, p *program) {
	if p.mode.logs() == 0 {
		p.mode = p.mode.next()
	}
	x := drawXID(r)
	for i := range 3 {
		p.add(put(r, 0, i, r.IntN(300)), step{kind: stepCommit})
		if i == r.IntN(3) {
			p.add(put(r, 1, 3, r.IntN(3000)), step{kind: stepPrepare, slot: 1, xid: x})
		}
		p.add(step{kind: stepRotate})
	}
	p.add(step{kind: stepPurge, flag: r.IntN(3) == 0})
	if r.IntN(2) == 0 {
		p.add(step{kind: stepRotate}, step{kind: stepRestart})
	}
	p.add(step{kind: stepRollbackXID - stepKind(r.IntN(2)), xid: x, flag: true})
	p.add(step{kind: stepRotate}, put(r, 2, 4, 20), step{kind: stepCommit, slot: 2}, step{kind: stepPurge})
	p.randomly(r, 3, false)
}
