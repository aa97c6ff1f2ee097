package wal

import (
	"errors"
	"fmt"
	"io/fs"
	"math"
	"slices"

	"github.com/xadb/xadb/internal/bug"
)

// A tail is what a scan of the directory found out; making one writes nothing.
type tail struct {
	ctrl     ctrlState
	ctrlSlot int
	segs     []segment // from ctrl.firstNeeded on, never with a gap
	obsolete []string  // files that no recovery needs

	end    LSN    // P: the first place that holds no valid record
	proven LSN    // S: everything below was durable at some time
	floor  LSN    // the last record boundary at or below proven
	epoch  uint32 // the highest that was ever used
	reason string // what was found at end
	oldEnd int64  // length of the last segment's file, for the log note
}

// errNoLog: neither a control file nor a segment exists.
var errNoLog = fmt.Errorf("wal: no log here: %w", fs.ErrNotExist)

// scan reads the control file and every needed segment and finds the end.
func scan(dir string, o Options) (*tail, error) {
	names, err := o.FS.List(dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, errNoLog
	}
	if err != nil {
		return nil, fmt.Errorf("wal: list directory: %w", err)
	}
	t := &tail{}
	numbers := t.sortNames(names)
	if !slices.Contains(names, ctrlName) {
		if len(numbers) > 0 {
			return nil, &RecordError{File: ctrlName, Err: ErrCorrupt,
				Reason: "control file is missing, segments are there: it is lost, or a restore was not finished; restore into an empty folder"}
		}
		return nil, errNoLog
	}
	t.ctrl, t.ctrlSlot, err = readCtrl(o.FS, o.FS.PathJoin(dir, ctrlName))
	if err != nil {
		return nil, err
	}
	if err := t.readHeaders(dir, o, numbers); err != nil {
		return nil, err
	}
	return t, t.findEnd(dir, o)
}

// sortNames returns the segment numbers in order and notes leftovers.
func (t *tail) sortNames(names []string) []uint64 {
	var numbers []uint64
	for _, name := range names {
		if n, ok := parseSegmentName(name); ok {
			numbers = append(numbers, n)
		} else if isLeftover(name) {
			t.obsolete = append(t.obsolete, name)
		}
	}
	slices.Sort(numbers)
	slices.Sort(t.obsolete)
	return numbers
}

// readHeaders checks that the needed segments are a chain without a gap. Every
// one of them got its name after its header was synced, so a bad header is
// damage in whatever segment it is.
func (t *tail) readHeaders(dir string, o Options, numbers []uint64) error {
	next := max(1, t.ctrl.firstNeeded)
	t.epoch = t.ctrl.epoch
	for _, n := range numbers {
		if n < next && len(t.segs) == 0 {
			t.obsolete = append(t.obsolete, segmentName(n))
			continue
		}
		if n != next {
			return missing(next)
		}
		if err := openScanHeader.Eval(); err != nil {
			return err
		}
		s, err := t.readHeader(dir, o, n)
		if err != nil {
			return err
		}
		t.segs = append(t.segs, s)
		t.epoch = max(t.epoch, s.epoch)
		next++
	}
	if next <= t.ctrl.last {
		return missing(next)
	}
	return nil
}

func missing(n uint64) error {
	return &RecordError{File: segmentName(n), Segment: n, Reason: "segment is missing", Err: ErrCorrupt}
}

func (t *tail) readHeader(dir string, o Options, n uint64) (segment, error) {
	r, err := openFrames(o.FS, dir, segment{number: n})
	if err != nil {
		return segment{}, err
	}
	defer r.close()
	b, err := r.bytes(0, segmentHeaderLen)
	if err != nil {
		return segment{}, err
	}
	s, reason := decodeSegmentHeader(b, n, t.ctrl.store)
	switch {
	case reason != "":
	case len(t.segs) > 0 && s.first < t.segs[len(t.segs)-1].first:
		reason = "segment begins before the one ahead of it"
	case len(t.segs) > 0 && s.epoch < t.segs[len(t.segs)-1].epoch:
		reason = "segment epoch goes backwards"
	case len(t.segs) == 0 && s.first > t.ctrl.keepFrom:
		reason = fmt.Sprintf("segment begins behind lsn %d, which is needed", t.ctrl.keepFrom)
	}
	if reason != "" {
		return s, &RecordError{File: segmentName(n), Segment: n, Reason: reason, Err: ErrCorrupt}
	}
	return s, nil
}

// findEnd walks the chain from keepFrom and gives the verdict on its end.
func (t *tail) findEnd(dir string, o Options) error {
	t.proven = max(t.ctrl.synced, o.ProvenLSN)
	w := walk{at: t.ctrl.keepFrom}
	for i, s := range t.segs {
		limit := LSN(math.MaxUint64)
		if i+1 < len(t.segs) {
			limit = t.segs[i+1].first
		}
		if limit <= w.at {
			continue // wholly below what is needed, or empty
		}
		t.proven = max(t.proven, s.first)
		if err := t.walkSegment(dir, o, s, &w, limit); err != nil {
			return err
		}
	}
	t.end, t.reason = w.at, w.reason
	if t.end < t.proven && len(t.segs) == 0 {
		return &RecordError{File: segmentName(1), Segment: 1, LSN: t.end, Reason: t.provenReason("segment is missing"), Err: ErrCorrupt}
	}
	if t.ctrl.clean && t.end != t.ctrl.synced && len(t.segs) > 0 {
		return t.damage(t.segs[len(t.segs)-1], fmt.Sprintf("a record behind lsn %d, where the log was closed", t.ctrl.synced))
	}
	return t.findFloor(dir, o)
}

// walkSegment walks one segment of the chain; the last one has no limit.
func (t *tail) walkSegment(dir string, o Options, s segment, w *walk, limit LSN) error {
	r, err := openFrames(o.FS, dir, s)
	if err != nil {
		return err
	}
	defer r.close()
	last := limit == math.MaxUint64
	w.reason = ""
	err = w.run(r, limit, func(fr frame) error {
		t.proven = max(t.proven, fr.rec.SyncedLSN)
		return nil
	})
	if err != nil || w.reason == "" {
		return err
	}
	t.end, t.oldEnd = w.at, r.size
	if !last {
		// The next segment was begun only when this one was durable to its end.
		t.proven = max(t.proven, limit)
	} else {
		promise, err := r.laterPromise(w.at)
		if err != nil {
			return err
		}
		t.proven = max(t.proven, promise)
	}
	if t.end < t.proven {
		if bug.On(bug.TailCutAboveSynced) && last {
			t.proven = t.end
			return nil
		}
		return t.damage(s, t.provenReason(w.reason))
	}
	return nil
}

func (t *tail) provenReason(reason string) string {
	return fmt.Sprintf("%s; the log was durable up to lsn %d", reason, t.proven)
}

func (t *tail) damage(s segment, reason string) error {
	return &RecordError{
		File: s.name(), Segment: s.number, Offset: s.offset(t.end), LSN: t.end,
		Reason: reason, Err: ErrCorrupt,
	}
}

// errFloor ends the walk of findFloor.
var errFloor = errors.New("wal: floor found")

// findFloor finds the last record boundary at or below the proven position.
// Promises made by the log itself are boundaries; the caller's may lie anywhere.
func (t *tail) findFloor(dir string, o Options) error {
	t.floor = t.end
	if t.proven >= t.end {
		return nil
	}
	s := t.segs[len(t.segs)-1]
	r, err := openFrames(o.FS, dir, s)
	if err != nil {
		return err
	}
	defer r.close()
	w := walk{at: max(s.first, t.ctrl.keepFrom)}
	t.floor = w.at
	err = w.run(r, t.end, func(fr frame) error {
		if fr.rec.End() > t.proven {
			return errFloor
		}
		t.floor = fr.rec.End()
		return nil
	})
	if errors.Is(err, errFloor) {
		return nil
	}
	return err
}
