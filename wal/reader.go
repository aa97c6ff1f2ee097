package wal

import (
	"encoding/binary"
	"fmt"

	"github.com/cockroachdb/pebble/v2/vfs"

	"github.com/xadb/xadb/internal/bug"
)

// readChunk is how much of a segment is read at once, in bytes.
const readChunk = 256 << 10

// A frameReader reads the records of one segment file. It allocates no more
// than the file is long, whatever the bytes say.
type frameReader struct {
	seg  segment
	file vfs.File
	size int64 // of the file

	buf []byte // the bytes from at on
	at  int64
}

// openFrames opens a segment's file for reading.
func openFrames(fs vfs.FS, dir string, seg segment) (*frameReader, error) {
	f, err := fs.Open(fs.PathJoin(dir, seg.name()))
	if err != nil {
		return nil, fmt.Errorf("wal: open segment: %w", err)
	}
	info, err := f.Stat()
	if err != nil {
		f.Close()
		return nil, fmt.Errorf("wal: stat segment %s: %w", seg.name(), err)
	}
	return &frameReader{seg: seg, file: f, size: info.Size()}, nil
}

func (r *frameReader) close() error { return r.file.Close() }

// bytes returns up to n bytes from off on, fewer only at the end of the file.
// They are valid until the next call.
func (r *frameReader) bytes(off int64, n int) ([]byte, error) {
	n = int(min(int64(n), max(0, r.size-off)))
	if off < r.at || off+int64(n) > r.at+int64(len(r.buf)) {
		want := int(min(int64(max(n, readChunk)), max(0, r.size-off)))
		if cap(r.buf) < want {
			r.buf = make([]byte, want)
		}
		got, err := readFull(r.file, r.buf[:want], off)
		if err != nil {
			r.buf = r.buf[:0]
			return nil, fmt.Errorf("wal: read %s at offset %d: %w", r.seg.name(), off, err)
		}
		r.buf, r.at = r.buf[:got], off
	}
	b := r.buf[off-r.at:]
	return b[:min(n, len(b))], nil
}

// A frame is one record as it lies in the file.
type frame struct {
	rec   Record
	bytes []byte // header, body and padding
}

// read reads the frame at lsn. A non-empty reason says why the bytes there are
// no record; an error is a failed read, which says nothing about the log.
// The frame is valid until the next call.
func (r *frameReader) read(lsn LSN) (fr frame, reason string, err error) {
	off := r.seg.offset(lsn)
	head, err := r.bytes(off, recordHeaderLen)
	if err != nil {
		return fr, "", err
	}
	if len(head) < recordHeaderLen {
		return fr, "end of file", nil
	}
	h := decodeHeader(head)
	if reason := h.checkPlace(lsn, r.size-off); reason != "" {
		return fr, reason, nil
	}
	n := int(frameLen(int(h.bodyLen)))
	b, err := r.bytes(off, n)
	if err != nil {
		return fr, "", err
	}
	if len(b) < n {
		return fr, "end of file", nil
	}
	if reason := h.checkFrame(b); reason != "" && !(bug.On(bug.LastCRCSkipped) && reason == badChecksum) {
		return fr, reason, nil
	}
	if h.rec.Epoch > r.seg.epoch {
		return fr, "epoch above the segment's", nil
	}
	fr = frame{rec: h.rec, bytes: b}
	fr.rec.Body = b[recordHeaderLen : recordHeaderLen+int(h.bodyLen) : recordHeaderLen+int(h.bodyLen)]
	return fr, "", nil
}

// A walk visits the valid records of one segment in order.
type walk struct {
	at     LSN    // where the next record begins
	epoch  uint32 // of the last record
	reason string // why the record at "at" is not valid; "" if limit was reached
}

// walk calls fn for each valid record in [w.at, limit). It stops at the first
// invalid one, whose reason is then set, and at the first error.
func (w *walk) run(r *frameReader, limit LSN, fn func(frame) error) error {
	for w.at < limit {
		fr, reason, err := r.read(w.at)
		if err != nil {
			return err
		}
		if reason == "" && fr.rec.Epoch < w.epoch {
			reason = "epoch goes backwards"
		}
		if reason == "" && fr.rec.End() > limit {
			reason = "record crosses the segment's end"
		}
		if reason != "" {
			w.reason = reason
			return nil
		}
		if err := fn(fr); err != nil {
			return err
		}
		w.at, w.epoch = fr.rec.End(), fr.rec.Epoch
	}
	return nil
}

// laterPromise looks behind an invalid record at lsn for a valid one that says
// the log was durable beyond lsn. It returns the highest such promise, or 0.
func (r *frameReader) laterPromise(lsn LSN) (LSN, error) {
	var promise LSN
	for at := lsn + recordAlign; r.seg.offset(at)+recordHeaderLen <= r.size; at += recordAlign {
		head, err := r.bytes(r.seg.offset(at), recordHeaderLen)
		if err != nil {
			return 0, err
		}
		if len(head) < recordHeaderLen {
			break
		}
		// Two fields decide nearly every place; only a match is read whole.
		if LSN(binary.LittleEndian.Uint64(head[8:])) != at || LSN(binary.LittleEndian.Uint64(head[16:])) <= lsn {
			continue
		}
		fr, reason, err := r.read(at)
		if err != nil {
			return 0, err
		}
		if reason == "" {
			promise = max(promise, fr.rec.SyncedLSN)
		}
	}
	return promise, nil
}
