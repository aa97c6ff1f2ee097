package explore

import (
	"errors"
	"slices"
	"sync"

	"github.com/xadb/xadb/engine"
	"github.com/xadb/xadb/fuzz/model"
	"github.com/xadb/xadb/xid"
)

// A call is one decision on its way: a commit, a prepare, or the outcome of a
// branch.
type call struct {
	verb  model.Verb
	state int          // in the history; -1: it must be refused with want
	want  error        // the only right answer, if the state is -1
	exec  func() error // may run beside others
	after func()       // on success, in the session's own goroutine
	again func() error // once more; must be refused; may be nil
	err   error
}

// run makes the call, between two marks in the history.
func (c *call) run(s *session) {
	if c.state < 0 {
		c.err = guarded(c.exec)
		return
	}
	returned := s.hist.Call(c.state, c.verb)
	c.err = guarded(c.exec)
	switch {
	case c.err == nil:
		returned(model.Done)
	case s.log.Failed() != nil:
		returned(model.Unknown)
	default:
		returned(model.Refused)
	}
}

// finish judges the answer and brings the session up to date.
func (s *session) finish(c *call) error {
	if c.state < 0 {
		if errors.Is(c.err, c.want) {
			return s.settle(nil)
		}
		if c.err != nil && s.faults {
			return s.settle(c.err)
		}
		return violated("the call returned %v, want %v", c.err, c.want)
	}
	if c.err != nil {
		return s.settle(c.err)
	}
	c.after()
	if c.again != nil && s.log.Failed() == nil {
		if err := c.again(); !errors.Is(err, engine.ErrUnknownXID) && !s.faults {
			return violated("the branch was decided a second time: %v", err)
		}
	}
	return s.settle(nil)
}

// call makes the call of a step; nil if the step does not apply.
func (s *session) call(st step) *call {
	switch st.kind {
	case stepCommit:
		return s.commit(st.slot)
	case stepPrepare:
		return s.prepare(st)
	}
	return s.decide(st)
}

func (s *session) commit(slot int) *call {
	o := s.slots[slot]
	if o == nil {
		return nil
	}
	s.slots[slot] = nil
	t := o.result(nil)
	s.meet(o)
	return &call{
		verb: model.Commit, state: s.hist.Begin(t),
		exec: func() error {
			err := s.log.Commit(bg, o.txn)
			if err != nil {
				_ = s.log.Rollback(o.txn) // the caller's duty after a failed commit
			}
			return err
		},
		after: func() { applyTo(t, s.tables) },
	}
}

func applyTo(t *model.Txn, to model.Tables) {
	for _, w := range t.Writes {
		if w.Gone {
			delete(to[w.Table], w.Key)
		} else {
			to[w.Table][w.Key] = w.Value
		}
	}
}

// lookup finds the prepared branch of that name.
func (s *session) lookup(x model.XID) *named {
	for _, b := range s.named {
		if b.txn.XID.Same(x) {
			return b
		}
	}
	return nil
}

// prepare prepares what is in the slot, or an empty branch.
func (s *session) prepare(st step) *call {
	o := s.inSlot(st)
	x := toXID(st.xid)
	s.slots[st.slot] = nil
	t := o.result(&st.xid)
	s.meet(o)
	c := &call{verb: model.Prepare, state: -1}
	switch {
	case s.mode.Binlog && int64(int32(st.xid.Format)) != st.xid.Format:
		c.want = xid.ErrInvalid
	case s.lookup(st.xid) != nil:
		c.want = engine.ErrDuplicateXID
	default:
		c.state = s.hist.Begin(t)
	}
	c.exec = func() (err error) {
		reserved := false
		if st.flag {
			err = s.log.ReserveXID(x)
			reserved = err == nil
		}
		if err == nil {
			err = s.log.Prepare(bg, o.txn, x)
		}
		if err != nil {
			_ = s.log.Rollback(o.txn) // the caller's duty after a failed prepare
			if reserved {
				s.log.ReleaseXID(x)
			}
		}
		return err
	}
	c.after = func() { s.named = append(s.named, &named{c.state, t, o.held.Prepared(o.serial, t.Writes)}) }
	return c
}

// decide commits or rolls back by name: one of the prepared branches, or with
// the flag a name that is probably unknown.
func (s *session) decide(st step) *call {
	name := st.xid
	if len(s.named) > 0 && !st.flag {
		name = *s.named[st.slot%len(s.named)].txn.XID
	}
	x := toXID(name)
	c := &call{verb: model.CommitXID, state: -1, want: engine.ErrUnknownXID}
	c.exec = func() error { return s.log.CommitXID(bg, x) }
	if st.kind == stepRollbackXID {
		c.verb = model.RollbackXID
		c.exec = func() error { return s.log.RollbackXID(bg, x) }
	}
	b := s.lookup(name)
	if b == nil {
		return c
	}
	c.state, c.again = b.state, c.exec
	c.after = func() {
		if c.verb == model.CommitXID {
			applyTo(b.txn, s.tables)
		}
		s.named = slices.DeleteFunc(s.named, func(n *named) bool { return n == b })
	}
	return c
}

// group ends every open transaction, and decides some branches, all at once.
func (s *session) group() error {
	var calls []*call
	var taken []model.XID
	free := func(x model.XID) bool {
		return s.lookup(x) == nil && !slices.ContainsFunc(taken, x.Same)
	}
	for _, b := range slices.Clone(s.named) {
		if s.rand.IntN(2) == 0 {
			kind := stepCommitXID
			if s.rand.IntN(3) == 0 {
				kind = stepRollbackXID
			}
			c := s.decide(step{kind: kind, xid: *b.txn.XID, flag: true})
			taken = append(taken, *b.txn.XID)
			calls = append(calls, c)
		}
	}
	for i, o := range s.slots {
		if o == nil || len(o.writes) == 0 {
			continue
		}
		x := model.XID{Format: 1, Gtrid: []byte("group"), Bqual: []byte{byte('0' + i)}}
		if s.rand.IntN(3) == 0 && free(x) {
			taken = append(taken, x)
			calls = append(calls, s.prepare(step{slot: i, xid: x}))
		} else {
			calls = append(calls, s.commit(i))
		}
	}
	return s.together(calls)
}

// together makes calls at the same time.
func (s *session) together(calls []*call) error {
	if len(calls) > 1 {
		s.gate.set(true)
		defer s.gate.set(false)
	}
	var wg sync.WaitGroup
	for _, c := range calls {
		wg.Add(1)
		go func() {
			defer wg.Done()
			c.run(s)
		}()
	}
	wg.Wait()
	log := s.log
	for _, c := range calls {
		if s.log != log {
			break // an earlier one's failure has restarted the store, which saw it all
		}
		if err := s.finish(c); err != nil {
			return err
		}
	}
	return nil
}
