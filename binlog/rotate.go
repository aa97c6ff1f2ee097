package binlog

import (
	"errors"
	"fmt"

	"github.com/cockroachdb/pebble/v2/vfs"

	"github.com/xadb/xadb/internal/bug"
)

// NeedRotate reports whether the current file has reached SizeMax.
func (l *Log) NeedRotate() bool { return l.pos >= l.sizeMax.Load() }

// SizeMax is Options.SizeMax, or what SetSizeMax has made of it.
func (l *Log) SizeMax() int64 { return l.sizeMax.Load() }

// SetSizeMax changes Options.SizeMax from the next group on.
func (l *Log) SetSizeMax(n int64) error {
	if err := checkSizeMax(n); err != nil {
		return err
	}
	l.sizeMax.Store(n)
	return nil
}

// Rotate ends the current file and begins the next. The caller guarantees
// that recovery will not need the old file: every group in it is committed
// and the engine's log of that is durable. An error poisons the log, unless
// groups that are to be written behind wait for room on a full disk.
func (l *Log) Rotate() error { return l.turn(false) }

// turn ends the current file and begins the next, of a log that is reset or goes
// on.
func (l *Log) turn(reset bool) error {
	if err := l.ready(); err != nil {
		return err
	}
	if l.number == 1<<32-1 {
		return fmt.Errorf("%w: no file number behind %d", ErrInvalid, l.number)
	}
	l.syncMu.Lock()
	defer l.syncMu.Unlock()
	if err := l.drainAll(); err != nil {
		return err // nothing has changed; the other log has what waits
	}
	if err := rotateBeforeEvent.Eval(); err != nil {
		return l.poison(err)
	}
	next, last := newFile{number: l.number + 1}, appendRotate(nil, l.name(l.number+1), uint64(firstOffset))
	if reset {
		next.anew, last = l.renumbered(), appendStop(nil) // nothing follows it
	}
	if err := l.endFile(last); err != nil {
		return err
	}
	if err := l.closeFiles(); err != nil {
		return l.poison(err)
	}
	l.offset = l.counter
	if err := l.beginFile(next); err != nil {
		return l.poison(err)
	}
	return nil
}

// endFile appends the file's last event, makes all of it durable and only
// then takes back the in-use flag: a file without the flag is whole. l.syncMu
// is held. An error has poisoned the log.
func (l *Log) endFile(last []byte) error {
	l.forgetLast()
	if err := l.emit(last, uint32(l.o.Clock.Now().Unix())); err != nil {
		return err
	}
	if err := l.write(); err != nil {
		return err
	}
	err := rotateAfterEvent.Eval()
	if err == nil {
		l.mu.Lock()
		l.end = l.flushed
		l.mu.Unlock()
		if err := l.syncCurrent(); err != nil {
			return err
		}
		err = rotateAfterOldSync.Eval()
	}
	if err == nil {
		err = rotateBeforeClear.Eval()
	}
	if err == nil {
		err = clearInUse(l.syncFile)
	}
	if err == nil {
		err = rotateAfterClear.Eval()
	}
	if err != nil {
		return l.poison(err)
	}
	return nil
}

// clearInUse marks the file as closed, durably. The byte holds no other flag
// in a file's first event.
func clearInUse(file vfs.File) error {
	if err := writeAllAt(file, []byte{0}, firstOffset+flagsOffset); err != nil {
		return err
	}
	return file.Sync()
}

func (l *Log) closeFiles() error {
	err := errors.Join(l.w.Close(), l.syncFile.Close())
	l.w, l.syncFile = nil, nil
	if err != nil {
		return fmt.Errorf("binlog: closing %s: %w", l.name(l.number), err)
	}
	return nil
}

// A newFile is what a file is to be begun with.
type newFile struct {
	number  uint32
	created uint32     // when the server was started, if it is the first since then
	anew    *numbering // of a log that is reset; nil: it goes on
}

// beginFile makes it the current one. The file and its entry in
// the folder are durable before the index names it; a file that the index
// does not name holds nothing that anyone waits for. l.syncMu is held.
func (l *Log) beginFile(f newFile) error {
	n := f.number
	w, err := l.fs.Create(l.path(l.name(n)), writeCategory)
	if err != nil {
		return fmt.Errorf("binlog: creating %s: %w", l.name(n), err)
	}
	l.w = w
	size, err := l.writeHead(f)
	if err != nil {
		return fmt.Errorf("binlog: writing %s: %w", l.name(n), err)
	}
	l.indexMu.Lock()
	defer l.indexMu.Unlock()
	steps := []func() error{
		l.syncHead,
		func() error { return l.updateIndex(l.indexWith(f)) },
	}
	if bug.On(bug.IndexBeforeSync) {
		steps[0], steps[1] = steps[1], steps[0]
	}
	for _, step := range steps {
		if err := step(); err != nil {
			return err
		}
	}
	if l.syncFile, err = l.fs.OpenReadWrite(l.path(l.name(n)), writeCategory); err != nil {
		return fmt.Errorf("binlog: opening %s: %w", l.name(n), err)
	}
	l.pos = size
	l.tracker.Rotate(l.counter + 1)
	l.mu.Lock()
	defer l.mu.Unlock()
	l.number = n
	if f.anew != nil {
		l.startAnew(n, f.anew)
	}
	l.files = append(l.files, FileInfo{Name: l.name(n), Number: n, Size: size})
	l.end = Pos{n, uint64(size)}
	l.flushed, l.synced, l.durable, l.executed = l.end, l.end, l.end, l.end
	l.behind.released = l.end
	l.wakeLocked()
	return nil
}

// writeHead writes what is in front of the first group.
func (l *Log) writeHead(f newFile) (size int64, err error) {
	if err := newAfterCreate.Eval(); err != nil {
		return 0, err
	}
	set := l.gtidsUpTo(l.counter)
	if f.anew != nil {
		set = GTIDSet{}
	}
	now := uint32(l.o.Clock.Now().Unix())
	for _, part := range []struct {
		bytes []byte
		after func() error
	}{
		{[]byte(Magic), newAfterMagic.Eval},
		{appendFormatDescription(nil, l.o.ServerVersion, f.created, FlagInUse), newAfterFormat.Eval},
		{appendPreviousGTIDs(nil, &set), newAfterPrevGTIDs.Eval},
	} {
		size += int64(len(part.bytes))
		if len(part.bytes) >= eventSizeMin {
			sealEvent(part.bytes, now, l.o.ServerID, uint32(size))
		}
		if err := writeAll(l.w, part.bytes); err != nil {
			return 0, err
		}
		if err := part.after(); err != nil {
			return 0, err
		}
	}
	l.bytes.Add(size)
	return size, nil
}

// indexWith is the index that names the new file.
func (l *Log) indexWith(f newFile) fileIndex {
	if f.anew != nil {
		if bug.On(bug.ResetBeforeIndex) {
			_ = l.remove(l.name(f.number - 1))
		}
		return fileIndex{numbers: []uint32{f.number}, restart: restart{f.number, f.anew.before}}
	}
	x := l.indexNow()
	x.numbers = append(x.numbers, f.number)
	return x
}

// syncHead makes the new file durable under its name.
func (l *Log) syncHead() error {
	if err := l.w.Sync(); err != nil {
		return fmt.Errorf("binlog: syncing a new file: %w", err)
	}
	if err := newAfterSync.Eval(); err != nil {
		return err
	}
	return l.sync()
}

func (l *Log) updateIndex(x fileIndex) error {
	if err := createBeforeIndex.Eval(); err != nil {
		return err
	}
	if err := l.writeIndex(x); err != nil {
		return err
	}
	return createAfterIndex.Eval()
}
