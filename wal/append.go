package wal

import "fmt"

// A buffer holds records that no file has yet.
type buffer struct {
	start LSN // of data[0]
	data  []byte
	cuts  []cut // where new segments begin, in order
}

func (b *buffer) end() LSN { return b.start + LSN(len(b.data)) }

// A cut says that a new segment begins at an LSN.
type cut struct {
	at   LSN
	size int64 // of the segment's file
}

// A plan is the segment into which the next record will go. Append decides
// where segments begin, so that a record is never split; the syncer makes them.
type plan struct {
	first LSN
	room  int64 // bytes of records the segment may hold
}

// Append adds r to the end of the log, in memory only: Sync makes it durable.
// It fills in r.LSN, r.SyncedLSN and r.Epoch and returns r.LSN. The body is
// copied. When the buffer is full, Append first writes it out.
func (l *Log) Append(r *Record) (LSN, error) { return l.AppendParts(r, r.Body) }

// AppendParts is Append for a body that is the concatenation of parts; r.Body
// is not looked at.
func (l *Log) AppendParts(r *Record, parts ...[]byte) (LSN, error) {
	size := 0
	for _, p := range parts {
		size += len(p)
		if size > l.o.RecordSizeMax {
			return 0, fmt.Errorf("%w: %s of more than %d bytes", ErrTooLarge, r.Type, l.o.RecordSizeMax)
		}
	}
	if r.Type == 0 {
		return 0, fmt.Errorf("wal: append: record has no type")
	}
	n := frameLen(size)
	for {
		if err := l.usable(); err != nil {
			return 0, err
		}
		if l.tryAppend(r, n, parts) {
			return r.LSN, nil
		}
		if err := bufferFullWait.Eval(); err != nil {
			return 0, l.fail(err)
		}
		if err := l.drain(n); err != nil {
			return 0, err
		}
	}
}

// tryAppend puts a frame of n bytes into the active buffer, unless that is
// full or the log was closed meanwhile.
func (l *Log) tryAppend(r *Record, n int64, parts [][]byte) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.closed.Load() || !l.active.fits(n, l.o.BufferSizeMax) {
		return false
	}
	r.LSN = l.active.end()
	r.SyncedLSN = LSN(l.synced.Load())
	r.Epoch = l.epoch
	l.planRecord(r.LSN, n)
	l.active.data = appendFrame(l.active.data, r, parts...)
	l.end.Store(uint64(l.active.end()))
	l.stats.appends.Add(1)
	l.stats.bytes.Add(n)
	return true
}

// fits reports whether n more bytes may go in; an empty buffer takes any record.
func (b *buffer) fits(n int64, sizeMax int) bool {
	return len(b.data) == 0 || int64(len(b.data))+n <= int64(sizeMax)
}

// planRecord decides whether the record at lsn begins a new segment. One that
// fits into no segment gets a larger one for itself.
func (l *Log) planRecord(lsn LSN, n int64) {
	used := int64(lsn - l.plan.first)
	if used+n <= l.plan.room {
		return
	}
	room := max(l.o.SegmentSize-segmentHeaderLen, n)
	l.plan.room = room
	if used == 0 {
		return // the segment is still empty: it grows instead
	}
	l.plan.first = lsn
	l.active.cuts = append(l.active.cuts, cut{at: lsn, size: room + segmentHeaderLen})
}

// drain writes the active buffer out, unsynced, if n bytes do not fit into it.
func (l *Log) drain(n int64) error {
	l.syncMu.Lock()
	defer l.syncMu.Unlock()
	if err := l.usable(); err != nil {
		return err
	}
	l.mu.Lock()
	fits := l.active.fits(n, l.o.BufferSizeMax)
	l.mu.Unlock()
	if fits {
		return nil // somebody else did it
	}
	return l.writeOutLocked()
}
