package tclog

import (
	"archive/tar"
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"hash"
	"io"
	"time"

	"github.com/xadb/xadb/binlog"
	"github.com/xadb/xadb/engine"
	"github.com/xadb/xadb/wal"
)

// A backup is a tar stream:
//
//	manifest.json          what follows, with sizes, and at which moment
//	wal/…                  the log's segments, as far as they count
//	data/…                 the tables
//	binlog/…               the binlog's files, as far as they count, and its index
//	SHA256SUMS             the sums of all of the above, in sha256sum's format
//
// Unpacked it is a store that crashed at that moment, but for the log's control
// file, which Restore makes: the new store has a name of its own (C7).
const (
	manifestName   = "manifest.json"
	sumsName       = "SHA256SUMS"
	manifestFormat = 1
)

// A manifest is the first file of a backup.
type manifest struct {
	Format   int                 `json:"format"`
	Time     time.Time           `json:"time"`
	Store    string              `json:"store"` // identity, in hex
	Index    int64               `json:"index"` // of the last transaction in the binlog
	CommitNo uint64              `json:"commitNo"`
	Binlog   bool                `json:"binlog"` // it is on
	Log      wal.CopyState       `json:"log"`
	Files    []engine.BackupFile `json:"files"` // in order
}

func (m *manifest) size() (n int64) {
	for _, f := range m.Files {
		n += f.Size
	}
	return n
}

// BackupOptions configure a backup.
type BackupOptions struct {
	// Progress, unless nil, is called now and then with the bytes written of
	// the store's files, and how many there are. It must be quick.
	Progress func(done, total int64)
}

// BackupInfo says what a backup holds.
type BackupInfo struct {
	// Index is that of the last transaction in the binlog; 0 without one.
	Index int64
	// CommitNo is the number of the last commit.
	CommitNo uint64
	// Time is when the backup was fixed.
	Time time.Time
	// Bytes is the length of the stream.
	Bytes int64
}

// A backup is one call of Backup.
type backup struct {
	l     *Log
	ctx   context.Context
	o     BackupOptions
	state *engine.Backup
	m     manifest
	files binlog.Copy

	tar  *tar.Writer
	out  countingWriter
	sums bytes.Buffer
	done int64
}

// Backup writes the store as it is at one moment to w, prepared branches
// included, while others go on. They pause only while the moment is fixed.
func (l *Log) Backup(ctx context.Context, w io.Writer, o BackupOptions) (info BackupInfo, err error) {
	b := &backup{l: l, ctx: ctx, o: o}
	if l.bl != nil {
		defer l.bl.Hold()()
	}
	b.state, err = l.eng.BeginBackup(ctx, func(fix func() error) error {
		return l.pipe.Exclusive(ctx, func() error { return b.fix(fix) })
	})
	if err != nil {
		return BackupInfo{}, err
	}
	defer func() { err = errors.Join(err, b.state.Close()) }()
	b.m.Log, b.m.CommitNo = b.state.Log, b.state.CommitNo
	b.m.Files = append(b.state.Files(), b.m.Files...)
	b.out.w = w
	b.tar = tar.NewWriter(&b.out)
	if err := b.write(); err != nil {
		return BackupInfo{}, fmt.Errorf("tclog: writing a backup: %w", err)
	}
	return BackupInfo{Index: b.m.Index, CommitNo: b.m.CommitNo, Time: b.m.Time, Bytes: b.out.n}, nil
}

// fix runs while no group is in flight: whatever is in one log is in the other.
func (b *backup) fix(engineEnd func() error) error {
	if b.l.closed.Load() {
		return engine.ErrClosed
	}
	if err := engineEnd(); err != nil {
		return err
	}
	b.m.Format, b.m.Time = manifestFormat, b.l.opts.Engine.Clock.Now().UTC()
	id := b.l.eng.StoreID()
	b.m.Store = hex.EncodeToString(id[:])
	var end binlog.Pos
	if b.l.bl != nil {
		// What waits for room is not in the file, but in the engine's log.
		b.m.Binlog, b.m.Index, end = true, b.l.bl.LastIndex(), b.l.bl.DurablePos()
	}
	fs := b.l.opts.Engine.FS
	var err error
	b.files, err = binlog.CopyOf(fs.PathJoin(b.l.dir, BinlogDir), binlog.Options{FS: fs}, end)
	if err != nil || len(b.files.Files) == 0 {
		return err
	}
	for _, f := range b.files.Files {
		b.m.Files = append(b.m.Files, engine.BackupFile{Name: BinlogDir + "/" + f.Name, Size: f.Size})
	}
	b.m.Files = append(b.m.Files, engine.BackupFile{Name: BinlogDir + "/" + b.files.IndexName, Size: int64(len(b.files.Index))})
	return nil
}

// write writes the stream.
func (b *backup) write() error {
	text, err := json.MarshalIndent(b.m, "", "\t")
	if err != nil {
		return err
	}
	head := engine.BackupFile{Name: manifestName, Size: int64(len(text))}
	if err := b.entry(head, func(w io.Writer) error { return writeTo(w, text) }); err != nil {
		return err
	}
	for i, f := range b.m.Files {
		if err := b.entry(f, func(w io.Writer) error { return b.content(w, i) }); err != nil {
			return err
		}
	}
	sums := bytes.Clone(b.sums.Bytes())
	tail := engine.BackupFile{Name: sumsName, Size: int64(len(sums))}
	if err := b.entry(tail, func(w io.Writer) error { return writeTo(w, sums) }); err != nil {
		return err
	}
	return b.tar.Close()
}

// content writes file number i of the manifest.
func (b *backup) content(w io.Writer, i int) error {
	w = &progressWriter{w, b}
	if n := len(b.state.Files()); i >= n {
		if i -= n; i == len(b.files.Files) {
			return writeTo(w, b.files.Index)
		}
		return b.files.WriteFile(w, i)
	}
	return b.state.WriteFile(w, i)
}

// entry writes one file of the stream.
func (b *backup) entry(f engine.BackupFile, content func(io.Writer) error) error {
	if err := b.ctx.Err(); err != nil {
		return err
	}
	h := &tar.Header{Typeflag: tar.TypeReg, Name: f.Name, Size: f.Size, Mode: 0o600, ModTime: b.m.Time.Truncate(time.Second), Format: tar.FormatPAX}
	if err := b.tar.WriteHeader(h); err != nil {
		return err
	}
	sum := sha256.New()
	if err := content(io.MultiWriter(b.tar, sum)); err != nil {
		return err
	}
	b.sums.WriteString(sumLine(sum, f.Name))
	return nil
}

func sumLine(sum hash.Hash, name string) string {
	return hex.EncodeToString(sum.Sum(nil)) + "  " + name + "\n"
}

// writeTo writes b or fails.
func writeTo(w io.Writer, b []byte) error {
	_, err := w.Write(b)
	return err
}

type countingWriter struct {
	w io.Writer
	n int64
}

// Write implements io.Writer.
func (c *countingWriter) Write(p []byte) (int, error) {
	n, err := c.w.Write(p)
	c.n += int64(n)
	return n, err
}

// A progressWriter tells of what goes through, and stops when its backup's
// context has ended.
type progressWriter struct {
	w io.Writer
	b *backup
}

// Write implements io.Writer.
func (p *progressWriter) Write(data []byte) (int, error) {
	if err := p.b.ctx.Err(); err != nil {
		return 0, err
	}
	n, err := p.w.Write(data)
	p.b.done += int64(n)
	if report := p.b.o.Progress; report != nil {
		report(p.b.done, p.b.m.size())
	}
	return n, err
}
