package model

import (
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"sort"
	"strings"
)

// A Frame is one record of the redo log, found by the documented layout.
type Frame struct {
	File   string
	Off    int64
	Len    int    // with padding
	LSN    uint64 // of its first byte
	synced uint64
	txn    uint64
	kind   uint8
	epoch  uint32 // boot that wrote it
}

// A Redo is the redo log in an image, read without the engine's code.
type Redo struct {
	Frames  []Frame
	Keep    uint64 // records below are not needed
	Promise uint64 // everything below was durable, as something else says (C25)
}

// The layout, see the wal package's comment.
const (
	slotSize   = 4096
	segHead    = 64
	recordHead = 40

	kindChunk, kindPrepare, kindCommit1PC = 1, 2, 5
)

var redoCRC = crc32.MakeTable(crc32.Castagnoli)

// ReadRedo reads the log in dir. names are the files there.
func ReadRedo(dir string, names []string, read func(string) ([]byte, error)) (*Redo, error) {
	ctrl, err := read(dir + "/CTRL")
	if err != nil {
		return nil, fmt.Errorf("model: redo log: %w", err)
	}
	r := &Redo{}
	r.control(ctrl)
	type segment struct {
		name  string
		first uint64
		data  []byte
	}
	var segs []segment
	for _, name := range names {
		if !strings.HasSuffix(name, ".wal") {
			continue
		}
		b, err := read(dir + "/" + name)
		if err != nil {
			return nil, fmt.Errorf("model: redo log: %w", err)
		}
		if len(b) >= segHead && crc32.Checksum(b[:60], redoCRC) == binary.LittleEndian.Uint32(b[60:]) {
			segs = append(segs, segment{name, binary.LittleEndian.Uint64(b[24:]), b})
		}
	}
	sort.Slice(segs, func(i, j int) bool { return segs[i].name < segs[j].name })
	for i, s := range segs {
		limit := ^uint64(0)
		if i+1 < len(segs) {
			limit = segs[i+1].first
		}
		r.Promise = max(r.Promise, s.first)
		r.segment(dir+"/"+s.name, s.data, s.first, limit)
	}
	return r, nil
}

// control reads the newer slot of the control file.
func (r *Redo) control(b []byte) {
	newest := uint64(0)
	for at := 0; at+92 <= len(b); at += slotSize {
		s := b[at:]
		seq := binary.LittleEndian.Uint64(s[16:])
		if crc32.Checksum(s[:88], redoCRC) == binary.LittleEndian.Uint32(s[88:]) && seq > newest {
			newest = seq
			r.Keep = binary.LittleEndian.Uint64(s[56:])
			r.Promise = binary.LittleEndian.Uint64(s[72:])
		}
	}
}

// isRecord reports whether b begins with the record that belongs at an LSN, and how
// long its body is.
func isRecord(b []byte, at uint64) (body int, ok bool) {
	body = int(binary.LittleEndian.Uint32(b[4:]))
	return body, body <= len(b)-recordHead && binary.LittleEndian.Uint64(b[8:]) == at &&
		crc32.Checksum(b[4:recordHead+body], redoCRC) == binary.LittleEndian.Uint32(b)
}

// segment walks one segment up to the place where the next one begins. Behind a hole,
// where a write was torn, records promise, too, but are none.
func (r *Redo) segment(file string, b []byte, at, limit uint64) {
	torn := false
	for off := segHead; off+recordHead <= len(b) && at < limit; {
		h := b[off:]
		body, ok := isRecord(h, at)
		if !ok {
			torn = true
			at, off = at+8, off+8
			continue
		}
		if torn {
			r.Promise = max(r.Promise, binary.LittleEndian.Uint64(h[16:]))
			at, off = at+8, off+8
			continue
		}
		f := Frame{File: file, Off: int64(off), Len: (recordHead + body + 7) &^ 7, LSN: at, synced: binary.LittleEndian.Uint64(h[16:]),
			txn: binary.LittleEndian.Uint64(h[24:]), kind: h[32], epoch: binary.LittleEndian.Uint32(h[36:])}
		r.Frames = append(r.Frames, f)
		r.Promise = max(r.Promise, f.synced)
		at += uint64(f.Len)
		off += f.Len
	}
}

// End is behind the last record.
func (r *Redo) End() uint64 {
	if n := len(r.Frames); n > 0 {
		return r.Frames[n-1].LSN + uint64(r.Frames[n-1].Len)
	}
	return r.Keep
}

// AmidChunks reports whether the log ends between the chunks of a transaction
// and the record that decides what they mean (C10). What an earlier boot has
// left so does not count.
func (r *Redo) AmidChunks() bool {
	if len(r.Frames) == 0 {
		return false
	}
	now := r.Frames[len(r.Frames)-1].epoch
	open := map[uint64]struct{}{}
	for _, f := range r.Frames {
		switch {
		case f.epoch != now:
		case f.kind == kindChunk:
			open[f.txn] = struct{}{}
		case f.kind == kindPrepare || f.kind == kindCommit1PC:
			delete(open, f.txn)
		}
	}
	return len(open) > 0
}
