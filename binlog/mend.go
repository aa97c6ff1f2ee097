package binlog

import (
	"errors"
	"fmt"
	"io"

	"github.com/cockroachdb/pebble/v2/vfs"

	"github.com/xadb/xadb/internal/disk"
)

// mendChunk is how many bytes of a file are written again at a time.
const mendChunk = 1 << 20

// closeLast makes of the last file a closed one with the same groups. The in-use
// flag goes last, when all of it is durable: until then the next Open begins
// with the same groups, and does the same again.
func (s *scanner) closeLast(o Options) error {
	if err := truncateTailBefore.Eval(); err != nil {
		return err
	}
	name, ending := s.name(s.End.File), s.ending(o)
	size := int64(s.End.Offset) + int64(len(ending))
	err := s.mendLast(name, ending)
	if errors.Is(err, errors.ErrUnsupported) {
		err = s.rewriteLast(name, ending)
	}
	if err != nil {
		return err
	}
	if err := s.clearLast(name); err != nil {
		return err
	}
	s.End.Offset = uint64(size)
	s.Files[len(s.Files)-1].Size = size
	return truncateTailAfter.Eval()
}

// ending is the STOP event of a file that no event ends.
func (s *scanner) ending(o Options) []byte {
	if s.complete {
		return nil
	}
	stop := appendStop(nil)
	// The time is that of the event before, so that a repeated recovery
	// writes the same bytes.
	sealEvent(stop, s.lastTime, o.ServerID, uint32(s.End.Offset)+uint32(len(stop)))
	return stop
}

func (s *scanner) clearLast(name string) error {
	file, err := s.fs.OpenReadWrite(s.path(name), writeCategory)
	if err == nil {
		err = errors.Join(clearInUse(file), file.Close())
	}
	if err != nil {
		return fmt.Errorf("binlog: marking %s as closed: %w", name, err)
	}
	return nil
}

// mendLast closes the last file where it lies, with no room but for its ending: a
// disk that is full is what servers crash of. What is accepted keeps its bytes;
// those that nothing proves durable are written again, for what reads back after
// a failed sync need not be on the disk, and no sync would bring it there
// that no write goes ahead of (C6).
//
// The steps, and what a crash behind each leaves, in any part of it:
//
//  1. Write the unproven groups as they are, and the ending. The same groups,
//     if they were durable, here or in the other log, or some of them; torn bytes
//     behind, some of which may be the ending now. Whether they prove that
//     more was durable was looked at before.
//  2. Cut what is behind the ending, or set the size that there is, which is as
//     unproven. The same, with the end torn or not.
//  3. Sync. From here on the file stands on its own.
//
// errors.ErrUnsupported if the file is to be cut and this file system cannot do that.
func (s *scanner) mendLast(name string, ending []byte) (err error) {
	file, err := s.fs.OpenReadWrite(s.path(name), writeCategory)
	if err != nil {
		return fmt.Errorf("binlog: opening %s: %w", name, err)
	}
	defer func() {
		if err = errors.Join(err, file.Close()); err != nil {
			err = fmt.Errorf("binlog: mending %s: %w", name, err)
		}
	}()
	info, err := file.Stat()
	if err != nil {
		return err
	}
	if err := s.copyLast(s.unproven(), func(b []byte, at int64) error { return writeAllAt(file, b, at) }); err != nil {
		return err
	}
	if err := writeAllAt(file, ending, int64(s.End.Offset)); err != nil {
		return err
	}
	if err := truncateTailWritten.Eval(); err != nil {
		return err
	}
	size := int64(s.End.Offset) + int64(len(ending))
	err = disk.Truncate(file, size)
	if errors.Is(err, errors.ErrUnsupported) && info.Size() <= size {
		err = nil
	}
	if err == nil {
		err = truncateTailCut.Eval()
	}
	if err != nil {
		return err
	}
	if err := file.Sync(); err != nil {
		return err
	}
	return truncateTailSynced.Eval()
}

// unproven is from where on the last file may be in the page cache alone. The
// other log has dropped nothing that the file was not synced with; without it,
// what the caller reads from on was durable, and the head is (B5).
func (s *scanner) unproven() int64 {
	switch {
	case len(s.tail.Data) > 0:
		return s.tail.Offset
	case s.from.File == s.End.File:
		return int64(s.from.Offset)
	}
	return s.headEnd
}

// rewriteLast replaces the last file by a copy, where it cannot be cut.
func (s *scanner) rewriteLast(name string, ending []byte) error {
	tmp := s.path(name + tmpSuffix)
	file, err := s.fs.Create(tmp, writeCategory)
	if err != nil {
		return fmt.Errorf("binlog: creating %s: %w", tmp, err)
	}
	err = s.copyLast(0, func(b []byte, _ int64) error { return writeAll(file, b) })
	if err == nil {
		err = writeAll(file, ending)
	}
	if err == nil {
		err = file.Sync()
	}
	if err = errors.Join(err, file.Close()); err != nil {
		// A disk that is full needs the room, and the next Open finds nothing to use.
		return errors.Join(fmt.Errorf("binlog: rewriting %s: %w", name, err), s.fs.Remove(tmp))
	}
	if err := s.fs.Rename(tmp, s.path(name)); err != nil {
		return fmt.Errorf("binlog: renaming %s: %w", tmp, err)
	}
	return s.sync()
}

// copyLast gives the accepted bytes of the last file to write, from an offset up
// to s.End.
func (s *scanner) copyLast(from int64, write func(b []byte, at int64) error) (err error) {
	r, err := OpenReader(s.fs, s.path(s.name(s.End.File)))
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, r.Close()) }()
	r.overlay(s.tail)
	buf := make([]byte, min(mendChunk, int64(s.End.Offset)-from))
	for at := from; at < int64(s.End.Offset); {
		b := buf[:min(int64(len(buf)), int64(s.End.Offset)-at)]
		if n, err := r.file.ReadAt(b, at); n < len(b) {
			return fmt.Errorf("binlog: reading %s at offset %d: %w", r.name, at, errors.Join(err, io.ErrUnexpectedEOF))
		}
		size := int64(len(b))
		if err := write(b, at); err != nil {
			return err
		}
		at += size
	}
	return nil
}

// writeAllAt writes b or fails; a short write without an error is one.
func writeAllAt(file vfs.File, b []byte, at int64) error {
	n, err := file.WriteAt(b, at)
	if err == nil && n < len(b) {
		err = io.ErrShortWrite
	}
	return err
}
