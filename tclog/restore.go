package tclog

import (
	"archive/tar"
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/cockroachdb/pebble/v2/vfs"

	"github.com/xadb/xadb/engine"
)

// ErrBackup: a stream is not a whole, undamaged backup. Nothing is left of what
// was restored of it.
var ErrBackup = errors.New("tclog: not a whole backup")

// Bounds on what Restore reads into memory, in bytes.
const (
	manifestMax = 64 << 20
	sumsMax     = 64 << 20
)

// A restorer is one call of Restore.
type restorer struct {
	ctx  context.Context
	fs   vfs.FS
	dir  string
	tar  *tar.Reader
	m    manifest
	sums bytes.Buffer
}

// Restore makes a store in dir, which must be empty or not there, of a backup.
// The store has a name of its own; Open recovers it as after a crash. ErrBackup
// if the stream is cut or damaged; dir is empty again then, also after any other
// error. What a crash in between leaves is no store, and no place for one.
//
// With an archive the store is brought to a later moment: ErrNoPoint if it does
// not reach that.
func Restore(ctx context.Context, r io.Reader, dir string, o Options, p Point) (info BackupInfo, err error) {
	in := &countingReader{r: r}
	re := &restorer{ctx: ctx, fs: o.Engine.FS, dir: dir, tar: tar.NewReader(in)}
	if err := re.checkEmpty(); err != nil {
		return BackupInfo{}, err
	}
	if err := re.readManifest(); err != nil {
		return BackupInfo{}, err
	}
	if err := re.restore(o, p); err != nil {
		return BackupInfo{}, errors.Join(err, re.undo())
	}
	return BackupInfo{Index: re.m.Index, CommitNo: re.m.CommitNo, Time: re.m.Time, Bytes: in.n}, nil
}

func (re *restorer) checkEmpty() error {
	names, err := re.fs.List(re.dir)
	if err != nil {
		return nil // it will be made, or that will fail
	}
	if len(names) > 0 {
		return fmt.Errorf("tclog: cannot restore into %s: it is not empty (%s); choose an empty folder", re.dir, names[0])
	}
	return nil
}

// restore writes the files, then the log's control file. The log's segments
// come first, and durably: without a control file they keep Open from making a
// new store.
func (re *restorer) restore(o Options, p Point) error {
	folder := "" // that is being filled
	for _, f := range re.m.Files {
		next, _, _ := strings.Cut(f.Name, "/")
		if next != folder {
			if err := re.changeDir(folder, next); err != nil {
				return err
			}
			folder = next
		}
		if err := re.file(f); err != nil {
			return err
		}
	}
	if err := re.readSums(); err != nil {
		return err
	}
	if err := syncFolder(re.fs, re.fs.PathJoin(re.dir, folder)); err != nil {
		return err
	}
	log, err := re.rollForward(p)
	if err != nil {
		return err
	}
	return engine.AdoptBackup(re.dir, o.Engine, log)
}

// changeDir makes what is in one folder of the store durable, unless there is
// none, and then the next one, with those above.
func (re *restorer) changeDir(folder, next string) error {
	if folder != "" {
		if err := syncFolder(re.fs, re.fs.PathJoin(re.dir, folder)); err != nil {
			return err
		}
	}
	return makeDirs(re.fs, re.fs.PathJoin(re.dir, next), re.fs.PathDir(re.dir))
}

func syncFolder(fs vfs.FS, name string) error {
	d, err := fs.OpenDir(name)
	if err == nil {
		err = errors.Join(d.Sync(), d.Close())
	}
	if err != nil {
		return fmt.Errorf("tclog: syncing folder %s: %w", name, err)
	}
	return nil
}

// next opens the next entry, which must be this one. Size -1 is any size up to
// the maximum.
func (re *restorer) next(name string, size, sizeMax int64) (*tar.Header, error) {
	if err := re.ctx.Err(); err != nil {
		return nil, err
	}
	h, err := re.tar.Next()
	if err != nil {
		return nil, re.broken(name, err)
	}
	if h.Typeflag != tar.TypeReg || h.Name != name || size >= 0 && h.Size != size || h.Size > sizeMax {
		return nil, fmt.Errorf("%w: %s of %d bytes where %s should be", ErrBackup, shortName(h.Name), h.Size, name)
	}
	return h, nil
}

// broken says that the stream ends, or stops making sense, at an entry.
func (re *restorer) broken(name string, err error) error {
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, tar.ErrHeader) {
		return fmt.Errorf("%w: it ends, or is damaged, at %s: %w", ErrBackup, name, err)
	}
	return fmt.Errorf("tclog: reading a backup at %s: %w", name, err)
}

// shortName keeps a name from outside at a length fit for a message.
func shortName(s string) string {
	const most = 80
	return fmt.Sprintf("%q", s[:min(len(s), most)])
}

func (re *restorer) readManifest() error {
	h, err := re.next(manifestName, -1, manifestMax)
	if err != nil {
		return err
	}
	text := make([]byte, h.Size)
	if _, err := io.ReadFull(re.tar, text); err != nil {
		return re.broken(manifestName, err)
	}
	sum := sha256.New()
	sum.Write(text)
	re.sums.WriteString(sumLine(sum, manifestName))
	if err := checkFormat(text); err != nil {
		return err
	}
	if err := json.Unmarshal(text, &re.m); err != nil {
		return fmt.Errorf("%w: %s: %w", ErrBackup, manifestName, err)
	}
	return re.m.validate()
}

// checkFormat looks at the one thing that a manifest of any format says.
func checkFormat(text []byte) error {
	var m struct {
		Format uint32 `json:"format"`
	}
	switch err := json.Unmarshal(text, &m); {
	case err != nil:
		return fmt.Errorf("%w: %s: %w", ErrBackup, manifestName, err)
	case m.Format > manifestFormat:
		return fmt.Errorf("tclog: a backup: %w", &engine.FormatError{Found: m.Format, Supported: manifestFormat})
	case m.Format < manifestFormat:
		return fmt.Errorf("%w: format %d, not %d", ErrBackup, m.Format, manifestFormat)
	}
	return nil
}

// validate checks the names, which become paths, and that the log comes first.
func (m *manifest) validate() error {
	segments := len(m.Log.Segments)
	if segments == 0 || len(m.Files) < segments {
		return fmt.Errorf("%w: the manifest has no log", ErrBackup)
	}
	seen := map[string]bool{}
	for i, f := range m.Files {
		folder, base, _ := strings.Cut(f.Name, "/")
		known := (folder == engine.BackupLogDir) == (i < segments) &&
			(i < segments || folder == engine.BackupTablesDir || folder == BinlogDir)
		if !known || base == "" || base == "." || base == ".." || strings.ContainsAny(base, `/\:`) || f.Size < 0 || seen[f.Name] {
			return fmt.Errorf("%w: the manifest names a file %s", ErrBackup, shortName(f.Name))
		}
		if i < segments && (m.Log.Segments[i].Name != base || m.Log.Segments[i].Size != f.Size) {
			return fmt.Errorf("%w: the manifest's log is not its files", ErrBackup)
		}
		seen[f.Name] = true
	}
	return nil
}

// file writes one file of the store, durably.
func (re *restorer) file(f engine.BackupFile) error {
	if _, err := re.next(f.Name, f.Size, f.Size); err != nil {
		return err
	}
	name := re.fs.PathJoin(re.dir, re.fs.PathJoin(strings.Split(f.Name, "/")...))
	file, err := re.fs.Create(name, vfs.WriteCategoryUnspecified)
	if err != nil {
		return fmt.Errorf("tclog: creating %s: %w", name, err)
	}
	sum := sha256.New() // ahead of the file, whose Write may change its argument
	_, rerr := io.Copy(io.MultiWriter(sum, file), &contextReader{re.ctx, re.tar})
	if rerr != nil {
		rerr = re.broken(f.Name, rerr)
	}
	if err := errors.Join(rerr, file.Sync(), file.Close()); err != nil {
		return err
	}
	re.sums.WriteString(sumLine(sum, f.Name))
	return nil
}

// readSums compares the sums of what was read with those in the stream.
func (re *restorer) readSums() error {
	h, err := re.next(sumsName, -1, sumsMax)
	if err != nil {
		return err
	}
	text := make([]byte, h.Size)
	if _, err := io.ReadFull(re.tar, text); err != nil {
		return re.broken(sumsName, err)
	}
	want, got := strings.SplitAfter(string(text), "\n"), strings.SplitAfter(re.sums.String(), "\n")
	for i := range got {
		if i >= len(want) || want[i] != got[i] {
			_, name, _ := strings.Cut(strings.TrimSpace(got[i]), "  ")
			return fmt.Errorf("%w: %s is damaged, or its sum in %s", ErrBackup, name, sumsName)
		}
	}
	if len(want) != len(got) {
		return fmt.Errorf("%w: %s has sums of files that are not there", ErrBackup, sumsName)
	}
	return nil
}

// undo removes what was restored; the log's segments last, as they came first.
func (re *restorer) undo() error {
	for _, folder := range []string{engine.BackupTablesDir, BinlogDir, engine.BackupLogDir} {
		if err := re.fs.RemoveAll(re.fs.PathJoin(re.dir, folder)); err != nil {
			return fmt.Errorf("tclog: removing what was restored: %w", err)
		}
	}
	return nil
}

// A contextReader reads until its context ends.
type contextReader struct {
	ctx context.Context
	r   io.Reader
}

// Read implements io.Reader.
func (c *contextReader) Read(p []byte) (int, error) {
	if err := c.ctx.Err(); err != nil {
		return 0, err
	}
	return c.r.Read(p)
}

type countingReader struct {
	r io.Reader
	n int64
}

// Read implements io.Reader.
func (c *countingReader) Read(p []byte) (int, error) {
	n, err := c.r.Read(p)
	c.n += int64(n)
	return n, err
}
