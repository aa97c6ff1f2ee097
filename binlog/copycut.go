package binlog

import (
	"errors"
	"fmt"
	"slices"
)

// WalkCopy calls fn for each transaction in the files of a copy from number
// first on, up to the first file that is not there; a file that is not in the
// index counts. ErrReset where a file begins anew: indexes there are unknown.
func WalkCopy(dir string, o Options, first uint32, fn func(*Transaction) error) error {
	o = o.withDefaults()
	f := folder{o.FS, dir, o.BaseName}
	x, _, err := f.readIndex()
	if err != nil {
		return err
	}
	w := copyWalk{folder: f, restart: x.restart, fn: fn}
	for n := first; ; n++ {
		_, ok, err := f.size(f.name(n))
		if err != nil || !ok {
			return err
		}
		if err := w.file(n); err != nil {
			return err
		}
	}
}

// A copyWalk goes through the files of a copy.
type copyWalk struct {
	folder
	restart restart
	last    int64 // how many GTIDs there were
	fn      func(*Transaction) error
}

func (w *copyWalk) file(n uint32) (err error) {
	r, err := w.openGroups(n)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, r.Close()) }()
	if r.previous.Count() < w.last {
		return fmt.Errorf("%w in %s", ErrReset, w.name(n))
	}
	r.d.before = w.restart.before + r.previous.Count()
	for {
		t, _, err := r.next()
		if err != nil || t == nil {
			return err
		}
		w.last = t.Index() - w.restart.before
		if err := w.fn(t); err != nil {
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
	x, _, err := f.readIndex()
	if err != nil {
		return err
	}
	return f.writeIndex(fileIndex{numbers: present[:at+1], restart: x.restart})
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
