package wal

import (
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"math"

	"github.com/cockroachdb/pebble/v2/vfs"
)

// A CopySource is a segment of a copy, and where it is.
type CopySource struct {
	Dir, Name string
	Size      int64
	first     LSN // as WalkCopy found it
}

// WalkCopy reads the segments of one log, which follow one another without a
// gap, from a record on, and calls fn for each record in order, as Replay does.
// It returns where the last segment's records end. Segments of different logs,
// and records that are not there though a later segment proves them, are
// ErrCorrupt.
func WalkCopy(fs vfs.FS, sources []CopySource, from LSN, fn func(*Record) error) (end LSN, err error) {
	var store [16]byte
	for i := range sources {
		seg, id, err := sources[i].header(fs)
		if err != nil {
			return 0, err
		}
		if i > 0 && id != store {
			return 0, &RecordError{File: seg.name(), Segment: seg.number, Reason: "segment belongs to another store", Err: ErrCorrupt}
		}
		store, sources[i].first = id, seg.first
	}
	w := walk{at: from}
	for i := range sources {
		limit := LSN(math.MaxUint64)
		if i+1 < len(sources) {
			limit = sources[i+1].first
		}
		if limit <= w.at {
			continue
		}
		if err := sources[i].walk(fs, &w, limit, fn); err != nil {
			return 0, err
		}
	}
	return w.at, nil
}

func (s *CopySource) header(fs vfs.FS) (segment, [16]byte, error) {
	number, ok := parseSegmentName(s.Name)
	if !ok {
		return segment{}, [16]byte{}, fmt.Errorf("wal: %q is not a segment", s.Name)
	}
	r, err := openFrames(fs, s.Dir, segment{number: number})
	if err != nil {
		return segment{}, [16]byte{}, err
	}
	defer r.close()
	b, err := r.bytes(0, segmentHeaderLen)
	if err != nil {
		return segment{}, [16]byte{}, err
	}
	seg, _, reason := decodeAnyHeader(b, number)
	if reason != "" {
		return seg, [16]byte{}, &RecordError{File: s.Name, Segment: number, Reason: reason, Err: ErrCorrupt}
	}
	return seg, [16]byte(b[32:48]), nil
}

func (s *CopySource) walk(fs vfs.FS, w *walk, limit LSN, fn func(*Record) error) error {
	seg, _, err := s.header(fs)
	if err != nil {
		return err
	}
	r, err := openFrames(fs, s.Dir, seg)
	if err != nil {
		return err
	}
	defer r.close()
	w.reason = ""
	err = w.run(r, limit, func(fr frame) error { return fn(&fr.rec) })
	if err == nil && w.reason != "" && limit != math.MaxUint64 {
		err = &RecordError{File: s.Name, Segment: seg.number, Offset: seg.offset(w.at), LSN: w.at, Reason: w.reason, Err: ErrCorrupt}
	}
	return err
}

// SizeTo is how many bytes of the segment a copy needs that ends at end; 0 if it
// begins behind that. REQUIRES: WalkCopy has read it.
func (s *CopySource) SizeTo(end LSN) int64 {
	if s.first > end {
		return 0
	}
	return min(segment{first: s.first}.offset(end), s.Size)
}

// Begin is where the segment begins. REQUIRES: WalkCopy has read it.
func (s *CopySource) Begin() LSN { return s.first }

// NextSegment is the name of the segment n places behind the named one.
func NextSegment(name string, n int) (string, error) {
	number, ok := parseSegmentName(name)
	if !ok {
		return "", fmt.Errorf("wal: %q is not a segment", name)
	}
	return segmentName(number + uint64(n)), nil
}

// BlankRecord makes the record at lsn of a copied segment one that means
// nothing.
func (s *CopySource) BlankRecord(fs vfs.FS, dir string, lsn LSN) (err error) {
	seg := segment{first: s.first, epoch: math.MaxUint32}
	seg.number, _ = parseSegmentName(s.Name)
	r, err := openFrames(fs, dir, seg)
	if err != nil {
		return err
	}
	fr, reason, err := r.read(lsn)
	if err == nil && reason != "" {
		err = fmt.Errorf("wal: blanking the record at lsn %d: %s", lsn, reason)
	}
	b := append([]byte(nil), fr.bytes...)
	if err = errors.Join(err, r.close()); err != nil {
		return err
	}
	b[32] = byte(TypePad)
	binary.LittleEndian.PutUint32(b, crc32.Checksum(b[4:recordHeaderLen+len(fr.rec.Body)], castagnoli))
	f, err := fs.OpenReadWrite(fs.PathJoin(dir, s.Name), writeCategory)
	if err != nil {
		return fmt.Errorf("wal: open a copied segment: %w", err)
	}
	err = writeFullAt(f, b, seg.offset(lsn))
	if err == nil {
		err = f.Sync()
	}
	return errors.Join(err, f.Close())
}
