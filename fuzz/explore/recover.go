package explore

import (
	"errors"
	"fmt"
	"slices"
	"syscall"

	"github.com/xadb/xadb/fuzz/model"
	"github.com/xadb/xadb/fuzz/simdisk"
	"github.com/xadb/xadb/tclog"
	"github.com/xadb/xadb/xid"
)

// start opens the store and compares what it shows with the model.
func (s *session) start() error {
	if err := s.open(); err != nil {
		return violated("open: %w", err)
	}
	return s.look()
}

// open opens the store without a look at it.
func (s *session) open() error {
	s.modes = append(s.modes, modeFrom{s.disk.Ops(), s.mode})
	m := s.mode
	if s.faults {
		// When its Open fails, pebble 2.1.7 goes on to compact with what it has
		// closed, and panics.
		m.Automatic = false
	}
	s.gate.open(!m.Automatic)
	log, err := tclog.Open(bg, dir, m.options(gatedFS{s.disk.FS(), s.gate}))
	s.log = log
	if err == nil {
		s.met.changes[s.opened][m.logs()]++
		s.opened = m.logs()
	}
	return err
}

// look compares the open store with the model, which from then on knows what
// has become of everything.
func (s *session) look() error {
	o, err := s.observe()
	if err != nil {
		return err
	}
	want := s.hist.Now()
	seen, err := want.Check(o)
	if err != nil {
		return err
	}
	if err := s.checkBinlog(want, o, seen); err != nil {
		return err
	}
	s.hist.Observe(seen)
	s.tables, s.named, s.slots = o.Tables, nil, [slotCount]*open{}
	for i, m := range seen {
		if m == model.Prepared {
			t := want.States[i].Txn
			s.named = append(s.named, &named{i, t, t.Locks})
			if t.Locks.Reads(t.Writes) {
				s.met.kept++
			}
		}
	}
	if err := s.checkLocks(); err != nil {
		return err
	}
	if v := s.disk.Violations(); len(v) > 0 {
		return violated("broken rule of the disk: %s", v[0])
	}
	return nil
}

// observe reads everything that the store shows.
func (s *session) observe() (*model.Observation, error) {
	o := &model.Observation{Tables: model.NewTables()}
	list := s.log.Prepared()
	for _, p := range list {
		b := model.Branch{XID: fromXID(p.XID)}
		for _, t := range p.Tables {
			b.Tables = append(b.Tables, t.String())
		}
		o.Branches = append(o.Branches, b)
	}
	for _, batch := range []int{1, 2, len(list) + 1} {
		if err := s.checkRecover(list, batch); err != nil {
			return nil, err
		}
	}
	txn := s.log.Begin()
	defer s.log.Rollback(txn)
	for i, tbl := range tables {
		it := txn.Scan(tbl, nil, nil)
		for it.Next() {
			o.Tables[i][string(it.Key())] = string(it.Value())
		}
		if err := errors.Join(it.Err(), it.Close()); err != nil {
			return nil, violated("reading table %d: %w", i, err)
		}
	}
	return o, nil
}

func fromXID(x xid.XID) model.XID {
	return model.XID{Format: x.FormatID(), Gtrid: x.Gtrid(), Bqual: x.Bqual()}
}

// checkRecover asks the engine for its branches, batch at a time: the same
// ones as the listing, each once.
func (s *session) checkRecover(list []xid.Prepared, batch int) error {
	buf := make([]xid.Prepared, batch)
	var all []xid.Prepared
	for range len(list) + 2 {
		n := s.log.Engine().Recover(buf)
		all = append(all, buf[:n]...)
		if n < batch {
			break
		}
	}
	same := func(a, b xid.Prepared) bool {
		return fromXID(a.XID).Same(fromXID(b.XID)) && slices.Equal(a.Tables, b.Tables)
	}
	if !slices.EqualFunc(all, list, same) {
		return violated("Recover, %d at a time, returned %v, the listing is %v", batch, all, list)
	}
	return nil
}

func (s *session) checkBinlog(want *model.Expectation, o *model.Observation, seen []model.Mask) error {
	whole, err := s.wholeBinlog()
	if err != nil {
		return err
	}
	if err := s.checkGTIDs(whole); err != nil {
		return err
	}
	groups := whole.Groups
	if err := want.CheckBinlog(groups, seen); err != nil {
		return err
	}
	if !want.Replayed {
		return nil
	}
	replica, err := model.Replay(groups)
	if err != nil {
		return err
	}
	return replica.Same(o.Tables)
}

// restart kills the process and starts the next, on the same machine, so many
// modes further.
func (s *session) restart(modes int) error {
	s.disk.Restart()
	s.end()
	if s.faults && s.rand.IntN(4) == 0 {
		// The faults that are left hit the recovery.
		if err := s.open(); err == nil {
			if err := s.look(); err != nil && s.log.Failed() == nil && !isFault(err) {
				return fmt.Errorf("after a restart under faults: %w", err)
			}
		}
		s.disk.Restart()
		s.end()
	}
	s.disk.ClearFaults()
	s.disk.SetQuota(0)
	s.faults = false
	s.change(modes)
	if err := s.start(); err != nil {
		return fmt.Errorf("after a restart: %w", err)
	}
	return nil
}

// isFault reports whether the error is one that faults are made of.
func isFault(err error) bool {
	return errors.Is(err, syscall.EIO) || errors.Is(err, syscall.ENOSPC)
}

// reopen closes the store cleanly and opens it again, so many modes further.
func (s *session) reopen(modes int) error {
	if err := s.log.Close(bg); err != nil {
		if s.faults {
			return s.restart(0)
		}
		return violated("close: %w", err)
	}
	s.log = nil
	if err := s.gate.release(s.disk.FS()); err != nil && !s.faults {
		return violated("removing what the store has no use for: %w", err)
	}
	s.change(modes)
	if err := s.start(); err != nil {
		if s.faults {
			return s.restart(0)
		}
		return fmt.Errorf("after a clean close: %w", err)
	}
	return nil
}

// change has the store opened in another mode from now on, so many further,
// where that is allowed (C13): the binlog cannot be left while the outcome of a
// branch belongs there.
func (s *session) change(modes int) {
	m := s.mode
	for range modes {
		m = m.next()
	}
	if !m.Binlog && s.hist.Now().Binlogged() {
		return
	}
	if m.Binlog != s.mode.Binlog {
		s.hist.SetReplayed(false)
	}
	s.mode = m
}

// inject arms a fault.
func (s *session) inject(rule string) error {
	r, err := simdisk.ParseRule(rule)
	if err != nil {
		return err
	}
	s.faults = true
	return s.disk.Inject(r)
}

// quota leaves so many bytes on the disk; 0 lifts the limit, and a store that
// has not stopped by then works as before.
func (s *session) quota(left int) {
	if left == 0 {
		s.disk.SetQuota(0)
		s.faults = s.faults && len(s.disk.FaultHits()) > 0
		return
	}
	s.faults = true
	s.disk.SetQuota(0)
	usage, err := s.disk.FS().GetDiskUsage(dir)
	if err == nil {
		s.disk.SetQuota(int64(usage.UsedBytes) + int64(left))
	}
}
