package engine

import (
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"

	"github.com/xadb/xadb/xid"
)

// Flags of a PREPARE body.
const (
	flagExternal  = 1 // a client's branch: only its owner decides
	flagReadOnly  = 2 // nothing was written
	flagBinlogged = 4 // the outcome is in the coordinator's log (C4)
)

const (
	prepareHead    = xid.EncodedSize + 24
	commitTail     = 16
	commitBody     = 40
	rollbackBody   = 32
	inTCBody       = 24
	checkpointHead = 32
	appliedSize    = 28
	opHead         = 12
)

var (
	le         = binary.LittleEndian
	castagnoli = crc32.MakeTable(crc32.Castagnoli)
	errBody    = errors.New("malformed record body")
)

// A TCPos is a place in the transaction coordinator's log: the end of the
// group that holds a decision. The zero value is "nowhere".
type TCPos struct {
	File   uint32
	Offset uint64
}

// Less reports whether p lies before q.
func (p TCPos) Less(q TCPos) bool {
	if p.File != q.File {
		return p.File < q.File
	}
	return p.Offset < q.Offset
}

func maxPos(p, q TCPos) TCPos {
	if p.Less(q) {
		return q
	}
	return p
}

func xidCRC(x xid.XID) uint32 { return crc32.Checksum(x.Encode(nil), castagnoli) }

// encodePrepare appends the body of a PREPARE record.
func encodePrepare(b []byte, x xid.XID, flags uint32, w *writeSet) []byte {
	b = x.Encode(b)
	head := len(b)
	b = append(b, make([]byte, prepareHead-xid.EncodedSize)...)
	place, tables := w.usedTables()
	for _, t := range tables {
		b = le.AppendUint16(b, uint16(len(t.DB)))
		b = le.AppendUint16(b, uint16(len(t.Name)))
		b = append(append(b, t.DB...), t.Name...)
	}
	var n uint32
	opsAt := len(b)
	w.effective(func(o *op) {
		n++
		b = append(b, byte(o.kind), 0)
		b = le.AppendUint16(b, uint16(place[o.table]))
		b = le.AppendUint32(b, uint32(len(o.key)))
		b = le.AppendUint32(b, uint32(len(o.val)))
		b = append(append(b, o.key...), o.val...)
	})
	le.PutUint32(b[head:], n)
	le.PutUint32(b[head+4:], uint32(len(tables)))
	le.PutUint64(b[head+8:], uint64(len(b)-opsAt))
	le.PutUint32(b[head+16:], flags)
	return b
}

// A prepareRec is a decoded PREPARE body. Its ops alias the body.
type prepareRec struct {
	xid   xid.XID
	flags uint32
	set   *writeSet
	rest  []byte // what follows the ops
}

func decodePrepare(b []byte) (*prepareRec, error) {
	if len(b) < prepareHead {
		return nil, errBody
	}
	p := &prepareRec{set: newWriteSet(len(b))}
	if x, err := xid.Decode(b[:xid.EncodedSize]); err == nil {
		p.xid = x
	} else if !isNullXID(b) {
		return nil, fmt.Errorf("%w: %w", errBody, err)
	}
	h := b[xid.EncodedSize:prepareHead]
	nOps, nTables, opsLen := le.Uint32(h), le.Uint32(h[4:]), le.Uint64(h[8:])
	p.flags = le.Uint32(h[16:])
	b = b[prepareHead:]
	for range nTables {
		var t Table
		var err error
		if t, b, err = decodeTable(b); err != nil {
			return nil, err
		}
		p.set.tables = append(p.set.tables, t)
	}
	if uint64(len(b)) < opsLen {
		return nil, errBody
	}
	p.rest = b[opsLen:]
	return p, p.decodeOps(b[:opsLen], nOps)
}

// isNullXID reports whether the body begins with the XID of COMMIT_1PC:
// formatID -1 and nothing else.
func isNullXID(b []byte) bool {
	for i, c := range b[:xid.EncodedSize] {
		if i < 8 && c != 0xff || i >= 8 && c != 0 {
			return false
		}
	}
	return true
}

func decodeTable(b []byte) (Table, []byte, error) {
	if len(b) < 4 {
		return Table{}, nil, errBody
	}
	db, name := int(le.Uint16(b)), int(le.Uint16(b[2:]))
	b = b[4:]
	if len(b) < db+name {
		return Table{}, nil, errBody
	}
	return Table{DB: string(b[:db]), Name: string(b[db : db+name])}, b[db+name:], nil
}

// decodeOps fills the write set. A table's ID is in its keys.
func (p *prepareRec) decodeOps(b []byte, n uint32) error {
	for range n {
		if len(b) < opHead {
			return errBody
		}
		kind, table := opKind(b[0]), int(le.Uint16(b[2:]))
		klen, vlen := uint64(le.Uint32(b[4:])), uint64(le.Uint32(b[8:]))
		b = b[opHead:]
		if uint64(len(b)) < klen+vlen || klen < prefixSize || table >= len(p.set.tables) {
			return errBody
		}
		if kind != opSet && kind != opDelete {
			return errBody
		}
		key, val := b[:klen], b[klen:klen+vlen]
		b = b[klen+vlen:]
		p.set.tables[table].ID = tableOfKey(key)
		if err := p.set.add(p.set.tables[table], kind, key, val); err != nil {
			return err
		}
	}
	if len(b) != 0 {
		return errBody
	}
	return nil
}

// A commitRec is the body of a COMMIT record.
type commitRec struct {
	prepareLSN uint64
	commitNo   uint64
	unixNano   int64
	tc         TCPos
	crc        uint32
}

func (c commitRec) encode(b []byte) []byte {
	b = le.AppendUint64(b, c.prepareLSN)
	b = le.AppendUint64(b, c.commitNo)
	b = le.AppendUint64(b, uint64(c.unixNano))
	b = le.AppendUint64(b, c.tc.Offset)
	b = le.AppendUint32(b, c.tc.File)
	return le.AppendUint32(b, c.crc)
}

func decodeCommit(b []byte) (c commitRec, err error) {
	if len(b) != commitBody {
		return c, errBody
	}
	return commitRec{
		prepareLSN: le.Uint64(b),
		commitNo:   le.Uint64(b[8:]),
		unixNano:   int64(le.Uint64(b[16:])),
		tc:         TCPos{Offset: le.Uint64(b[24:]), File: le.Uint32(b[32:])},
		crc:        le.Uint32(b[36:]),
	}, nil
}

// A rollbackRec is the body of a ROLLBACK record.
type rollbackRec struct {
	prepareLSN uint64
	crc        uint32
	tc         TCPos
}

func (r rollbackRec) encode(b []byte) []byte {
	b = le.AppendUint64(b, r.prepareLSN)
	b = le.AppendUint32(b, 0)
	b = le.AppendUint32(b, r.crc)
	b = le.AppendUint64(b, r.tc.Offset)
	b = le.AppendUint32(b, r.tc.File)
	return le.AppendUint32(b, 0)
}

func decodeRollback(b []byte) (r rollbackRec, err error) {
	if len(b) != rollbackBody {
		return r, errBody
	}
	return rollbackRec{
		prepareLSN: le.Uint64(b),
		crc:        le.Uint32(b[12:]),
		tc:         TCPos{Offset: le.Uint64(b[16:]), File: le.Uint32(b[24:])},
	}, nil
}

// An inTCRec is the body of a PREPARED_IN_TC record.
type inTCRec struct {
	prepareLSN uint64
	tc         TCPos
	crc        uint32
}

func (r inTCRec) encode(b []byte) []byte {
	b = le.AppendUint64(b, r.prepareLSN)
	b = le.AppendUint64(b, r.tc.Offset)
	b = le.AppendUint32(b, r.tc.File)
	return le.AppendUint32(b, r.crc)
}

func decodeInTC(b []byte) (r inTCRec, err error) {
	if len(b) != inTCBody {
		return r, errBody
	}
	return inTCRec{
		prepareLSN: le.Uint64(b),
		tc:         TCPos{Offset: le.Uint64(b[8:]), File: le.Uint32(b[16:])},
		crc:        le.Uint32(b[20:]),
	}, nil
}

// A checkpointRec is the body of a CHECKPOINT record.
type checkpointRec struct {
	commitNo uint64
	keepFrom uint64
	tc       TCPos
	branches []uint64 // prepare LSNs of unresolved branches
}

func (c checkpointRec) encode(b []byte) []byte {
	b = le.AppendUint64(b, c.commitNo)
	b = le.AppendUint64(b, c.keepFrom)
	b = le.AppendUint32(b, uint32(len(c.branches)))
	b = le.AppendUint32(b, c.tc.File)
	b = le.AppendUint64(b, c.tc.Offset)
	for _, lsn := range c.branches {
		b = le.AppendUint64(b, lsn)
	}
	return b
}

func decodeCheckpoint(b []byte) (c checkpointRec, err error) {
	if len(b) < checkpointHead {
		return c, errBody
	}
	n := uint64(le.Uint32(b[16:]))
	if uint64(len(b)) != checkpointHead+8*n {
		return c, errBody
	}
	c = checkpointRec{commitNo: le.Uint64(b), keepFrom: le.Uint64(b[8:]),
		tc: TCPos{File: le.Uint32(b[20:]), Offset: le.Uint64(b[24:])}}
	for i := range n {
		c.branches = append(c.branches, le.Uint64(b[checkpointHead+8*i:]))
	}
	return c, nil
}

// An appliedRow says how far pebble is.
type appliedRow struct {
	commitNo uint64
	logEnd   uint64
	tc       TCPos
}

func (a appliedRow) encode() []byte {
	b := le.AppendUint64(make([]byte, 0, appliedSize), a.commitNo)
	b = le.AppendUint64(b, a.logEnd)
	b = le.AppendUint64(b, a.tc.Offset)
	return le.AppendUint32(b, a.tc.File)
}

func decodeApplied(b []byte) (a appliedRow, err error) {
	if len(b) != appliedSize {
		return a, fmt.Errorf("engine: applied row of %d bytes: %w", len(b), ErrCorrupt)
	}
	return appliedRow{commitNo: le.Uint64(b), logEnd: le.Uint64(b[8:]),
		tc: TCPos{Offset: le.Uint64(b[16:]), File: le.Uint32(b[24:])}}, nil
}
