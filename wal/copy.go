package wal

import (
	"errors"
	"fmt"
	"io"
)

// A CopyState says what of a log's files makes a copy of it: a log that ends at
// End, as after a crash there. Its text form is part of backups.
type CopyState struct {
	Format     uint32        `json:"format"` // of the log
	Epoch      uint32        `json:"epoch"`
	Checkpoint LSN           `json:"checkpoint"`
	KeepFrom   LSN           `json:"keepFrom"`
	End        LSN           `json:"end"`
	Segments   []CopySegment `json:"segments"`
}

// A CopySegment is one file of a copy. Its first Size bytes are the copy's: what
// is behind them is newer, or stale.
type CopySegment struct {
	Name string `json:"name"` // inside the log's directory
	Size int64  `json:"size"`
}

// CopyState describes a copy of what is durable now. The files keep the bytes
// while a Hold that began before lasts; the copy is of bytes, never of links:
// segments are appended to and reused in place (C7).
func (l *Log) CopyState() (CopyState, error) {
	l.ckptMu.Lock() // keepFrom and checkpoint change together
	defer l.ckptMu.Unlock()
	if err := l.usable(); err != nil {
		return CopyState{}, err
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	s := CopyState{Format: ctrlVersion, Epoch: l.epoch, Checkpoint: l.CheckpointLSN(), KeepFrom: l.KeepFrom(), End: l.SyncedLSN()}
	for i, seg := range l.segs {
		end := s.End
		if i+1 < len(l.segs) {
			end = min(end, l.segs[i+1].first)
		}
		if i+1 < len(l.segs) && end <= s.KeepFrom || seg.first > s.End {
			continue
		}
		s.Segments = append(s.Segments, CopySegment{Name: seg.name(), Size: seg.offset(end)})
	}
	return s, nil
}

// validate checks a state that comes from outside.
func (s CopyState) validate() error {
	if s.Format != ctrlVersion {
		return &FormatError{Found: s.Format, Supported: ctrlVersion}
	}
	if len(s.Segments) == 0 || s.KeepFrom < FirstLSN || s.KeepFrom > s.End || s.Checkpoint > s.End {
		return fmt.Errorf("wal: a copy from %d to %d, checkpoint %d, in %d segments", s.KeepFrom, s.End, s.Checkpoint, len(s.Segments))
	}
	next := uint64(0)
	for _, seg := range s.Segments {
		n, ok := parseSegmentName(seg.Name)
		if !ok || next > 0 && n != next || seg.Size < segmentHeaderLen {
			return fmt.Errorf("wal: %q of %d bytes is not the next segment of a copy", seg.Name, seg.Size)
		}
		next = n + 1
	}
	return nil
}

// Adopt makes a log of the store o.StoreID out of a copy: dir holds the files of
// s.Segments, and nothing else. The control file comes last: without it nobody
// takes the directory for a log, nor for an empty place. After a failure the
// directory is as good as empty.
func Adopt(dir string, o Options, s CopyState) error {
	o = o.withDefaults()
	if err := errors.Join(o.validate(), s.validate()); err != nil {
		return err
	}
	for _, seg := range s.Segments {
		if err := adoptSegment(dir, o, seg); err != nil {
			return err
		}
	}
	if err := syncDir(o.FS, dir); err != nil {
		return err
	}
	first, _ := parseSegmentName(s.Segments[0].Name)
	c := ctrlState{
		seq: 1, store: o.StoreID, epoch: s.Epoch, checkpoint: s.Checkpoint,
		keepFrom: s.KeepFrom, firstNeeded: first, synced: s.End,
		last: first + uint64(len(s.Segments)) - 1,
	}
	if err := createCtrl(o.FS, o.FS.PathJoin(dir, ctrlName), c); err != nil {
		return err
	}
	return syncDir(o.FS, dir)
}

// adoptSegment puts the new store's name on a segment.
func adoptSegment(dir string, o Options, cs CopySegment) (err error) {
	f, err := o.FS.OpenReadWrite(o.FS.PathJoin(dir, cs.Name), writeCategory)
	if err != nil {
		return fmt.Errorf("wal: open a copied segment: %w", err)
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	info, err := f.Stat()
	if err != nil {
		return fmt.Errorf("wal: stat a copied segment: %w", err)
	}
	b := make([]byte, segmentHeaderLen)
	if _, err := readFull(f, b, 0); err != nil {
		return fmt.Errorf("wal: read a copied segment: %w", err)
	}
	number, _ := parseSegmentName(cs.Name)
	s, created, reason := decodeAnyHeader(b, number)
	if reason == "" && info.Size() != cs.Size {
		reason = fmt.Sprintf("segment of %d bytes, not %d", info.Size(), cs.Size)
	}
	if reason != "" {
		return &RecordError{File: cs.Name, Segment: number, Reason: reason, Err: ErrCorrupt}
	}
	if err := writeFullAt(f, encodeSegmentHeader(s, o.StoreID, created), 0); err != nil {
		return fmt.Errorf("wal: write a copied segment: %w", err)
	}
	if err := f.Sync(); err != nil {
		return fmt.Errorf("wal: sync a copied segment: %w", err)
	}
	return nil
}

// CopySegmentTo writes the first seg.Size bytes of a segment to w. They are the
// copy's if the log is not closed meanwhile, which is an error.
func (l *Log) CopySegmentTo(w io.Writer, seg CopySegment) error {
	f, err := l.o.FS.Open(l.o.FS.PathJoin(l.dir, seg.Name))
	if err != nil {
		return fmt.Errorf("wal: open a segment to copy it: %w", err)
	}
	n, err := io.Copy(w, io.LimitReader(f, seg.Size))
	if err == nil && n < seg.Size {
		err = fmt.Errorf("wal: copying %s: %w", seg.Name, io.ErrUnexpectedEOF)
	}
	return errors.Join(err, f.Close(), l.usable())
}
