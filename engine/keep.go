package engine

import (
	"fmt"

	"github.com/xadb/xadb/engine/lock"
	"github.com/xadb/xadb/internal/bug"
)

// A prepared branch holds these locks until its outcome, before and after a
// restart (I10, C15):
//
//   - exclusive ones on the rows it wrote and shared ones on their tables, which
//     follow from its writes;
//   - those that KeepLock was told of, and the shared ones on their tables;
//   - under Serializable every other as well: what it has read must be so when
//     it commits.
//
// What does not follow from the writes is listed in its PREPARE, as ops of kind
// opLock.
//
// All others go at PREPARE.

// KeepLock says that the transaction depends on a row that it has locked: a
// prepared branch holds that lock until its outcome.
func (t *Txn) KeepLock(tbl Table, key []byte) {
	if t.kept == nil {
		t.kept = make(map[string]struct{})
	}
	t.kept[string(tbl.fullKey(key))] = struct{}{}
}

// keptLock reports whether KeepLock was told of a row that l is the lock of.
func (t *Txn) keptLock(l lock.Lock) bool {
	tbl := Table{ID: l.Target.Table}
	if l.Target.Kind == lock.Row {
		_, ok := t.kept[string(tbl.fullKey(l.Target.Key))]
		return ok
	}
	lower, upper := tbl.bounds(l.Target.Key, l.Target.End) // of a table all of it
	for key := range t.kept {
		if key >= string(lower) && key < string(upper) {
			return true
		}
	}
	return false
}

// mustKeep reports whether a prepared branch holds l until its outcome.
func (t *Txn) mustKeep(l lock.Lock) bool {
	if t.opts.Isolation == Serializable || t.impliedLock(l) || t.keptLock(l) {
		return true
	}
	// An exclusive range may stand for the locks of rows in it, and an exclusive
	// table for the shared one.
	return l.Target.Kind != lock.Row && l.Mode == lock.Exclusive &&
		t.set.writes(Table{ID: l.Target.Table}.bounds(l.Target.Key, l.Target.End))
}

// impliedLock reports whether l follows from the writes.
func (t *Txn) impliedLock(l lock.Lock) bool {
	tbl := Table{ID: l.Target.Table}
	switch l.Target.Kind {
	case lock.Row:
		return t.set.get(tbl.fullKey(l.Target.Key)) != nil
	case lock.Table:
		return l.Mode == lock.Shared && t.set.writes(tbl.bounds(nil, nil))
	}
	return false
}

// noteLocks puts what PREPARE has to list into the write set.
func (t *Txn) noteLocks() {
	if t.opts.Isolation != Serializable && len(t.kept) == 0 {
		return
	}
	if t.set == noWrites {
		t.set = newWriteSet(t.e.opts.WriteSetMax)
	}
	t.set.locks = nil
	for _, l := range t.locks.Held() {
		if !t.impliedLock(l) && (t.opts.Isolation == Serializable || t.keptLock(l)) {
			t.set.locks = append(t.set.locks, l)
		}
	}
}

// restoreLocks takes after a restart what a branch kept.
func (t *Txn) restoreLocks() (err error) {
	t.locks.Init(t.e.locks, t.id)
	restore := func(target lock.Target, m lock.Mode) {
		if err == nil {
			err = t.locks.Restore(target, m)
		}
	}
	t.set.effective(func(o *op) {
		row := lockOf(o.key)
		restore(row, lock.Exclusive)
		restore(lock.OfTable(row.Table), lock.Shared)
	})
	for _, l := range t.set.locks {
		switch {
		case bug.On(bug.ReadLocksLost):
			continue
		case bug.On(bug.RangeLockNarrowed) && l.Target.Kind == lock.Range:
			l.Target = lock.OfRow(l.Target.Table, l.Target.Key)
		}
		restore(l.Target, l.Mode)
	}
	if err != nil {
		return fmt.Errorf("engine: locks of prepared branch %s: %w: %w", t.xid, ErrCorrupt, err)
	}
	t.locks.SetPrepared()
	return nil
}

// lockEndless begins the value of a range's op if it has no end; else it is the
// kind of the target.
const lockEndless = 0

// lockOp is l as an op of the log: the key is the full key of the row or of where
// the range begins, the value {u8 kind, end}.
func lockOp(l lock.Lock) *op {
	val := []byte{byte(l.Target.Kind)}
	if l.Target.Kind == lock.Range && l.Target.End == nil {
		val[0] = lockEndless
	}
	return &op{kind: opLock, key: Table{ID: l.Target.Table}.fullKey(l.Target.Key), val: append(val, l.Target.End...)}
}

// decodeLock is the inverse of lockOp; the lock aliases key and val.
func decodeLock(key, val []byte, m lock.Mode) (lock.Lock, error) {
	if len(val) == 0 || m != lock.Shared && m != lock.Exclusive {
		return lock.Lock{}, errBody
	}
	table, start, end := tableOfKey(key), key[prefixSize:], val[1:]
	switch {
	case lock.Kind(val[0]) == lock.Range:
		return lock.Lock{Target: lock.OfRange(table, start, end), Mode: m}, nil
	case len(end) > 0:
		return lock.Lock{}, errBody
	case lock.Kind(val[0]) == lock.Row:
		return lock.Lock{Target: lock.OfRow(table, start), Mode: m}, nil
	case lock.Kind(val[0]) == lock.Table && len(start) == 0:
		return lock.Lock{Target: lock.OfTable(table), Mode: m}, nil
	case val[0] == lockEndless:
		return lock.Lock{Target: lock.OfRange(table, start, nil), Mode: m}, nil
	}
	return lock.Lock{}, errBody
}
