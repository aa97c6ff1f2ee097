package disk

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"strings"
	"syscall"
	"testing"

	"github.com/cockroachdb/pebble/v2/vfs"

	"github.com/xadb/xadb/fuzz/simdisk"
)

// A rig is an FS on a simulated disk of 1 MiB with a ballast of 64 KiB.
type rig struct {
	t      *testing.T
	disk   *simdisk.Disk
	fs     *FS
	failed []string // syncs
	filled int
}

const (
	diskSize    = 1 << 20
	ballastSize = 64 << 10
)

func newRig(t *testing.T) *rig {
	r := &rig{t: t, disk: simdisk.New(simdisk.Options{Seed: 1, QuotaBytes: diskSize, Scribble: true})}
	r.start()
	return r
}

func (r *rig) start() {
	r.fs = New(r.disk.FS(), Options{
		Dir: "s", Ballast: ballastSize, Logger: slog.New(slog.NewTextHandler(io.Discard, nil)),
		SyncFailed: func(err error) { r.failed = append(r.failed, err.Error()) },
		Filled:     func() { r.filled++ },
	})
	r.must(r.fs.MkdirAll("s", 0o755))
	r.fs.Adopt()
}

func (r *rig) must(err error) {
	r.t.Helper()
	if err != nil {
		r.t.Fatal(err)
	}
}

func (r *rig) inject(rule string) {
	r.t.Helper()
	parsed, err := simdisk.ParseRule(rule)
	r.must(err)
	r.must(r.disk.Inject(parsed))
}

func (r *rig) create(name string) vfs.File {
	r.t.Helper()
	f, err := r.fs.Create(name, vfs.WriteCategoryUnspecified)
	r.must(err)
	return f
}

// eat leaves so many bytes on the disk.
func (r *rig) eat(left int64) {
	r.t.Helper()
	f, err := r.disk.FS().Create("s/other", vfs.WriteCategoryUnspecified)
	r.must(err)
	r.must(f.Preallocate(0, r.fs.Free()-left))
	r.must(f.Close())
}

func (r *rig) ballast() bool {
	_, err := r.disk.FS().Stat("s/BALLAST")
	return err == nil
}

// TestWritesGoOn: a write that finds the disk full goes on where it stopped,
// in the ballast's room, and so does the making of files.
func TestWritesGoOn(t *testing.T) {
	text := bytes.Repeat([]byte("0123456789abcdef"), 1024)
	writes := map[string]func(f vfs.File) error{
		"write": func(f vfs.File) error {
			n, err := f.Write(bytes.Clone(text))
			if err == nil && n < len(text) {
				err = io.ErrShortWrite
			}
			return err
		},
		"write at": func(f vfs.File) error {
			n, err := f.WriteAt(text, 0)
			if err == nil && n < len(text) {
				err = io.ErrShortWrite
			}
			return err
		},
		"preallocate": func(f vfs.File) error {
			if err := f.Preallocate(0, int64(len(text))); err != nil {
				return err
			}
			_, err := f.Write(bytes.Clone(text))
			return err
		},
	}
	for name, write := range writes {
		t.Run(name, func(t *testing.T) {
			r := newRig(t)
			r.fs.Keep()
			f := r.create("s/f")
			r.eat(1000)
			r.must(write(f))
			if !r.fs.Full() || r.ballast() || r.filled != 1 {
				t.Errorf("full %t, ballast %t, told %d times", r.fs.Full(), r.ballast(), r.filled)
			}
			if got, err := r.disk.ReadFile("s/f"); err != nil || !bytes.Equal(got, text) {
				t.Errorf("the file holds %d bytes (%v), %d were written", len(got), err, len(text))
			}
		})
	}
	r := newRig(t)
	r.fs.Keep()
	r.eat(0)
	r.must(r.fs.MkdirAll("s/d", 0o755))
	r.must(r.create("s/d/f").Close())
}

// TestReserveIsFinite: when the ballast is gone, the error goes up, with the
// bytes that found room.
func TestReserveIsFinite(t *testing.T) {
	r := newRig(t)
	r.fs.Keep()
	f := r.create("s/f")
	r.eat(0)
	n, err := f.Write(make([]byte, 2*ballastSize))
	if !IsFull(err) || n < ballastSize/2 {
		t.Errorf("wrote %d bytes: %v", n, err)
	}
	if n, err := f.Write(make([]byte, 1)); !IsFull(err) || n != 0 {
		t.Errorf("then %d: %v", n, err)
	}
	if r.filled != 1 {
		t.Errorf("told %d times of one full disk", r.filled)
	}
}

// TestUnwrittenBytes: what a full disk does not take is in the caller's hands
// as it was.
func TestUnwrittenBytes(t *testing.T) {
	r := newRig(t)
	f := r.create("s/a")
	r.eat(10)
	p := []byte("0123456789abcdef")
	n, err := f.Write(p)
	if !IsFull(err) || n >= len(p) || string(p[n:]) != "0123456789abcdef"[n:] {
		t.Errorf("%d bytes, %v, left are %q", n, err, p[n:])
	}
}

// An outpacedFS lets another take the ballast, and make it again, while a
// Create that found no room is on its way back.
type outpacedFS struct {
	vfs.FS
	between func()
}

func (fs *outpacedFS) Create(name string, c vfs.DiskWriteCategory) (vfs.File, error) {
	f, err := fs.FS.Create(name, c)
	if between := fs.between; IsFull(err) && between != nil {
		fs.between = nil
		between()
	}
	return f, err
}

// TestBallastIsBack: whoever finds the disk full gets the room of the ballast
// also if another had it first and it is back.
func TestBallastIsBack(t *testing.T) {
	r := newRig(t)
	fs := &outpacedFS{FS: r.disk.FS()}
	r.fs.FS = fs
	r.fs.Keep()
	r.inject("create s/b nth=1 err=ENOSPC")
	r.inject("create s/b nth=2 err=ENOSPC")
	fs.between = func() {
		if !r.fs.release(r.fs.released.Load(), false) || !r.fs.Refill() {
			t.Error("the ballast does not go and come back")
		}
	}
	r.create("s/b")
	if r.ballast() || !r.fs.Full() {
		t.Error("the disk was found full and the ballast is there")
	}
}

// TestRefill: the disk is full until the ballast is back with something to
// spare; then it can be used up again.
func TestRefill(t *testing.T) {
	r := newRig(t)
	r.fs.Keep()
	f := r.create("s/f")
	for episode := range 3 {
		r.eat(100)
		if _, err := f.Write(make([]byte, 5000)); err != nil {
			t.Fatal(err)
		}
		r.disk.SetQuota(int64(r.used()) + ballastSize) // room for the ballast alone
		if r.fs.Refill() || r.ballast() {
			t.Fatal("refilled without room to write")
		}
		r.disk.SetQuota(int64(r.used()) + 2*ballastSize)
		if !r.fs.Refill() || r.fs.Full() || !r.ballast() {
			t.Fatal("there was room")
		}
		if r.filled != episode+1 {
			t.Errorf("told %d times", r.filled)
		}
	}
}

func (r *rig) used() uint64 {
	usage, err := r.disk.FS().GetDiskUsage("s")
	r.must(err)
	return usage.UsedBytes
}

// TestAdopt: the next life has the ballast from its first write on, makes it
// again if it is not whole, and is full if it cannot.
func TestAdopt(t *testing.T) {
	r := newRig(t)
	r.fs.Keep()
	r.eat(0)
	r.disk = r.disk.Restart()
	r.start()
	r.must(r.create("s/f").Close())
	if r.fs.Keep(); !r.fs.Full() || r.filled != 2 {
		t.Errorf("full %t, told %d times", r.fs.Full(), r.filled)
	}
	r.must(r.fs.Remove("s/other"))
	if !r.fs.Refill() {
		t.Error("there is room")
	}

	r.must(r.disk.FS().Remove("s/BALLAST"))
	torn, err := r.disk.FS().Create("s/BALLAST", vfs.WriteCategoryUnspecified)
	r.must(err)
	r.must(torn.Close())
	r.disk = r.disk.Restart()
	r.start()
	before := r.used()
	if r.fs.Keep(); r.used() < before+ballastSize || r.fs.Full() {
		t.Error("a ballast without a size was taken for whole")
	}
	before = r.used()
	if r.fs.Keep(); r.used() != before {
		t.Error("a whole ballast was made again")
	}
}

// TestSyncs: a failed sync is told and never repeated (R1), on a full disk
// neither.
func TestSyncs(t *testing.T) {
	for _, rule := range []string{"sync f", "sync f err=ENOSPC", "syncdata f", "dirsync s"} {
		t.Run(rule, func(t *testing.T) {
			r := newRig(t)
			r.fs.Keep()
			f := r.create("s/f")
			_, err := f.Write([]byte("text"))
			r.must(err)
			r.inject(rule)
			sync := f.Sync
			switch {
			case strings.HasPrefix(rule, "syncdata"):
				sync = f.SyncData
			case strings.HasPrefix(rule, "dirsync"):
				d, err := r.fs.OpenDir("s")
				r.must(err)
				sync = d.Sync
			}
			if err := sync(); err == nil || len(r.failed) != 1 || !strings.Contains(r.failed[0], "s") {
				t.Errorf("%v, told %v", err, r.failed)
			}
			if got := r.fs.Full(); got != strings.Contains(rule, "ENOSPC") {
				t.Errorf("full: %t", got)
			}
		})
	}
}

// TestReadErrors: a failed read says where. An end is no failure.
func TestReadErrors(t *testing.T) {
	r := newRig(t)
	f := r.create("s/f")
	_, err := f.Write(make([]byte, 9000))
	r.must(err)
	r.must(f.Close())
	r.inject("read f off=5000")
	r.inject("read f off=5000 nth=2")
	g, err := r.fs.Open("s/f")
	r.must(err)
	for what, read := range map[string]func() (int64, error){
		"read at": func() (int64, error) {
			_, err := g.ReadAt(make([]byte, 1000), 4500)
			return 4500, err
		},
		"read": func() (int64, error) {
			n, err := io.Copy(io.Discard, io.Reader(onlyRead{g}))
			return n, err
		},
	} {
		at, err := read()
		var failed *ReadError
		if !errors.As(err, &failed) || failed.File != "s/f" || failed.Offset != at || !errors.Is(err, syscall.EIO) {
			t.Errorf("%s: %v, want offset %d", what, err, at)
		}
	}
	if n, err := g.ReadAt(make([]byte, 10), 8995); n != 5 || !errors.Is(err, io.EOF) || errors.As(err, new(*ReadError)) {
		t.Errorf("at the end: %d, %v", n, err)
	}
}

// onlyRead hides every other method.
type onlyRead struct{ f vfs.File }

func (r onlyRead) Read(p []byte) (int, error) { return r.f.Read(p[:min(len(p), 500)]) }

// TestNoBallast: without one, and on a file system that does not know its size,
// a full disk is one until Refill finds that it has room.
func TestNoBallast(t *testing.T) {
	disk := simdisk.New(simdisk.Options{Seed: 1, QuotaBytes: 5000})
	fs := New(disk.FS(), Options{Ballast: -1, Logger: slog.New(slog.NewTextHandler(io.Discard, nil))})
	fs.Adopt()
	fs.Keep()
	f, err := fs.Create("f", vfs.WriteCategoryUnspecified)
	if err != nil {
		t.Fatal(err)
	}
	if n, err := f.Write(make([]byte, 6000)); n != 5000 || !IsFull(err) || !fs.Full() || fs.Refill() {
		t.Errorf("wrote %d: %v, full %t", n, err, fs.Full())
	}
	disk.SetQuota(0)
	if !fs.Refill() || fs.Full() {
		t.Error("there is room")
	}

	mem := New(vfs.NewMem(), Options{Ballast: ballastSize})
	mem.Keep()
	if mem.Full() || mem.Need() != 0 {
		t.Error("a file system of unknown size has a ballast")
	}
}

func TestIsFull(t *testing.T) {
	for err, want := range map[error]bool{
		syscall.ENOSPC: true, syscall.EDQUOT: true, syscall.EIO: false, io.EOF: false, nil: false,
		fmt.Errorf("x: %w", syscall.ENOSPC): true,
	} {
		if IsFull(err) != want {
			t.Errorf("%v: %t", err, !want)
		}
	}
}

// TestModest: a modest file leaves half of the ballast's room to others, also if
// its own write is what finds the disk full.
func TestModest(t *testing.T) {
	for name, sizes := range map[string][]int{
		"one write": {ballastSize}, "several": {8 << 10, 8 << 10, ballastSize / 2}, "write at": {8 << 10, ballastSize / 2},
	} {
		t.Run(name, func(t *testing.T) {
			r := newRig(t)
			r.fs.Keep()
			f := r.fs.Modest(r.create("s/table"))
			r.eat(0)
			write := func(n int) error {
				_, err := f.Write(make([]byte, n))
				return err
			}
			if name == "write at" {
				off := int64(0)
				write = func(n int) error {
					m, err := f.WriteAt(make([]byte, n), off)
					off += int64(m)
					return err
				}
			}
			var err error
			for _, n := range sizes {
				err = errors.Join(err, write(n))
			}
			if !IsFull(err) || r.ballast() {
				t.Errorf("a write of more than half: %v, ballast %t", err, r.ballast())
			}
			r.logs(ballastSize / 2)
		})
	}
}

// logs writes what a modest file has left.
func (r *rig) logs(n int) {
	r.t.Helper()
	log := r.create("s/log")
	if _, err := log.Write(make([]byte, n)); err != nil {
		r.t.Errorf("what was left to others: %v", err)
	}
}

// TestModestAtStart: a life whose ballast was used up in the one before has not
// found the disk full yet, and a modest file leaves as much to others.
func TestModestAtStart(t *testing.T) {
	r := newRig(t)
	r.fs.Keep()
	r.eat(0)
	r.must(r.create("s/f").Close()) // takes the ballast
	r.disk = r.disk.Restart()
	r.start()
	f := r.fs.Modest(r.create("s/table"))
	var err error
	for n := 0; err == nil && n < ballastSize; n += 4 << 10 {
		_, err = f.Write(make([]byte, 4<<10))
	}
	if !IsFull(err) || !r.fs.Full() {
		t.Errorf("a table took all that was free: %v, full %t", err, r.fs.Full())
	}
	r.logs(ballastSize / 2)
}
