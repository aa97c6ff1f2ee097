package engine

import (
	"bytes"
	"fmt"

	"github.com/xadb/xadb/internal/bug"
	"github.com/xadb/xadb/internal/failpoint"
	"github.com/xadb/xadb/wal"
)

var fpTCBytes = failpoint.New("gc.flush.after_tc_bytes")

// tcHead is what a TC_BYTES body begins with: u32 file, u32 zero, u64 offset.
const tcHead = 16

// appendTC logs what the coordinator's log will hold for t, up to end. The
// bytes count only if the record of t behind them is valid (C8).
func (e *Engine) appendTC(t *Txn, end TCPos, data []byte) error {
	if len(data) == 0 {
		return nil
	}
	var head [tcHead]byte
	le.PutUint32(head[:], end.File)
	for at := end.Offset - uint64(len(data)); len(data) > 0; {
		n := min(len(data), e.opts.ChunkSize)
		le.PutUint64(head[8:], at)
		rec := wal.Record{Type: wal.TypeTCBytes, TxnID: t.id}
		if _, err := e.log.AppendParts(&rec, head[:], data[:n]); err != nil {
			return e.poison(err)
		}
		at, data = at+uint64(n), data[n:]
	}
	return fpTCBytes.Eval()
}

// TCBytes are bytes of the coordinator's log, and where they begin there.
type TCBytes struct {
	Begin TCPos
	Data  []byte
}

func (c TCBytes) end() TCPos { return TCPos{c.Begin.File, c.Begin.Offset + uint64(len(c.Data))} }

// TCBytes is what this log holds of the coordinator's log and what may be
// missing there, in order: what lies behind the last checkpoint's position.
func (e *Engine) TCBytes() ([]TCBytes, error) {
	if !e.hasTCBytes {
		return nil, nil
	}
	var valid []TCBytes
	pending := map[uint64][]TCBytes{} // by transaction, until its record; a run without a gap
	err := e.log.Replay(e.log.KeepFrom(), func(rec *wal.Record) error {
		switch rec.Type {
		case wal.TypeTCBytes:
			c, err := decodeTCBytes(rec.Body)
			if err != nil {
				return e.recordError(rec, err)
			}
			if e.tcSynced.Less(c.end()) {
				c.Data = bytes.Clone(c.Data)
				pending[rec.TxnID] = append(goesOn(pending[rec.TxnID], c.Begin), c)
			}
			if bug.On(bug.TCBytesAlone) {
				valid = append(valid, pending[rec.TxnID]...)
				delete(pending, rec.TxnID)
			}
		case wal.TypePrepare, wal.TypeCommit1PC, wal.TypeCommit, wal.TypeRollback:
			valid = append(valid, pending[rec.TxnID]...)
			delete(pending, rec.TxnID)
		}
		return nil
	})
	return valid, e.logError("reading the coordinator's bytes", err)
}

// goesOn is what more bytes of a transaction, from begin on, follow. They follow
// nothing if a life before has ended between its bytes and the record: those are in
// no log, and the branch is decided anew, in a file behind (C8).
func goesOn(run []TCBytes, begin TCPos) []TCBytes {
	if n := len(run); n > 0 && run[n-1].end() != begin {
		return nil
	}
	return run
}

func decodeTCBytes(b []byte) (TCBytes, error) {
	if len(b) <= tcHead {
		return TCBytes{}, fmt.Errorf("%w: %w", ErrCorrupt, errBody)
	}
	return TCBytes{TCPos{File: le.Uint32(b), Offset: le.Uint64(b[8:])}, b[tcHead:]}, nil
}

// TCModeFound is the Options.TCMode that the store was last used with: that of
// its last checkpoint. False if there was none.
func (e *Engine) TCModeFound() (mode uint32, ok bool) { return e.tcMode, e.log.CheckpointLSN() != 0 }
