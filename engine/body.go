package engine

import (
	"errors"
	"fmt"
	"math"

	"github.com/xadb/xadb/engine/lock"
	"github.com/xadb/xadb/internal/bug"
	"github.com/xadb/xadb/xid"
)

// Flags of a PREPARE body.
const (
	flagExternal  = 1 // a client's branch: only its owner decides
	flagReadOnly  = 2 // nothing was written
	flagBinlogged = 4 // the outcome is in the coordinator's log (C4)
	flagChunked   = 8 // the ops are in REDO_CHUNK records in front of it
)

const (
	bodyHead    = 24
	opHead      = 12
	prepareTail = 16
	commitTail  = 32
	chunkHead   = 8
)

var errChunks = errors.New("chunks are missing")

// A spill takes the ops for which a record of so many bytes is too small, as the
// bodies of REDO_CHUNKs.
type spill struct {
	size int
	log  func(chunk []byte) error
}

// encodeTxn appends to b what PREPARE, behind its XID, and COMMIT_1PC begin with
// for a transaction with these writes.
func encodeTxn(b []byte, flags uint32, w *writeSet, sp spill) ([]byte, error) {
	place, tables := w.usedTables()
	head := len(b)
	b = append(b, make([]byte, bodyHead)...)
	for _, t := range tables {
		b = le.AppendUint16(b, uint16(len(t.DB)))
		b = le.AppendUint16(b, uint16(len(t.Name)))
		b = append(append(b, t.DB...), t.Name...)
	}
	ops := opWriter{b: b, from: len(b), spill: sp}
	w.effective(func(o *op) { ops.add(o, 0, place[o.table]) })
	for _, l := range w.locks {
		ops.add(lockOp(l), l.Mode, 0)
	}
	if ops.chunks > 0 {
		if bug.On(bug.LastChunkLost) {
			ops.spill.log = func([]byte) error { return nil }
		}
		ops.cut()
		flags |= flagChunked
	}
	h := ops.b[head:]
	le.PutUint32(h, ops.n)
	le.PutUint32(h[4:], uint32(len(tables)))
	le.PutUint64(h[8:], uint64(len(ops.b)-ops.from))
	le.PutUint32(h[16:], flags)
	le.PutUint32(h[20:], ops.chunks)
	return ops.b, ops.err
}

// An opWriter appends ops to b, and spills those behind from when they become
// too many.
type opWriter struct {
	b         []byte
	from      int
	n, chunks uint32
	spill     spill
	err       error
}

func (w *opWriter) add(o *op, mode lock.Mode, table int) {
	size := opHead + len(o.key) + len(o.val)
	if len(w.b) > w.from && len(w.b)-w.from+size > w.spill.size {
		w.cut()
	}
	w.n++
	w.b = append(w.b, byte(o.kind), byte(mode))
	w.b = le.AppendUint16(w.b, uint16(table))
	w.b = le.AppendUint32(w.b, uint32(len(o.key)))
	w.b = le.AppendUint32(w.b, uint32(len(o.val)))
	w.b = append(append(w.b, o.key...), o.val...)
}

// cut spills the ops so far.
func (w *opWriter) cut() {
	ops := w.b[w.from:]
	c := le.AppendUint32(make([]byte, 0, chunkHead+len(ops)), w.chunks)
	c = append(le.AppendUint32(c, uint32(len(ops))), ops...)
	if w.err == nil {
		w.err = w.spill.log(c)
	}
	w.b = w.b[:w.from]
	w.chunks++
}

// appendPrepareTail ends a PREPARE: where the coordinator's log has it, and when
// it was, in seconds since 1970.
func appendPrepareTail(b []byte, tc TCPos, at uint32) []byte {
	b = le.AppendUint64(b, tc.Offset)
	b = le.AppendUint32(b, tc.File)
	return le.AppendUint32(b, at)
}

// appendCommitTail ends a COMMIT_1PC.
func appendCommitTail(b []byte, number uint64, unixNano int64, tc TCPos) []byte {
	b = le.AppendUint64(b, number)
	b = le.AppendUint64(b, uint64(unixNano))
	return appendPrepareTail(b, tc, 0)
}

// A loggedTxn is a decoded PREPARE or COMMIT_1PC. Its ops alias the body.
type loggedTxn struct {
	xid    xid.XID // of a PREPARE
	flags  uint32
	ops    uint32 // how many
	opsLen uint64 // of those in the record itself
	chunks uint32 // how many REDO_CHUNKs hold some of them
	set    *writeSet
	rest   []byte // what is behind the ops of the record itself: the tail
}

// decodePrepare decodes the body of a PREPARE; see decodeTxn.
func decodePrepare(b []byte, chunks [][]byte) (*loggedTxn, error) {
	x, b, err := cutXID(b)
	if err != nil {
		return nil, err
	}
	p, err := decodeTxn(b, chunks)
	if p != nil {
		p.xid = x
	}
	return p, err
}

// cutXID takes off what a PREPARE begins with.
func cutXID(b []byte) (x xid.XID, rest []byte, err error) {
	if len(b) < xid.EncodedSize {
		return x, nil, errBody
	}
	if x, err = xid.Decode(b[:xid.EncodedSize]); err != nil {
		return x, nil, fmt.Errorf("%w: %w", errBody, err)
	}
	return x, b[xid.EncodedSize:], nil
}

// decodeTxn is the inverse of encodeTxn; chunks are the bodies of REDO_CHUNKs. If
// there are too few of them it returns errChunks, and everything but the set.
func decodeTxn(b []byte, chunks [][]byte) (*loggedTxn, error) {
	p, err := decodeTxnHead(b)
	if err != nil {
		return nil, err
	}
	if uint64(len(p.rest)) < p.opsLen {
		return nil, errBody
	}
	inline := p.rest[:p.opsLen]
	p.rest = p.rest[p.opsLen:]
	if len(chunks) < int(p.chunks) {
		p.set = nil
		return p, fmt.Errorf("%w: %w: %d of %d", errBody, errChunks, len(chunks), p.chunks)
	}
	return p, p.decodeAllOps(inline, chunks)
}

// decodeTxnHead decodes what is in front of the ops; rest begins with those.
func decodeTxnHead(b []byte) (*loggedTxn, error) {
	if len(b) < bodyHead {
		return nil, errBody
	}
	p := &loggedTxn{set: newWriteSet(math.MaxInt)} // what is logged is bounded
	p.ops, p.opsLen, p.flags, p.chunks = le.Uint32(b), le.Uint64(b[8:]), le.Uint32(b[16:]), le.Uint32(b[20:])
	p.rest = b[bodyHead:]
	for range le.Uint32(b[4:]) {
		var t Table
		var err error
		if t, p.rest, err = decodeTable(p.rest); err != nil {
			return nil, err
		}
		p.set.tables = append(p.set.tables, t)
	}
	return p, nil
}

func (p *loggedTxn) decodeAllOps(inline []byte, chunks [][]byte) error {
	var found uint32
	for i, c := range chunks {
		if len(c) < chunkHead || le.Uint32(c) != uint32(i) || int(le.Uint32(c[4:])) != len(c)-chunkHead {
			return fmt.Errorf("%w: chunk %d", errBody, i)
		}
		m, err := p.decodeOps(c[chunkHead:])
		if err != nil {
			return err
		}
		found += m
	}
	m, err := p.decodeOps(inline)
	if err == nil && found+m != p.ops {
		err = fmt.Errorf("%w: %d ops of %d", errBody, found+m, p.ops)
	}
	return err
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

// decodeOps adds the ops to the write set and counts them. A table's ID is in
// its keys.
func (p *loggedTxn) decodeOps(b []byte) (n uint32, err error) {
	for ; len(b) > 0; n++ {
		if len(b) < opHead {
			return n, errBody
		}
		kind, mode, table := opKind(b[0]), lock.Mode(b[1]), int(le.Uint16(b[2:]))
		klen, vlen := uint64(le.Uint32(b[4:])), uint64(le.Uint32(b[8:]))
		b = b[opHead:]
		if uint64(len(b)) < klen+vlen || klen < prefixSize {
			return n, errBody
		}
		key, val := b[:klen], b[klen:klen+vlen]
		b = b[klen+vlen:]
		if kind == opLock {
			l, err := decodeLock(key, val, mode)
			if err != nil {
				return n, err
			}
			p.set.locks = append(p.set.locks, l)
			continue
		}
		if kind != opSet && kind != opDelete || table >= len(p.set.tables) {
			return n, errBody
		}
		p.set.tables[table].ID = tableOfKey(key)
		if err := p.set.add(p.set.tables[table], kind, key, val); err != nil {
			return n, err
		}
	}
	return n, nil
}

// tailPos is the coordinator's position at the end of a tail.
func tailPos(tail []byte) TCPos {
	t := tail[len(tail)-prepareTail:]
	return TCPos{Offset: le.Uint64(t), File: le.Uint32(t[8:])}
}

// tailTime is when the transaction of a PREPARE's tail was prepared.
func tailTime(tail []byte) uint32 { return le.Uint32(tail[len(tail)-4:]) }
