package explore

import (
	"errors"
	"fmt"

	"github.com/xadb/xadb/engine"
	"github.com/xadb/xadb/engine/lock"
	"github.com/xadb/xadb/fuzz/model"
	"github.com/xadb/xadb/tclog"
)

// errLocked: the lock was refused, as it had to be.
var errLocked = errors.New("explore: locked by another")

// settleLock is settle for a call that asked for a lock.
func (s *session) settleLock(err error) error {
	if errors.Is(err, errLocked) {
		return nil
	}
	return s.settle(err)
}

// others is what is locked by anybody but the transaction; by all, if it is nil.
func (s *session) others(but *open) *model.Kept {
	var k model.Kept
	for _, o := range s.slots {
		if o != nil && o != but {
			k.Add(o.held.Kept())
		}
	}
	for _, b := range s.named {
		k.Add(b.kept)
	}
	return &k
}

// judge compares how a lock was answered with what the model says.
func (s *session) judge(granted bool, err error) error {
	switch locked := errors.Is(err, engine.ErrLockTimeout); {
	case granted && locked:
		return violated("nobody stands in the way, and still: %w", err)
	case locked:
		return errLocked
	case !granted && err == nil:
		return violated("granted, though another has locked it")
	}
	return err
}

// lockMode is what the step asks for.
func (st step) lockMode() model.LockMode {
	if st.flag {
		return model.Exclusive
	}
	return model.Shared
}

// lockRow reads a row and locks it, and checks what it finds.
func (s *session) lockRow(o *open, st step) (val string, there bool, err error) {
	m, key, tbl := st.lockMode(), model.KeyName(st.key), tables[st.table]
	granted := o.held.Row(s.others(o), st.table, model.KeyCell(st.key), m)
	var got []byte
	if o.serial && m == model.Shared {
		got, there, err = o.txn.Get(tbl, []byte(key))
	} else {
		got, there, err = o.txn.GetForUpdate(bg, tbl, []byte(key), lock.Mode(m))
	}
	if err = s.judge(granted, err); err != nil {
		return "", false, fmt.Errorf("row %s of t%d: %w", key, st.table, err)
	}
	want, inModel := o.view(s.tables, st.table, key)
	if there != inModel || string(got) != want {
		return "", false, violated("row %s of t%d reads as %.40q (%t), want %.40q (%t)", key, st.table, got, there, want, inModel)
	}
	return want, there, nil
}

// read reads a row and keeps it locked.
func (s *session) read(st step) error {
	_, _, err := s.lockRow(s.inSlot(st), st)
	return s.settleLock(err)
}

// readRange locks a range. Under Serializable reading it does so.
func (s *session) readRange(st step) error {
	o, m := s.inSlot(st), st.lockMode()
	from, to := model.KeyCell(st.key), model.Cells
	start, end := []byte(model.KeyName(st.key)), []byte(nil)
	if st.key == 0 {
		from, start = 0, nil
	}
	if st.to > st.key && st.to < model.KeyCount {
		to, end = model.KeyCell(st.to), []byte(model.KeyName(st.to))
	}
	granted := o.held.Range(s.others(o), st.table, from, to, m)
	if !o.serial || m == model.Exclusive {
		return s.settleLock(s.judge(granted, o.txn.LockRange(bg, tables[st.table], start, end, lock.Mode(m))))
	}
	it := o.txn.Scan(tables[st.table], start, end)
	found := map[string]string{}
	for it.Next() {
		found[string(it.Key())] = string(it.Value())
	}
	if err := s.judge(granted, it.Close()); err != nil {
		return s.settleLock(err)
	}
	for i := st.key; i < model.KeyCount && model.KeyCell(i) < to; i++ {
		key := model.KeyName(i)
		got, there := found[key]
		if want, inModel := o.view(s.tables, st.table, key); there != inModel || got != want {
			return violated("row %s of t%d is scanned as %.40q (%t), want %.40q (%t)", key, st.table, got, there, want, inModel)
		}
		delete(found, key)
	}
	if len(found) > 0 {
		return violated("a scan of t%d from k%d to k%d finds %v as well", st.table, st.key, st.to, found)
	}
	return nil
}

// checkLocks tries every cell of the tables, all of a table, and its definition:
// what is locked is refused to others, and nothing else is (I10, C15).
func (s *session) checkLocks() error {
	held := s.others(nil)
	for t := range tables {
		for c := range model.Cells {
			if err := s.tryCell(t, c, held.Rows[t][c]); err != nil {
				return s.settle(err)
			}
		}
		if err := s.tryTable(t, held); err != nil {
			return s.settle(err)
		}
	}
	return nil
}

// tryCell tries to write a row, there or not, and to lock it Shared.
func (s *session) tryCell(table, cell int, is model.LockMode) error {
	key := []byte(model.CellKey(cell))
	err := s.try(is != model.Unlocked, func(txn *tclog.Txn) error { return txn.Put(bg, tables[table], key, []byte("x")) })
	if err == nil {
		err = s.try(is == model.Exclusive, func(txn *tclog.Txn) error {
			if got, err := txn.TryLock(tables[table], key, lock.Shared); got || err != nil {
				return err
			}
			return engine.ErrLockTimeout
		})
	}
	if err != nil {
		return fmt.Errorf("row %s of t%d, with lock mode %d: %w", key, table, is, err)
	}
	return nil
}

// tryTable tries to lock all rows of a table, and the table.
func (s *session) tryTable(table int, held *model.Kept) error {
	is := held.Meets(table, 0, model.Cells)
	for _, m := range []lock.Mode{lock.Shared, lock.Exclusive} {
		locked := is == model.Exclusive || is == model.Shared && m == lock.Exclusive
		err := s.try(locked, func(txn *tclog.Txn) error { return txn.LockRange(bg, tables[table], nil, nil, m) })
		if err != nil {
			return fmt.Errorf("all rows of t%d, with lock mode %d, in mode %s: %w", table, is, m, err)
		}
	}
	err := s.try(held.Tables[table], func(txn *tclog.Txn) error { return txn.LockTable(bg, tables[table], lock.Exclusive) })
	if err != nil {
		return fmt.Errorf("t%d, in use by others %t: %w", table, held.Tables[table], err)
	}
	return nil
}

// try asks for a lock in a transaction of its own, which then gives up.
func (s *session) try(locked bool, ask func(*tclog.Txn) error) error {
	txn := s.log.Begin()
	txn.SetLockTimeout(0)
	err := s.judge(!locked, ask(txn))
	if rerr := s.log.Rollback(txn); rerr != nil {
		return fmt.Errorf("rolling back: %w", rerr)
	}
	if err == errLocked {
		return nil
	}
	return err
}
