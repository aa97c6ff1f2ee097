package binlog

import (
	"errors"
	"fmt"
	"slices"
)

// WalkCopy calls fn for each transaction in the files of a copy from number
// first on, up to the first file that is not there. An index is not needed.
func WalkCopy(dir string, o Options, first uint32, fn func(*Transaction) error) error {
	o = o.withDefaults()
	f := folder{o.FS, dir, o.BaseName}
	for n := first; ; n++ {
		_, ok, err := f.size(f.name(n))
		if err != nil || !ok {
			return err
		}
		if err := f.walkFile(n, fn); err != nil {
			return err
		}
	}
}

func (f folder) walkFile(n uint32, fn func(*Transaction) error) (err error) {
	r, err := f.openGroups(n)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, r.Close()) }()
	for {
		t, _, err := r.next()
		if err != nil || t == nil {
			return err
		}
		if err := fn(t); err != nil {
			return err
		}
	}
}

// CutCopy makes a log that ends at end, a group's or a file head's, of the files
// of a copy, and its index. The files are durable then.
func CutCopy(dir string, o Options, end Pos) error {
	o = o.withDefaults()
	f := folder{o.FS, dir, o.BaseName}
	present, _, err := f.list()
	if err != nil {
		return err
	}
	at := slices.Index(present, end.File)
	if at < 0 {
		return fmt.Errorf("%w: %s", ErrMissingFile, f.name(end.File))
	}
	for _, n := range present[at+1:] {
		if err := f.fs.Remove(f.path(f.name(n))); err != nil {
			return fmt.Errorf("binlog: removing %s: %w", f.name(n), err)
		}
	}
	if err := f.cutFile(end); err != nil {
		return err
	}
	return f.writeIndex(present[:at+1])
}

// cutFile replaces the file of end by what is in front of end, in use (B6).
func (f folder) cutFile(end Pos) error {
	name := f.name(end.File)
	file, err := f.fs.Create(f.path(name+tmpSuffix), writeCategory)
	if err != nil {
		return fmt.Errorf("binlog: creating %s: %w", name+tmpSuffix, err)
	}
	c := Copy{folder: f, end: end, Files: []FileInfo{{Name: name, Number: end.File, Size: int64(end.Offset)}}}
	if err := errors.Join(c.WriteFile(file, 0), file.Sync(), file.Close()); err != nil {
		return err
	}
	if err := f.fs.Rename(f.path(name+tmpSuffix), f.path(name)); err != nil {
		return fmt.Errorf("binlog: renaming %s: %w", name+tmpSuffix, err)
	}
	return f.sync()
}
