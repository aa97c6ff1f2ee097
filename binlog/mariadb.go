package binlog

import (
	"encoding/binary"
	"errors"
	"fmt"
	"strings"

	"github.com/xadb/xadb/xid"
)

// The events of MariaDB alone (MariaDB Knowledge Base, Replication Protocol).
const (
	eventMariaDBGTID     EventType = 162
	eventMariaDBGTIDList EventType = 163
)

// Flags of a MariaDB GTID event.
const (
	mariaStandalone    = 0x01 // the group is one event, without a commit of its own
	mariaGroupCommit   = 0x02 // a commit id follows
	mariaTransactional = 0x04
	mariaParallel      = 0x08 // it may be tried beside those before it
	mariaDDL           = 0x20
	mariaPrepared      = 0x40 // a branch is prepared, whose XID follows
	mariaCompleted     = 0x80 // a branch is decided, whose XID follows
)

// mariaGTIDSizeMin is the least size of a GTID event's body, which is filled up
// with zeros: readers take 19 bytes for granted.
const mariaGTIDSizeMin = 19

// mariaPostHeaderLengths is the table of MariaDB 10.11.19.
var mariaPostHeaderLengths = func() []byte {
	t := make([]byte, 171)
	copy(t, []byte{
		0x38, 0x0d, 0x00, 0x08, 0x00, 0x12, 0x00, 0x04, 0x04, 0x04, 0x04, 0x12, 0x00, 0x00, 0xe4, 0x00,
		0x04, 0x1a, 0x08, 0x00, 0x00, 0x00, 0x08, 0x08, 0x08, 0x02, 0x00, 0x00, 0x00, 0x0a, 0x0a, 0x0a,
	})
	copy(t[39:], []byte{0x0a, 0x0a, 0x0a})                                                  // 40 to 42
	copy(t[160:], []byte{0x04, 0x13, 0x04, 0x00, 0x0d, 0x08, 0x08, 0x08, 0x0a, 0x0a, 0x0a}) // 161 to 171
	return t
}()

// A MariaDB makes of a log's events those of a MariaDB server, so that replicas
// of its kind have GTIDs, 0-server-number, and apply groups in parallel. Give it
// the events in order; those of one group, or of one file's head, are sent
// together.
//
// The number of a group is its place in the log, whichever server has named it.
//
// Groups that a replica may apply at the same time have one commit id: those
// behind each other none of which depends on one of them, as last_committed says.
type MariaDB struct {
	Version string // of the server that it seems to be
	// Before is how many groups with GTIDs are ahead of the file: its PREVIOUS_GTIDS says so, if
	// it is among the events.
	Before int64
	Rewriter

	gtid  Event // of the group that begins; what it is the next event says
	info  GTIDInfo
	batch int64 // sequence number of the first group with this commit id
	id    uint64
	out   []byte
	raw   []byte // gtid's bytes
}

// Event returns the events to send in place of ev, none or more, valid until the
// next call.
func (m *MariaDB) Event(ev Event) ([][]byte, error) {
	switch ev.Type {
	case EventFormatDescription:
		m.batch = 0
		return m.format(ev)
	case EventPreviousGTIDs:
		return m.gtidList(ev)
	case EventGTID:
		info, err := DecodeGTID(ev.Body())
		m.raw = append(m.raw[:0], ev.Raw...)
		m.gtid, m.info = Event{Header: ev.Header, Offset: ev.Offset, Raw: m.raw}, info
		return nil, err
	case EventQuery:
		if m.gtid.Raw != nil {
			return m.begin(ev)
		}
	}
	raw, err := m.Rewriter.Event(ev)
	return [][]byte{raw}, err
}

// format is FORMAT_DESCRIPTION with MariaDB's version and table of lengths.
func (m *MariaDB) format(ev Event) ([][]byte, error) {
	f, err := DecodeFormatDescription(ev.Body())
	if err != nil {
		return nil, err
	}
	m.out = beginEvent(m.out[:0], EventFormatDescription, 0)
	m.out = binary.LittleEndian.AppendUint16(m.out, binlogVersion)
	var name [versionSize]byte
	copy(name[:], m.Version)
	m.out = binary.LittleEndian.AppendUint32(append(m.out, name[:]...), f.Created)
	m.out = append(append(m.out, HeaderSize), mariaPostHeaderLengths...)
	return m.end(append(m.out, checksumAlgCRC32), ev)
}

func (m *MariaDB) end(b []byte, ev Event) ([][]byte, error) {
	m.out = endEvent(b, 0)
	sealEvent(m.out, ev.Timestamp, ev.ServerID, ev.LogPos)
	return [][]byte{m.out}, nil
}

// gtidList is what was before the file: the last number, if there is one.
func (m *MariaDB) gtidList(ev Event) ([][]byte, error) {
	var set GTIDSet
	if err := set.Decode(ev.Body()); err != nil {
		return nil, err
	}
	m.out = beginEvent(m.out[:0], eventMariaDBGTIDList, 0)
	last := set.Count()
	m.Before = last
	if last == 0 {
		return m.end(append(m.out, 0, 0, 0, 0, 0, 0), ev) // an empty list has six bytes
	}
	m.out = binary.LittleEndian.AppendUint32(m.out, 1)
	m.out = binary.LittleEndian.AppendUint32(m.out, 0)
	m.out = binary.LittleEndian.AppendUint32(m.out, ev.ServerID)
	return m.end(binary.LittleEndian.AppendUint64(m.out, uint64(last)), ev)
}

// begin sends a group's GTID, now that its first statement says what it is. BEGIN
// and XA START are in it.
func (m *MariaDB) begin(ev Event) ([][]byte, error) {
	q, err := DecodeQuery(ev.Body())
	if err != nil {
		return nil, err
	}
	gtid := m.gtid
	m.gtid = Event{}
	flags, text, own := byte(mariaStandalone|mariaParallel|mariaDDL), "", true
	for _, c := range []struct {
		prefix string
		flags  byte
		own    bool // the statement is sent, too
	}{
		{sqlXAStart, mariaTransactional | mariaParallel | mariaPrepared, false},
		{sqlXACommit, mariaStandalone | mariaTransactional | mariaParallel | mariaCompleted, true},
		{sqlXARollback, mariaStandalone | mariaTransactional | mariaParallel | mariaCompleted, true},
	} {
		if rest, ok := strings.CutPrefix(q.SQL, c.prefix); ok {
			flags, text, own = c.flags, rest, c.own
		}
	}
	if q.SQL == sqlBegin {
		flags, own = mariaTransactional|mariaParallel, false
	}
	if !own {
		gtid.LogPos = ev.LogPos // what is left out has been sent, if a replica asks from here on
	}
	out, err := m.appendGTID(gtid, flags, text)
	if err != nil || !own {
		return out, err
	}
	raw, err := m.Rewriter.Event(ev)
	return append(out, raw), err
}

// appendGTID makes MariaDB's GTID event of ours.
//
//	number 8 | domain 4 | flags 1 | [commit id 8] | [format 4, gtrid 1, bqual 1, both] | zeros
func (m *MariaDB) appendGTID(ev Event, flags byte, branch string) ([][]byte, error) {
	if m.batch == 0 || m.info.LastCommitted >= m.batch {
		m.batch, m.id = m.info.SequenceNumber, m.number()
	}
	flags |= mariaGroupCommit
	m.out = beginEvent(m.out[:0], eventMariaDBGTID, FlagSuppressUse)
	m.out = binary.LittleEndian.AppendUint64(m.out, m.number())
	m.out = binary.LittleEndian.AppendUint32(m.out, 0)
	m.out = binary.LittleEndian.AppendUint64(append(m.out, flags), m.id)
	if flags&(mariaPrepared|mariaCompleted) != 0 {
		x, err := xid.ParseText(branch)
		if err != nil {
			return nil, fmt.Errorf("%w: %w", errBadEvent, err)
		}
		m.out = binary.LittleEndian.AppendUint32(m.out, uint32(x.FormatID()))
		m.out = append(m.out, byte(len(x.Gtrid())), byte(len(x.Bqual())))
		m.out = append(append(m.out, x.Gtrid()...), x.Bqual()...)
	}
	for len(m.out)-HeaderSize < mariaGTIDSizeMin {
		m.out = append(m.out, 0)
	}
	return m.end(m.out, ev)
}

func (m *MariaDB) number() uint64 { return uint64(m.Before + m.info.SequenceNumber) }

// FirstGTIDs is the GTIDs of the first n groups behind the last Reset. An *IndexError if
// there are not as many.
func (l *Log) FirstGTIDs(n int64) (GTIDSet, error) {
	f, err := l.Follow(FollowOptions{After: l.numbers.Load().before + n, ToEnd: true})
	if err != nil {
		return GTIDSet{}, err
	}
	set, err := f.behind()
	return set, errors.Join(err, f.Close())
}

// behind is the GTIDs of all that is in front of where the Follower is, since the last Reset.
func (f *Follower) behind() (GTIDSet, error) {
	r, err := f.l.openGroups(f.at.File)
	if err != nil {
		return GTIDSet{}, err
	}
	r.SetLimit(int64(f.at.Offset))
	set := r.previous.Clone()
	for {
		g, ended, err := r.skip()
		if err != nil || ended || g.Kind == 0 {
			return set, errors.Join(err, r.Close())
		}
		set.Add(g.GTID)
	}
}

// Before is how many groups with GTIDs there are in the files ahead of the present one, since
// the last Reset.
func (s *Stream) Before() (int64, error) {
	r, err := s.l.openGroups(s.number)
	if err != nil {
		return 0, err
	}
	return r.previous.Count(), r.Close()
}
