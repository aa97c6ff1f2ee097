package engine

import (
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"

	"github.com/xadb/xadb/xid"
)

const (
	commitBody     = 40
	rollbackBody   = 32
	inTCBody       = 24
	checkpointHead = 40
	appliedSize    = 36
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
	tc       TCPos    // up to here the coordinator's own log is durable and known here
	mode     uint32   // see Options.TCMode
	branches []uint64 // prepare LSNs of unresolved branches
}

func (c checkpointRec) encode(b []byte) []byte {
	b = le.AppendUint64(b, c.commitNo)
	b = le.AppendUint64(b, c.keepFrom)
	b = le.AppendUint32(b, uint32(len(c.branches)))
	b = le.AppendUint32(b, c.tc.File)
	b = le.AppendUint64(b, c.tc.Offset)
	b = le.AppendUint32(b, c.mode)
	b = le.AppendUint32(b, 0)
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
		tc: TCPos{File: le.Uint32(b[20:]), Offset: le.Uint64(b[24:])}, mode: le.Uint32(b[32:])}
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
	batch    uint64 // counts the batches
}

func (a appliedRow) encode() []byte {
	b := le.AppendUint64(make([]byte, 0, appliedSize), a.commitNo)
	b = le.AppendUint64(b, a.logEnd)
	b = le.AppendUint64(b, a.tc.Offset)
	b = le.AppendUint32(b, a.tc.File)
	return le.AppendUint64(b, a.batch)
}

func decodeApplied(b []byte) (a appliedRow, err error) {
	if len(b) != appliedSize {
		return a, fmt.Errorf("engine: applied row of %d bytes: %w", len(b), ErrCorrupt)
	}
	return appliedRow{commitNo: le.Uint64(b), logEnd: le.Uint64(b[8:]),
		tc: TCPos{Offset: le.Uint64(b[16:]), File: le.Uint32(b[24:])}, batch: le.Uint64(b[28:])}, nil
}
