package wal

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"io/fs"

	"github.com/cockroachdb/pebble/v2/vfs"
)

const (
	ctrlName  = "CTRL"
	ctrlMagic = "XAECTRL1"
	// ctrlVersion is the format of the log and of all that stands on it, bodies
	// of records and tables: whoever changes one of them raises it. In every
	// format a slot begins with the magic and the version.
	ctrlVersion  = 3
	ctrlSlotLen  = 92   // the bytes of a slot that mean something
	ctrlSlotSize = 4096 // one block each: tearing one slot leaves the other (C9)
	ctrlFileSize = 2 * ctrlSlotSize

	ctrlFlagClean = 1
)

// A ctrlState is the content of one slot of the control file.
//
//	0        8     12    16       24            40     44   48
//	+--------+-----+-----+--------+-------------+------+----+
//	| magic  | ver | flag|  seq   | store uuid  | epoch| 0  |
//	+--------+-----+-----+-+------+-------+-----+----+-+----+
//	| checkpoint | keepFrom | firstNeeded | synced   |  last  | crc32c | zeros to 4096
//	+------------+----------+-------------+----------+--------+--------+
//	48           56         64            72         80       88       92
type ctrlState struct {
	seq         uint64 // the higher one is the newer slot
	store       [16]byte
	epoch       uint32 // of the last boot
	checkpoint  LSN    // the caller's CHECKPOINT record; 0 = none yet
	keepFrom    LSN    // records below are not needed
	firstNeeded uint64 // the segment that holds keepFrom; 0 = no segment was ever made
	synced      LSN    // a promise: everything below was durable when this was written
	last        uint64 // a promise: the segments up to this one are there; 0 = none
	clean       bool   // written by Close: the log ends exactly at synced
}

func (c ctrlState) encode() []byte {
	b := make([]byte, ctrlSlotSize)
	copy(b, ctrlMagic)
	binary.LittleEndian.PutUint32(b[8:], ctrlVersion)
	if c.clean {
		binary.LittleEndian.PutUint32(b[12:], ctrlFlagClean)
	}
	binary.LittleEndian.PutUint64(b[16:], c.seq)
	copy(b[24:40], c.store[:])
	binary.LittleEndian.PutUint32(b[40:], c.epoch)
	binary.LittleEndian.PutUint64(b[48:], uint64(c.checkpoint))
	binary.LittleEndian.PutUint64(b[56:], uint64(c.keepFrom))
	binary.LittleEndian.PutUint64(b[64:], c.firstNeeded)
	binary.LittleEndian.PutUint64(b[72:], uint64(c.synced))
	binary.LittleEndian.PutUint64(b[80:], c.last)
	binary.LittleEndian.PutUint32(b[88:], crc32.Checksum(b[:88], castagnoli))
	return b
}

// decodeCtrl reads one slot; ok is false for one that does not check.
func decodeCtrl(b []byte) (c ctrlState, ok bool) {
	if len(b) < ctrlSlotLen || string(b[:8]) != ctrlMagic ||
		binary.LittleEndian.Uint32(b[8:]) != ctrlVersion ||
		crc32.Checksum(b[:88], castagnoli) != binary.LittleEndian.Uint32(b[88:]) {
		return c, false
	}
	c = ctrlState{
		clean:       binary.LittleEndian.Uint32(b[12:])&ctrlFlagClean != 0,
		seq:         binary.LittleEndian.Uint64(b[16:]),
		store:       [16]byte(b[24:40]),
		epoch:       binary.LittleEndian.Uint32(b[40:]),
		checkpoint:  LSN(binary.LittleEndian.Uint64(b[48:])),
		keepFrom:    LSN(binary.LittleEndian.Uint64(b[56:])),
		firstNeeded: binary.LittleEndian.Uint64(b[64:]),
		synced:      LSN(binary.LittleEndian.Uint64(b[72:])),
		last:        binary.LittleEndian.Uint64(b[80:]),
	}
	ok = c.seq > 0 && c.keepFrom >= FirstLSN && c.keepFrom <= c.synced && c.checkpoint <= c.synced &&
		c.firstNeeded <= c.last
	return c, ok
}

// bestCtrl picks the newer valid slot of a control file's bytes.
func bestCtrl(b []byte) (best ctrlState, slot int, ok bool) {
	for i := range 2 {
		if len(b) < i*ctrlSlotSize {
			break
		}
		if c, valid := decodeCtrl(b[i*ctrlSlotSize:]); valid && (!ok || c.seq > best.seq) {
			best, slot, ok = c, i, true
		}
	}
	return best, slot, ok
}

// otherFormat reports whether a slot was written in another format, and in
// which. A slot of this format whose version alone is damaged is not one: its
// checksum tells.
func otherFormat(b []byte) (version uint32, other bool) {
	if len(b) < ctrlSlotLen || string(b[:8]) != ctrlMagic {
		return 0, false
	}
	version = binary.LittleEndian.Uint32(b[8:])
	mended := bytes.Clone(b[:ctrlSlotLen])
	binary.LittleEndian.PutUint32(mended[8:], ctrlVersion)
	_, ours := decodeCtrl(mended)
	return version, version != ctrlVersion && !ours
}

// CheckFormat is ErrFormat if there is a log in dir in a format that Open does
// not read. It reads the control file only; that it is damaged, or not there,
// is for Open to say.
func CheckFormat(files vfs.FS, dir string) error {
	_, _, err := readCtrl(files, files.PathJoin(dir, ctrlName))
	if errors.Is(err, ErrCorrupt) || errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return err
}

// readCtrl reads both slots. A file in which neither checks is corruption: the
// file gets its name only after a valid slot in it was synced, and from then
// on only one slot at a time is written, the other being durable. One slot in
// another format is enough to refuse: a newer program has begun to write.
func readCtrl(fs vfs.FS, path string) (ctrlState, int, error) {
	f, err := fs.Open(path)
	if err != nil {
		return ctrlState{}, 0, fmt.Errorf("wal: open control file: %w", err)
	}
	defer f.Close()
	b := make([]byte, ctrlFileSize)
	n, err := readFull(f, b, 0)
	if err != nil {
		return ctrlState{}, 0, fmt.Errorf("wal: read control file: %w", err)
	}
	for slot := 0; slot*ctrlSlotSize < n; slot++ {
		if v, other := otherFormat(b[slot*ctrlSlotSize : n]); other {
			return ctrlState{}, 0, &FormatError{Found: v, Supported: ctrlVersion}
		}
	}
	c, slot, ok := bestCtrl(b[:n])
	if !ok {
		return ctrlState{}, 0, &RecordError{File: ctrlName, Reason: "neither control slot checks", Err: ErrCorrupt}
	}
	return c, slot, nil
}

// createCtrl makes the control file of a new log, under its name only when it
// is complete. The caller syncs the directory.
func createCtrl(fs vfs.FS, path string, c ctrlState) error {
	temp := path + tempSuffix
	f, err := fs.Create(temp, writeCategory)
	if err != nil {
		return fmt.Errorf("wal: create control file: %w", err)
	}
	b := append(c.encode(), make([]byte, ctrlSlotSize)...)
	if err := writeFull(f, b); err != nil {
		f.Close()
		return fmt.Errorf("wal: write control file: %w", err)
	}
	if err := f.Sync(); err != nil {
		f.Close()
		return fmt.Errorf("wal: sync control file: %w", err)
	}
	if err := f.Close(); err != nil {
		return fmt.Errorf("wal: close control file: %w", err)
	}
	if err := fs.Rename(temp, path); err != nil {
		return fmt.Errorf("wal: name control file: %w", err)
	}
	return nil
}

// A ctrlFile is the open control file. Its owner serialises the calls.
type ctrlFile struct {
	f    vfs.File
	last ctrlState // what the newer slot holds
	slot int       // which one that is
}

// openCtrl opens the control file for writing. First it writes the newer slot
// again, byte for byte, and syncs it: after a failed sync the slot may have
// come from the page cache alone (C6), and the next write goes to the other
// slot, which must never be the only durable one while it is being written.
func openCtrl(fs vfs.FS, path string, last ctrlState, slot int) (*ctrlFile, error) {
	f, err := fs.OpenReadWrite(path, writeCategory)
	if err != nil {
		return nil, fmt.Errorf("wal: open control file: %w", err)
	}
	c := &ctrlFile{f: f, last: last, slot: slot}
	if err := c.put(last, slot); err != nil {
		f.Close()
		return nil, err
	}
	return c, nil
}

// write makes s the durable control state.
func (c *ctrlFile) write(s ctrlState) error {
	s.seq = c.last.seq + 1
	if err := c.put(s, 1-c.slot); err != nil {
		return err
	}
	c.last, c.slot = s, 1-c.slot
	return nil
}

func (c *ctrlFile) put(s ctrlState, slot int) error {
	if err := writeFullAt(c.f, s.encode(), int64(slot)*ctrlSlotSize); err != nil {
		return fmt.Errorf("wal: write control slot: %w", err)
	}
	if err := c.f.Sync(); err != nil {
		return fmt.Errorf("wal: sync control slot: %w", err)
	}
	return nil
}
