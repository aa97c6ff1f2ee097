package server

import (
	"context"
	"strings"
	"sync"

	"github.com/xadb/xadb/binlog"
	"github.com/xadb/xadb/server/auth"
	"github.com/xadb/xadb/server/mysqlerr"
)

// A nextGTID is what SET gtid_next has said of the session's next transaction, which is one of
// another server's, or of this one's before it was restored. The zero value is AUTOMATIC.
//
//	SET 'uuid:n' -> owned -> the transaction ends -> spent -> SET 'AUTOMATIC', or the next
//	             -> skipped, if it is executed already: what follows is passed over
type nextGTID struct {
	gtid  binlog.GTID
	state gtidState
}

type gtidState uint8

const (
	gtidAutomatic gtidState = iota
	gtidOwned
	gtidSkipped
	gtidSpent
)

// owners are who is about to execute which transaction of another server: one session at a time.
type owners struct {
	mu    sync.Mutex
	owned map[binlog.GTID]chan struct{} // closed when it is given back
}

// take makes g the caller's, once nobody else has it. It is false if g is executed.
func (o *owners) take(ctx context.Context, g binlog.GTID, log *binlog.Log) (bool, error) {
	for {
		o.mu.Lock()
		if log.LoggedGTIDs().Contains(g) {
			o.mu.Unlock()
			return false, nil
		}
		other, taken := o.owned[g]
		if !taken {
			if o.owned == nil {
				o.owned = map[binlog.GTID]chan struct{}{}
			}
			o.owned[g] = make(chan struct{})
			o.mu.Unlock()
			return true, nil
		}
		o.mu.Unlock()
		select {
		case <-other:
		case <-ctx.Done():
			return false, mysqlerr.Wrap(ctx.Err(), mysqlerr.QueryInterrupted)
		}
	}
}

func (o *owners) giveBack(g binlog.GTID) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if free, ok := o.owned[g]; ok {
		close(free)
		delete(o.owned, g)
	}
}

// assignNextGTID is SET gtid_next.
func (s *session) assignNextGTID(ctx context.Context, text string) error {
	if err := s.rights().RequireAny(auth.Super | auth.SystemVariablesAdmin | auth.ReplicationApplier); err != nil {
		return err
	}
	if s.txn != nil {
		return mysqlerr.New(mysqlerr.NotSettableInTransaction, "gtid_next")
	}
	if s.nextGTID.state == gtidOwned {
		return mysqlerr.New(mysqlerr.OwnsGTID, s.nextGTID.gtid)
	}
	log := s.srv.store.Binlog()
	if strings.EqualFold(text, "ANONYMOUS") {
		if log != nil && !log.Anonymous() {
			return mysqlerr.New(mysqlerr.AnonymousNeedsMode)
		}
		s.nextGTID = nextGTID{}
		return nil
	}
	g, err := parseNextGTID(text)
	if err != nil {
		return err
	}
	if s.nextGTID = (nextGTID{}); g == (binlog.GTID{}) {
		return nil
	}
	switch {
	case log == nil:
		return nil // nothing has a name
	case log.Anonymous():
		return mysqlerr.New(mysqlerr.GTIDNextNeedsMode)
	}
	own, err := s.srv.gtids.take(ctx, g, log)
	if err != nil {
		return err
	}
	if s.nextGTID = (nextGTID{g, gtidSkipped}); own {
		s.nextGTID.state = gtidOwned
	}
	return nil
}

// parseNextGTID reads a value of gtid_next; AUTOMATIC is zero.
func parseNextGTID(text string) (binlog.GTID, error) {
	if strings.EqualFold(text, "AUTOMATIC") {
		return binlog.GTID{}, nil
	}
	id, number, _ := strings.Cut(text, ":")
	g, err := binlog.ParseGTID(strings.TrimSpace(id), strings.TrimSpace(number))
	if err == nil {
		return g, nil
	}
	if _, err := binlog.ParseUUID(strings.TrimSpace(id)); err == nil && strings.Contains(number, ":") {
		return binlog.GTID{}, mysqlerr.New(mysqlerr.NotSupportedYet, "a GTID with a tag")
	}
	return binlog.GTID{}, mysqlerr.New(mysqlerr.MalformedGTID, text)
}

// passOver is whether a statement that begins or changes something is to be passed over, because
// its transaction is executed already; an error if nobody has said how it is called.
func (s *session) passOver() (bool, error) {
	switch s.nextGTID.state {
	case gtidSkipped:
		return true, nil
	case gtidSpent:
		return false, mysqlerr.New(mysqlerr.GTIDNextSpent, s.nextGTID.gtid)
	}
	return false, nil
}

// owned is what the session's transaction is called; zero if it gets the next name.
func (s *session) ownedGTID() binlog.GTID {
	if s.nextGTID.state == gtidOwned {
		return s.nextGTID.gtid
	}
	return binlog.GTID{}
}

// spendGTID is for when a transaction has ended, either way.
func (s *session) spendGTID() {
	switch s.nextGTID.state {
	case gtidOwned:
		s.srv.gtids.giveBack(s.nextGTID.gtid)
		s.nextGTID.state = gtidSpent
	case gtidSkipped:
		s.nextGTID.state = gtidSpent
	}
}
