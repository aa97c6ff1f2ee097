package binlog

import (
	"errors"
	"fmt"
	"io"
)

// A Copy says which files make a copy of a log, and how much of each.
type Copy struct {
	Files []FileInfo // oldest first; Size is the copy's
	// IndexName and Index are the copy's index.
	IndexName string
	Index     []byte

	folder
	end Pos
}

// CopyOf describes a copy of the log in dir, up to end, which the caller keeps
// from moving while this runs; the files keep those bytes for good. The zero
// Pos stands for a log that nobody has open: all of it. A folder without a log
// gives a copy without files.
func CopyOf(dir string, o Options, end Pos) (Copy, error) {
	o = o.withDefaults()
	if err := o.validate(); err != nil {
		return Copy{}, err
	}
	c := Copy{folder: folder{o.FS, dir, o.BaseName}, end: end}
	x, ok, err := c.readIndex()
	if err != nil || !ok {
		return c, err
	}
	kept := fileIndex{restart: x.restart}
	for _, n := range x.numbers {
		if end != (Pos{}) && n > end.File {
			break
		}
		size, ok, err := c.size(c.name(n))
		if err != nil {
			return Copy{}, err
		}
		if n == end.File {
			size = int64(end.Offset)
		}
		if !ok {
			return Copy{}, fmt.Errorf("%w: %s, which the index names", ErrMissingFile, c.name(n))
		}
		c.Files = append(c.Files, FileInfo{Name: c.name(n), Number: n, Size: size})
		kept.numbers = append(kept.numbers, n)
	}
	c.Index = c.text(kept)
	c.IndexName = c.index()
	return c, nil
}

// WriteFile writes file number i of c.Files to w. The file of the end may have
// been closed meanwhile: in the copy it is in use (B6).
func (c *Copy) WriteFile(w io.Writer, i int) error {
	info := c.Files[i]
	f, err := c.fs.Open(c.path(info.Name))
	if err != nil {
		return fmt.Errorf("binlog: opening %s: %w", info.Name, err)
	}
	if info.Number == c.end.File {
		w = &inUseWriter{w: w}
	}
	n, err := io.Copy(w, io.LimitReader(f, info.Size))
	if err == nil && n < info.Size {
		err = io.ErrUnexpectedEOF
	}
	if err = errors.Join(err, f.Close()); err != nil {
		return fmt.Errorf("binlog: copying %s: %w", info.Name, err)
	}
	return nil
}

// inUseOffset is where a file has the byte with its IN_USE flag.
const inUseOffset = firstOffset + flagsOffset

// An inUseWriter sets the IN_USE flag of a file that goes through it. The
// checksum counts it as clear.
type inUseWriter struct {
	w  io.Writer
	at int64
}

// Write implements io.Writer.
func (u *inUseWriter) Write(p []byte) (int, error) {
	if i := inUseOffset - u.at; i >= 0 && i < int64(len(p)) {
		p = append([]byte(nil), p...)
		p[i] |= FlagInUse
	}
	n, err := u.w.Write(p)
	u.at += int64(n)
	return n, err
}
