package wal

import (
	"fmt"
	"slices"
	"sync"
)

// Replay calls fn for each durable record from the one at from on, in order; 0
// stands for KeepFrom. It reads the files, up to SyncedLSN at the time of the
// call. The record and its body are valid during the call of fn only. Replay
// ends at fn's first error and returns it.
//
// Records that no longer check are ErrCorrupt: Open had read them. While a
// Replay runs, SetCheckpoint retires no segment.
func (l *Log) Replay(from LSN, fn func(*Record) error) error {
	segs, limit, err := l.pin(&from)
	if err != nil {
		return err
	}
	defer l.unpin()
	for i, s := range segs {
		end := limit
		if i+1 < len(segs) {
			end = min(limit, segs[i+1].first)
		}
		if from >= end {
			continue
		}
		if err := l.replaySegment(s, from, end, fn); err != nil {
			return err
		}
		from = end
	}
	return nil
}

// pin keeps the chain as it is and returns it with the end of what is durable.
func (l *Log) pin(from *LSN) ([]segment, LSN, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.closed.Load() {
		return nil, 0, ErrClosed
	}
	limit := l.SyncedLSN()
	keep := max(l.KeepFrom(), l.segsFirst())
	if *from == 0 {
		*from = keep
	}
	if *from < keep || *from > limit {
		return nil, 0, fmt.Errorf("wal: replay from %d: the log has %d to %d", *from, keep, limit)
	}
	l.pins++
	return append([]segment(nil), l.segs...), limit, nil
}

// segsFirst is where the chain begins.
func (l *Log) segsFirst() LSN {
	if len(l.segs) == 0 {
		return FirstLSN
	}
	return l.segs[0].first
}

func (l *Log) unpin() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.pins--
}

func (l *Log) replaySegment(s segment, from, end LSN, fn func(*Record) error) error {
	r, err := openFrames(l.o.FS, l.dir, s)
	if err != nil {
		return err
	}
	defer r.close()
	w := walk{at: from}
	err = w.run(r, end, func(fr frame) error { return fn(&fr.rec) })
	if err == nil && w.reason != "" {
		err = &RecordError{File: s.name(), Segment: s.number, Offset: s.offset(w.at), LSN: w.at, Reason: w.reason, Err: ErrCorrupt}
	}
	return err
}

// Hold keeps every segment's file where it is until the returned function is
// called: SetCheckpoint goes on and retires nothing. A backup copies the files
// meanwhile.
func (l *Log) Hold() (release func()) {
	l.mu.Lock()
	l.pins++
	l.mu.Unlock()
	return sync.OnceFunc(l.unpin)
}

// A SegmentInfo describes one segment of the chain, for listings.
type SegmentInfo struct {
	File   string // name inside the log's directory
	Number uint64
	First  LSN    // where it begins; it ends where the next one begins
	Epoch  uint32 // of the boot that made it
}

// Locate is where the record at lsn lies: the file's name inside the log's
// directory, and the offset in it. The log must hold lsn.
func (l *Log) Locate(lsn LSN) (file string, offset int64) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, s := range slices.Backward(l.segs) {
		if s.first <= lsn {
			return s.name(), s.offset(lsn)
		}
	}
	return "", 0
}

// Segments lists the chain, oldest first.
func (l *Log) Segments() []SegmentInfo {
	l.mu.Lock()
	defer l.mu.Unlock()
	infos := make([]SegmentInfo, len(l.segs))
	for i, s := range l.segs {
		infos[i] = SegmentInfo{File: s.name(), Number: s.number, First: s.first, Epoch: s.epoch}
	}
	return infos
}
