package explore

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"

	"github.com/xadb/xadb/binlog"
	"github.com/xadb/xadb/engine"
	"github.com/xadb/xadb/fuzz/model"
	"github.com/xadb/xadb/fuzz/simdisk"
	"github.com/xadb/xadb/tclog"
	"github.com/xadb/xadb/xid"
)

var bg = context.Background()

// A session is a program on its disk: the store, what the model knows of it,
// and the transactions that are open.
type session struct {
	disk *simdisk.Disk
	mode Mode
	log  *tclog.Log
	hist *model.History
	rand *rand.Rand
	gate *gate

	slots  [slotCount]*open
	tables model.Tables // as they are committed now
	named  []*named     // prepared branches
	nextID int
	faults bool // errors are to be expected

	modes  []modeFrom // how the store was opened, and since when
	opened int        // Mode.logs at the last opening
	met    met
}

// met counts what a session has met of what is rare.
type met struct {
	kept    int64       // prepared branches that came back with locks of what they had read
	purged  int64       // binlog files that are gone
	resets  int64       // of the binlog
	undone  int64       // rollbacks to a savepoint in transactions of several chunks
	changes [3][3]int64 // openings, by Mode.logs of the one before and their own
}

// A modeFrom says that the store was opened in a mode after operation from.
type modeFrom struct {
	from int
	mode Mode
}

// modeAt is how the store was open at operation k.
func (s *session) modeAt(k int) Mode {
	m := s.modes[0].mode
	for _, f := range s.modes {
		if f.from < k {
			m = f.mode
		}
	}
	return m
}

// An open is a transaction in a slot.
type open struct {
	txn    *tclog.Txn
	id     int
	serial bool          // it is Serializable
	writes []model.Write // in order; a row may be written twice
	rows   []model.Row
	held   *model.Held
	points []point
	undone int64 // rollbacks to one of them
}

// A point is a savepoint.
type point struct {
	sp           tclog.Savepoint
	writes, rows int
}

// A named is a prepared branch.
type named struct {
	state int // in the history
	txn   *model.Txn
	kept  model.Kept // its locks
}

var tables = [model.TableCount]engine.Table{
	{ID: engine.FirstUserTable, DB: "d", Name: "t0"},
	{ID: engine.FirstUserTable + 1, DB: "d", Name: "t1"},
}

// logged is the tables as the binary log describes them.
var logged = func() (t [model.TableCount]*binlog.Table) {
	for i := range t {
		t[i] = &binlog.Table{
			ID: uint64(100 + i), DB: "d", Name: fmt.Sprintf("t%d", i),
			Columns: []binlog.Column{
				{Name: "k", Type: binlog.TypeVarchar, Length: 255, Collation: binlog.CollationBinary},
				{Name: "v", Type: binlog.TypeBlob, Length: 3, Collation: binlog.CollationBinary},
			},
			PrimaryKey: []int{0},
		}
	}
	return t
}()

// newSession prepares a session; start opens the store.
func newSession(d *simdisk.Disk, m Mode, start *model.Expectation, r *rand.Rand) *session {
	s := &session{disk: d, mode: m, rand: r, gate: &gate{}, modes: []modeFrom{{0, m}}, opened: m.logs()}
	s.hist = model.NewHistory(start, d.Ops)
	if start != nil {
		s.nextID = len(start.States)
	} else {
		s.hist.SetReplayed(m.Binlog)
	}
	return s
}

// end drops the store as a crash would.
func (s *session) end() {
	if s.log != nil {
		s.log.Abandon()
		s.log = nil
	}
}

// A brokenError says what broke, and where: no fault excuses it.
type brokenError struct{ error }

func (e brokenError) Unwrap() error { return e.error }

func violated(format string, args ...any) error { return brokenError{fmt.Errorf(format, args...)} }

// run does the steps one after the other.
func (s *session) run(steps []step) error {
	for i, st := range steps {
		if err := s.step(st); err != nil {
			return fmt.Errorf("step %d, %s: %w", i, st, err)
		}
		if v := s.disk.Violations(); len(v) > 0 {
			return violated("step %d, %s: broken rule of the disk: %s", i, st, v[0])
		}
	}
	return nil
}

func (s *session) step(st step) error {
	o := s.slots[st.slot]
	switch st.kind {
	case stepPut, stepDelete:
		return s.write(st)
	case stepRead:
		return s.read(st)
	case stepRange:
		return s.readRange(st)
	case stepSavepoint:
		if o != nil {
			o.points = append(o.points, point{o.txn.Savepoint(), len(o.writes), len(o.rows)})
		}
	case stepRollbackTo:
		return s.rollbackTo(o)
	case stepRollback:
		s.slots[st.slot] = nil
		if o != nil {
			return s.settle(s.log.Rollback(o.txn))
		}
	case stepCommit, stepPrepare, stepCommitXID, stepRollbackXID:
		if c := s.call(st); c != nil {
			c.run(s)
			if err := s.finish(c); err != nil {
				return err
			}
			return s.checkLocks()
		}
	case stepGroup:
		if err := s.group(); err != nil {
			return err
		}
		return s.checkLocks()
	case stepCheckpoint:
		return s.settle(s.log.Checkpoint(bg))
	case stepRotate:
		if s.mode.Binlog {
			return s.settle(s.log.Rotate(bg))
		}
	case stepPurge:
		return s.purge(st)
	case stepReset:
		return s.reset()
	case stepReopen:
		return s.reopen(st.modes)
	case stepRestart:
		return s.restart(st.modes)
	case stepFault:
		return s.inject(st.rule)
	case stepQuota:
		s.quota(st.size)
	}
	return nil
}

// settle judges an error outside of the model: only faults excuse it. A store
// that has stopped is started again.
func (s *session) settle(err error) error {
	if errors.As(err, new(brokenError)) {
		return err
	}
	if err != nil && !s.faults {
		return violated("unexpected error: %w", err)
	}
	if s.log.Failed() != nil {
		if !s.faults {
			return violated("the store stopped: %w", s.log.Failed())
		}
		return s.restart(0)
	}
	return nil
}

// inSlot returns the transaction in the step's slot, which it begins if need be.
func (s *session) inSlot(st step) *open {
	if s.slots[st.slot] == nil {
		o := engine.TxnOptions{}
		if st.serial {
			o.Isolation = engine.Serializable
		}
		t := s.log.BeginWith(o)
		t.SetLockTimeout(0)
		s.slots[st.slot] = &open{txn: t, id: s.nextID, serial: st.serial, held: &model.Held{RowsMax: lockRowsMax}}
		s.nextID++
	}
	return s.slots[st.slot]
}

// write puts or deletes a row, and reads it before.
func (s *session) write(st step) error {
	o := s.inSlot(st)
	st.flag = true
	old, there, err := s.lockRow(o, st)
	if err != nil {
		return s.settleLock(err)
	}
	key := model.KeyName(st.key)
	tbl := tables[st.table]
	w := model.Write{Table: st.table, Key: key, Gone: st.kind == stepDelete}
	row := model.Row{Table: st.table, Key: key}
	if there {
		row.Before = &old
	}
	if w.Gone {
		err = o.txn.Delete(bg, tbl, []byte(key))
	} else {
		w.Value = value(o.id, len(o.writes), st.size)
		row.After = &w.Value
		err = o.txn.Put(bg, tbl, []byte(key), []byte(w.Value))
	}
	if err == nil && (row.Before != nil || row.After != nil) {
		err = s.logRow(o, row)
	}
	if err != nil {
		return s.settle(err)
	}
	o.held.Table(st.table)
	o.writes = append(o.writes, w)
	return nil
}

// logRow gives the binary log its part of a write.
func (s *session) logRow(o *open, r model.Row) error {
	if !s.mode.Binlog {
		return nil
	}
	change := binlog.RowChange{}
	kind := binlog.UpdateRows
	if r.Before != nil {
		change.Before = []binlog.Value{[]byte(r.Key), []byte(*r.Before)}
	} else {
		kind = binlog.WriteRows
	}
	if r.After != nil {
		change.After = []binlog.Value{[]byte(r.Key), []byte(*r.After)}
	} else {
		kind = binlog.DeleteRows
	}
	o.rows = append(o.rows, r)
	return o.txn.LogRows(logged[r.Table], kind, []binlog.RowChange{change})
}

// value is one no other write has.
func value(id, n, size int) string {
	v := fmt.Sprintf("t%d.%d.", id, n)
	return v + strings.Repeat(string(rune('a'+(id+n)%26)), size)
}

// view is a row as the transaction sees it.
func (o *open) view(committed model.Tables, table int, key string) (string, bool) {
	for i := len(o.writes) - 1; i >= 0; i-- {
		if w := o.writes[i]; w.Table == table && w.Key == key {
			return w.Value, !w.Gone
		}
	}
	v, ok := committed[table][key]
	return v, ok
}

func (s *session) rollbackTo(o *open) error {
	if o == nil || len(o.points) == 0 {
		return nil
	}
	p := o.points[len(o.points)-1]
	o.points = o.points[:len(o.points)-1]
	if err := o.txn.RollbackTo(p.sp); err != nil {
		return s.settle(err)
	}
	if p.writes < len(o.writes) {
		o.undone++
	}
	o.writes, o.rows = o.writes[:p.writes], o.rows[:p.rows]
	return nil
}

// result is the transaction for the model: the last write of each row.
func (o *open) result(x *model.XID) *model.Txn {
	t := &model.Txn{ID: o.id, XID: x, Rows: append([]model.Row(nil), o.rows...)}
	for i, w := range o.writes {
		last := true
		for _, later := range o.writes[i+1:] {
			last = last && (later.Table != w.Table || later.Key != w.Key)
		}
		if last {
			t.Writes = append(t.Writes, w)
		}
	}
	if x != nil {
		t.Locks = o.held.Restored(o.serial, t.Writes)
	}
	return t
}

// meet counts what is rare in a transaction that is to be committed or prepared.
func (s *session) meet(o *open) {
	if o.chunked() {
		s.met.undone += o.undone
	}
}

// chunked reports whether the writes are too many for one record of the log.
func (o *open) chunked() bool {
	n := 0
	for _, w := range o.writes {
		n += len(w.Value)
	}
	return n > chunkSize
}

// toXID makes the engine's form of a name.
func toXID(x model.XID) xid.XID {
	out, err := xid.New(x.Format, x.Gtrid, x.Bqual)
	if err != nil {
		panic(err) // the pool of names holds none that is malformed
	}
	return out
}
