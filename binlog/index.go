package binlog

import (
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"

	"github.com/cockroachdb/errors/oserror"
	"github.com/cockroachdb/pebble/v2/vfs"

	"github.com/xadb/xadb/internal/disk"
)

// writeCategory is what file systems that count writes file ours under.
const writeCategory vfs.DiskWriteCategory = "binlog"

// tmpSuffix marks files that are being written and will be renamed.
const tmpSuffix = ".tmp"

// indexSizeMax bounds the index: well over a million files.
const indexSizeMax = 32 << 20

// A folder is where the files of one log are.
type folder struct {
	fs   vfs.FS
	dir  string
	base string
}

func (f folder) name(n uint32) string    { return FileName(f.base, n) }
func (f folder) index() string           { return f.base + ".index" }
func (f folder) path(name string) string { return f.fs.PathJoin(f.dir, name) }

// sync makes creations, renames and removals in the folder durable.
func (f folder) sync() error {
	d, err := f.fs.OpenDir(f.dir)
	if err != nil {
		return fmt.Errorf("binlog: opening folder %s: %w", f.dir, err)
	}
	if err := errors.Join(d.Sync(), d.Close()); err != nil {
		return fmt.Errorf("binlog: syncing folder %s: %w", f.dir, err)
	}
	return nil
}

// size is a file's size, or ok = false if it is not there.
func (f folder) size(name string) (size int64, ok bool, err error) {
	info, err := f.fs.Stat(f.path(name))
	if oserror.IsNotExist(err) {
		return 0, false, nil
	}
	if err != nil {
		return 0, false, fmt.Errorf("binlog: size of %s: %w", name, err)
	}
	return info.Size(), true, nil
}

// A fileIndex is what the index says: the numbers of the files, which follow one
// another, and in a line of its own in front where the last Reset began.
type fileIndex struct {
	numbers []uint32
	restart restart
}

// span is the numbers of the oldest and the newest file.
func (x fileIndex) span() (first, last uint32) { return x.numbers[0], x.numbers[len(x.numbers)-1] }

// resetWord begins the line of a Reset: the file and the index in front of it.
const resetWord = "#reset "

// readIndex reads the index. ok is false if there is none.
func (f folder) readIndex() (x fileIndex, ok bool, err error) {
	file, err := f.fs.Open(f.path(f.index()))
	if oserror.IsNotExist(err) {
		return x, false, nil
	}
	if err != nil {
		return x, false, fmt.Errorf("binlog: opening %s: %w", f.index(), err)
	}
	text, err := io.ReadAll(io.LimitReader(file, indexSizeMax+1))
	if err = errors.Join(err, file.Close()); err != nil {
		return x, false, fmt.Errorf("binlog: reading %s: %w", f.index(), err)
	}
	if len(text) > indexSizeMax {
		return x, false, &CorruptError{f.index(), indexSizeMax, "larger than an index can be"}
	}
	x, err = f.parseIndex(string(text))
	return x, true, err
}

func (f folder) parseIndex(text string) (x fileIndex, err error) {
	offset := int64(0)
	for line := range strings.Lines(text) {
		if offset == 0 && strings.HasPrefix(line, resetWord) {
			if x.restart, err = f.parseRestart(line); err != nil {
				return x, err
			}
			offset += int64(len(line))
			continue
		}
		name, ended := strings.CutSuffix(line, "\n")
		n, ok := ParseFileName(f.base, name)
		if !ended || !ok {
			return x, &CorruptError{f.index(), offset, fmt.Sprintf("%q is not a file of this log", shorten(line))}
		}
		if i := len(x.numbers); i > 0 && n != x.numbers[i-1]+1 {
			return x, &CorruptError{f.index(), offset, fmt.Sprintf("%s follows %s", name, f.name(x.numbers[i-1]))}
		}
		x.numbers = append(x.numbers, n)
		offset += int64(len(line))
	}
	if len(x.numbers) == 0 {
		return x, &CorruptError{f.index(), 0, "names no file"}
	}
	if x.numbers[0] < x.restart.file {
		return x, &CorruptError{f.index(), 0, fmt.Sprintf("begins with %s, before the reset at %s", f.name(x.numbers[0]), f.name(x.restart.file))}
	}
	return x, nil
}

func (f folder) parseRestart(line string) (r restart, err error) {
	name, number, _ := strings.Cut(strings.TrimPrefix(line, resetWord), " ")
	digits, ended := strings.CutSuffix(number, "\n")
	var ok bool
	r.file, ok = ParseFileName(f.base, name)
	r.before, err = strconv.ParseInt(digits, 10, 64)
	if !ok || !ended || err != nil || r.before < 0 {
		return r, &CorruptError{f.index(), 0, fmt.Sprintf("%q is not a reset", shorten(line))}
	}
	return r, nil
}

// text is the index as it lies in its file.
func (f folder) text(x fileIndex) (text []byte) {
	if x.restart.file != 0 {
		text = fmt.Appendf(text, "%s%s %d\n", resetWord, f.name(x.restart.file), x.restart.before)
	}
	for _, n := range x.numbers {
		text = append(append(text, f.name(n)...), '\n')
	}
	return text
}

// writeIndex replaces the index in one step that a crash cannot divide.
func (f folder) writeIndex(x fileIndex) error {
	tmp := f.path(f.index() + tmpSuffix)
	if err := indexCopyBefore.Eval(); err != nil {
		return err
	}
	file, err := f.fs.Create(tmp, writeCategory)
	if err != nil {
		return fmt.Errorf("binlog: creating %s: %w", tmp, err)
	}
	err = writeAll(file, f.text(x))
	if err == nil {
		err = indexCopyMid.Eval()
	}
	if err == nil {
		err = file.Sync()
	}
	if err = errors.Join(err, file.Close()); err != nil {
		err = fmt.Errorf("binlog: writing %s: %w", tmp, err)
		if disk.IsFull(err) { // which needs the room
			err = errors.Join(err, f.fs.Remove(tmp))
		}
		return err
	}
	if err := indexCopyAfter.Eval(); err != nil {
		return err
	}
	return f.renameIndex(tmp)
}

func (f folder) renameIndex(tmp string) error {
	if err := indexRenameBefore.Eval(); err != nil {
		return err
	}
	if err := f.fs.Rename(tmp, f.path(f.index())); err != nil {
		return fmt.Errorf("binlog: renaming %s: %w", tmp, err)
	}
	if err := indexRenameAfter.Eval(); err != nil {
		return err
	}
	if err := f.sync(); err != nil {
		return err
	}
	return indexAfterDirSync.Eval()
}

// writeAll writes b or fails; a short write without an error is one.
func writeAll(file vfs.File, b []byte) error {
	n, err := file.Write(b)
	if err == nil && n < len(b) {
		err = io.ErrShortWrite
	}
	return err
}

// list returns the numbered files in the folder, in order, and the leftovers
// of interrupted writes.
func (f folder) list() (numbers []uint32, leftovers []string, err error) {
	names, err := f.fs.List(f.dir)
	if oserror.IsNotExist(err) {
		return nil, nil, nil
	}
	if err != nil {
		return nil, nil, fmt.Errorf("binlog: listing %s: %w", f.dir, err)
	}
	slices.Sort(names)
	for _, name := range names {
		if n, ok := ParseFileName(f.base, name); ok {
			numbers = append(numbers, n)
			continue
		}
		whole, isTmp := strings.CutSuffix(name, tmpSuffix)
		if _, ok := ParseFileName(f.base, whole); isTmp && (ok || whole == f.index()) {
			leftovers = append(leftovers, name)
		}
	}
	slices.Sort(numbers)
	return numbers, leftovers, nil
}
