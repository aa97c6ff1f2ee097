package model

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"strings"

	"github.com/go-mysql-org/go-mysql/replication"
)

// A Kind is what a group in the binary log amounts to.
type Kind string

// The kinds.
const (
	GroupCommit   Kind = "commit"
	GroupPrepare  Kind = "xa prepare"
	GroupXACommit Kind = "xa commit"
	GroupRollback Kind = "xa rollback"
)

// A Group is one transaction in the binary log.
type Group struct {
	Kind Kind
	XID  *XID
	Rows []Row
	at   string // file and offset
}

var errBinlog = errors.New("model: binary log")

// ReadBinlog reads every file that the index names with go-mysql's parser, and
// checks what can be checked in the log alone: whole groups, GTIDs and
// sequence numbers without gaps, the set in front of each file. Where the index
// says that the log was reset, numbers begin anew, and no branch is prepared. A
// store that has no index yet has no groups.
func ReadBinlog(dir string, read func(name string) ([]byte, error)) (*Binlog, error) {
	index, err := read(dir + "/binlog.index")
	if err != nil {
		return &Binlog{}, nil
	}
	var r binlogReader
	for _, name := range strings.Split(strings.TrimSuffix(string(index), "\n"), "\n") {
		if strings.HasPrefix(name, ResetMark) {
			if err := r.reset(name); err != nil {
				return nil, fmt.Errorf("%w: %q in the index: %w", errBinlog, name, err)
			}
			continue
		}
		name = name[strings.LastIndexByte(name, '/')+1:]
		b, err := read(dir + "/" + name)
		if err != nil {
			return nil, fmt.Errorf("%w: %w", errBinlog, err)
		}
		if err := r.file(name, b); err != nil {
			return nil, fmt.Errorf("%w: %s: %w", errBinlog, name, err)
		}
	}
	return &Binlog{r.groups, r.gno}, nil
}

// A Binlog is a whole log.
type Binlog struct {
	Groups []Group
	Last   int64 // number of the last GTID; 0 behind a reset
}

// ResetMark begins the index's line of a reset, in front of the file that the
// log then began with: that name, and how many groups were there before.
const ResetMark = "#reset "

func (r *binlogReader) reset(line string) error {
	if want := fmt.Sprint(len(r.groups)); line[strings.LastIndexByte(line, ' ')+1:] != want {
		return fmt.Errorf("there are %s groups in front", want)
	}
	prepared := map[string]bool{}
	for _, g := range r.groups {
		switch g.Kind {
		case GroupPrepare:
			prepared[g.XID.String()] = true
		case GroupXACommit, GroupRollback:
			delete(prepared, g.XID.String())
		}
	}
	for x := range prepared {
		return fmt.Errorf("branch %s is prepared there", x)
	}
	r.gno = 0
	return nil
}

// inUse is where a file says, in its first event, that it is being written. The
// checksum counts the flag as clear (MySQL source, log_event.cc).
const inUse = 4 + 17

type binlogReader struct {
	groups []Group
	name   string
	gno    int64 // last
	seq    int64 // last in this file
	state  string
	now    Group
	ended  bool
}

func (r *binlogReader) file(name string, b []byte) error {
	if !bytes.HasPrefix(b, replication.BinLogFileHeader) {
		return errors.New("bad magic")
	}
	p := replication.NewBinlogParser()
	p.SetVerifyChecksum(true)
	r.name, r.seq, r.state, r.ended = name, 0, "", false
	if b = bytes.Clone(b); len(b) > inUse {
		b[inUse] &^= 1
	}
	if err := p.ParseReader(bytes.NewReader(b[len(replication.BinLogFileHeader):]), r.event); err != nil {
		return err
	}
	if r.state != "" {
		return fmt.Errorf("ends inside a group, after %s", r.state)
	}
	return nil
}

func (r *binlogReader) event(ev *replication.BinlogEvent) error {
	if r.ended {
		return errors.New("events behind the end")
	}
	switch e := ev.Event.(type) {
	case *replication.FormatDescriptionEvent:
	case *replication.PreviousGTIDsEvent:
		return r.previous(e.GTIDSets)
	case *replication.RotateEvent:
		r.ended = true
	case *replication.GTIDEvent:
		return r.gtid(ev, e)
	case *replication.QueryEvent:
		return r.query(string(e.Query))
	case *replication.TableMapEvent:
		return r.in("begin", "rows")
	case *replication.RowsEvent:
		return r.rows(e)
	case *replication.XIDEvent:
		if err := r.in("begin", "rows"); err != nil {
			return err
		}
		return r.end(GroupCommit)
	default:
		switch ev.Header.EventType {
		case replication.STOP_EVENT:
			r.ended = true
		case replication.XA_PREPARE_LOG_EVENT:
			return r.prepared(ev.RawData[replication.EventHeaderSize:])
		default:
			return fmt.Errorf("unexpected %s event", ev.Header.EventType)
		}
	}
	if r.state != "" {
		return fmt.Errorf("%s event inside a group", ev.Header.EventType)
	}
	return nil
}

// in checks that the group is in one of the states.
func (r *binlogReader) in(states ...string) error {
	for _, s := range states {
		if r.state == s {
			return nil
		}
	}
	return fmt.Errorf("event out of place, state %q", r.state)
}

func (r *binlogReader) previous(set string) error {
	want := ""
	switch {
	case r.gno == 1:
		want = ":1"
	case r.gno > 1:
		want = fmt.Sprintf(":1-%d", r.gno)
	}
	if want == "" && set != "" || !strings.HasSuffix(set, want) || strings.Contains(set, ",") {
		return fmt.Errorf("previous GTIDs are %q, want %q", set, want)
	}
	return nil
}

func (r *binlogReader) gtid(ev *replication.BinlogEvent, e *replication.GTIDEvent) error {
	switch {
	case r.state != "":
		return fmt.Errorf("GTID event inside a group")
	case e.GNO != r.gno+1:
		return fmt.Errorf("GTID number %d follows %d", e.GNO, r.gno)
	case e.SequenceNumber != r.seq+1:
		return fmt.Errorf("sequence number %d follows %d", e.SequenceNumber, r.seq)
	case e.LastCommitted >= e.SequenceNumber || e.LastCommitted < 0:
		return fmt.Errorf("last committed %d in group %d", e.LastCommitted, e.SequenceNumber)
	}
	r.gno, r.seq, r.state = e.GNO, e.SequenceNumber, "gtid"
	r.now = Group{at: fmt.Sprintf("%s:%d", r.name, ev.Header.LogPos)}
	return nil
}

func (r *binlogReader) query(sql string) error {
	verb, rest := sql, ""
	if i := strings.Index(sql, " X'"); i >= 0 {
		verb, rest = sql[:i], sql[i+1:]
		x, err := parseXID(rest)
		if err != nil {
			return err
		}
		if r.now.XID != nil && !r.now.XID.Same(x) {
			return fmt.Errorf("%q in a group of %s", sql, r.now.XID)
		}
		r.now.XID = &x
	}
	need, next, kind := "gtid", "begin", Kind("")
	switch verb {
	case "BEGIN":
	case "XA START":
	case "XA END":
		need, next = r.state, "xa end"
	case "XA COMMIT":
		kind = GroupXACommit
	case "XA ROLLBACK":
		kind = GroupRollback
	default:
		return fmt.Errorf("unexpected statement %q", sql)
	}
	if r.state != need || verb == "XA END" && r.state != "begin" && r.state != "rows" {
		return fmt.Errorf("%q after %q", sql, r.state)
	}
	r.state = next
	if kind != "" {
		return r.end(kind)
	}
	return nil
}

func (r *binlogReader) end(k Kind) error {
	r.now.Kind = k
	r.groups = append(r.groups, r.now)
	r.state = ""
	return nil
}

// prepared reads an XA_PREPARE event: u8 one phase, i32 formatID, u32 length of
// gtrid, u32 length of bqual, both (MySQL manual, XA_prepare_log_event).
func (r *binlogReader) prepared(b []byte) error {
	if err := r.in("xa end"); err != nil {
		return err
	}
	const head, sum = 13, 4
	if len(b) < head+sum || b[0] != 0 {
		return errors.New("bad XA_PREPARE event")
	}
	g, q := int(binary.LittleEndian.Uint32(b[5:])), int(binary.LittleEndian.Uint32(b[9:]))
	if len(b) != head+g+q+sum {
		return errors.New("bad lengths in an XA_PREPARE event")
	}
	x := XID{
		Format: int64(int32(binary.LittleEndian.Uint32(b[1:]))),
		Gtrid:  b[head : head+g], Bqual: b[head+g : head+g+q],
	}
	if !x.Same(*r.now.XID) {
		return fmt.Errorf("XA_PREPARE of %s in a group of %s", x, r.now.XID)
	}
	return r.end(GroupPrepare)
}

func (r *binlogReader) rows(e *replication.RowsEvent) error {
	if err := r.in("begin", "rows"); err != nil {
		return err
	}
	r.state = "rows"
	table := -1
	for i := range TableCount {
		if string(e.Table.Schema)+"."+string(e.Table.Table) == TableName(i) {
			table = i
		}
	}
	if table < 0 {
		return fmt.Errorf("rows of an unknown table %s.%s", e.Table.Schema, e.Table.Table)
	}
	step := 1
	if e.Type() == replication.EnumRowsEventTypeUpdate {
		step = 2
	}
	for i := 0; i+step <= len(e.Rows); i += step {
		key, val := text(e.Rows[i][0]), text(e.Rows[i][1])
		row := Row{Table: table, Key: key}
		switch e.Type() {
		case replication.EnumRowsEventTypeInsert:
			row.After = &val
		case replication.EnumRowsEventTypeDelete:
			row.Before = &val
		default:
			after := text(e.Rows[i+1][1])
			row.Before, row.After = &val, &after
		}
		r.now.Rows = append(r.now.Rows, row)
	}
	return nil
}

func text(v any) string {
	switch v := v.(type) {
	case string:
		return v
	case []byte:
		return string(v)
	}
	return fmt.Sprint(v)
}
