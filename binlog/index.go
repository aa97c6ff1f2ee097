package binlog

import (
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/cockroachdb/errors/oserror"
	"github.com/cockroachdb/pebble/v2/vfs"
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

// readIndex returns the numbers that the index names, which follow one
// another. ok is false if there is no index.
func (f folder) readIndex() (numbers []uint32, ok bool, err error) {
	file, err := f.fs.Open(f.path(f.index()))
	if oserror.IsNotExist(err) {
		return nil, false, nil
	}
	if err != nil {
		return nil, false, fmt.Errorf("binlog: opening %s: %w", f.index(), err)
	}
	text, err := io.ReadAll(io.LimitReader(file, indexSizeMax+1))
	if err = errors.Join(err, file.Close()); err != nil {
		return nil, false, fmt.Errorf("binlog: reading %s: %w", f.index(), err)
	}
	if len(text) > indexSizeMax {
		return nil, false, &CorruptError{f.index(), indexSizeMax, "larger than an index can be"}
	}
	numbers, err = f.parseIndex(string(text))
	return numbers, true, err
}

func (f folder) parseIndex(text string) ([]uint32, error) {
	var numbers []uint32
	offset := int64(0)
	for line := range strings.Lines(text) {
		name, ended := strings.CutSuffix(line, "\n")
		n, ok := ParseFileName(f.base, name)
		if !ended || !ok {
			return nil, &CorruptError{f.index(), offset, fmt.Sprintf("%q is not a file of this log", shorten(line))}
		}
		if len(numbers) > 0 && n != numbers[len(numbers)-1]+1 {
			return nil, &CorruptError{f.index(), offset, fmt.Sprintf("%s follows %s", name, f.name(numbers[len(numbers)-1]))}
		}
		numbers = append(numbers, n)
		offset += int64(len(line))
	}
	if len(numbers) == 0 {
		return nil, &CorruptError{f.index(), 0, "names no file"}
	}
	return numbers, nil
}

// writeIndex replaces the index in one step that a crash cannot divide.
func (f folder) writeIndex(numbers []uint32) error {
	var text []byte
	for _, n := range numbers {
		text = append(append(text, f.name(n)...), '\n')
	}
	tmp := f.path(f.index() + tmpSuffix)
	if err := indexCopyBefore.Eval(); err != nil {
		return err
	}
	file, err := f.fs.Create(tmp, writeCategory)
	if err != nil {
		return fmt.Errorf("binlog: creating %s: %w", tmp, err)
	}
	err = writeAll(file, text)
	if err == nil {
		err = indexCopyMid.Eval()
	}
	if err == nil {
		err = file.Sync()
	}
	if err = errors.Join(err, file.Close()); err != nil {
		return fmt.Errorf("binlog: writing %s: %w", tmp, err)
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
