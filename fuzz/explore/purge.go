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

// keptDir holds copies of the binlog files that a purge or a reset was asked to remove, on
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
	names := strings.Split(strings.TrimSuffix(string(index), "\n"), "\n")
	if strings.HasPrefix(names[0], model.ResetMark) {
		if strings.HasPrefix(names[0], model.ResetMark+names[1]+" ") { // or it is there, from when that file went
			if err := writeSynced(fs, keptDir+"/"+names[1]+keptReset, []byte(names[0])); err != nil {
				return err
			}
		}
		names = names[1:]
	}
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

// keptReset is behind the name of the file that a log which was reset began with:
// what the index said of it.
const keptReset = ".reset"

// wholeBinlog reads the binlog with what was purged, or reset, in front of it.
func (s *session) wholeBinlog() (*model.Binlog, error) {
	kept, err := s.disk.FS().List(keptDir)
	if err != nil {
		kept = nil // nothing was purged
	}
	kept = slices.DeleteFunc(kept, func(name string) bool { return strings.HasSuffix(name, keptReset) })
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
		first, rest, _ := strings.Cut(string(b), "\n")
		if from, is := strings.CutPrefix(first, model.ResetMark); is {
			if first, _, _ = strings.Cut(rest, "\n"); !strings.HasPrefix(from, first+" ") {
				b = []byte(rest) // the file that the log began with was purged, and its line kept
			}
		}
		gone, _ = slices.BinarySearch(kept, first)
		return append(s.keptIndex(kept[:gone]), b...), nil
	})
}

// keptIndex is the part of an index with those files.
func (s *session) keptIndex(kept []string) (index []byte) {
	for _, name := range kept {
		if line, err := s.disk.ReadFile(keptDir + "/" + name + keptReset); err == nil {
			index = append(append(index, line...), '\n')
		}
		index = append(append(index, name...), '\n')
	}
	return index
}

// checkGTIDs compares what the store tells of GTIDs with the groups in its log.
func (s *session) checkGTIDs(whole *model.Binlog) error {
	bl := s.log.Binlog()
	if bl == nil {
		return nil
	}
	var want binlog.GTIDSet
	want.AddRange(binlog.UUID(s.log.Engine().StoreID()), 1, whole.Last)
	for what, got := range map[string]binlog.GTIDSet{"executed": bl.ExecutedGTIDs(), "logged": bl.LoggedGTIDs()} {
		if !got.Equal(want) {
			return violated("the GTIDs %s are %v, those in the log %v", what, got, want)
		}
	}
	if got := bl.LastIndex(); got != int64(len(whole.Groups)) {
		return violated("the last index is %d, and there are %d groups", got, len(whole.Groups))
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
