package binlog

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"maps"
	"testing"

	"github.com/cockroachdb/pebble/v2/vfs"
)

// goldenLog is a log of two files, the second left open, in which every group
// was prepared after the one before was committed. ends are the groups' ends.
func goldenLog(t *testing.T) (files map[string][]byte, ends []Pos) {
	fs := vfs.NewMem()
	l := mustStart(t, testOptions(fs))
	ends = append(ends, commit(t, l, dml(t, 1)), commit(t, l, xaGroup(t, XAPrepare, "x")))
	must(t, l.Rotate())
	ends = append(ends, commit(t, l, dml(t, 2)), commit(t, l, xaGroup(t, XACommit, "x")),
		commit(t, l, ddl(t, 3, "DROP TABLE accounts")), commit(t, l, dml(t, 4)))
	l.Abandon()
	return snapshot(t, fs), ends
}

const openFile, closedFile = "binlog.000002", "binlog.000001"

// reopened opens a copy of the files and returns the end of its last group,
// or Open's error, in which case it checks that nothing was changed.
func reopened(t *testing.T, files map[string][]byte, from Pos) (groups int, err error) {
	t.Helper()
	fs := cloneFiles(t, files)
	l, err := Open(testDir, testOptions(fs), from, func(Group) error {
		groups++
		return nil
	})
	if err != nil {
		if !maps.EqualFunc(snapshot(t, fs), files, bytes.Equal) {
			t.Fatalf("open failed with %v and changed the files", err)
		}
		return 0, err
	}
	must(t, l.Start())
	end := l.EndPos()
	must(t, l.Close())
	again, _ := mustOpen(t, testOptions(fs), from)
	if !again.ExecutedGTIDs().Equal(l.ExecutedGTIDs()) || end.File != again.EndPos().File {
		t.Fatalf("second open: %v, first %v", again.ExecutedGTIDs(), l.ExecutedGTIDs())
	}
	return groups, nil
}

// with returns the files with one of them changed.
func with(files map[string][]byte, name string, b []byte) map[string][]byte {
	changed := maps.Clone(files)
	changed[name] = b
	return changed
}

// groupsWithin is how many groups end at or before the offset in the file.
func groupsWithin(ends []Pos, file uint32, offset int) (n int) {
	for _, e := range ends {
		if !(Pos{file, uint64(offset)}).Less(e) {
			n++
		}
	}
	return n
}

// TestTornTail cuts the open file after each byte: recovery keeps the groups
// before the cut, unless the caller knows of a later one.
func TestTornTail(t *testing.T) {
	files, ends := goldenLog(t)
	whole := files[openFile]
	head := headSize(whole)
	for size := range whole {
		cut := with(files, openFile, whole[:size])
		got, err := reopened(t, cut, Pos{})
		if size < head {
			if !errors.Is(err, ErrCorrupt) {
				t.Fatalf("cut at %d, in the head: %v", size, err)
			}
			continue
		}
		if want := groupsWithin(ends, 2, size); err != nil || got != want {
			t.Fatalf("cut at %d: %d groups, want %d, %v", size, got, want, err)
		}
		known := ends[len(ends)-1]
		if size < int(known.Offset) {
			if _, err := reopened(t, cut, known); !errors.Is(err, ErrCorrupt) {
				t.Fatalf("cut at %d, known to %v: %v", size, known, err)
			}
		}
	}
}

// headSize is where the first group of a file begins.
func headSize(file []byte) int {
	size := int(firstOffset)
	for range 2 {
		size += int(binary.LittleEndian.Uint32(file[size+9:]))
	}
	return size
}

// TestTornTailInClosedFile cuts the file that was rotated: always corruption.
func TestTornTailInClosedFile(t *testing.T) {
	files, _ := goldenLog(t)
	for size := range files[closedFile] {
		if _, err := reopened(t, with(files, closedFile, files[closedFile][:size]), Pos{}); !errors.Is(err, ErrCorrupt) {
			t.Fatalf("cut at %d: %v", size, err)
		}
	}
}

// TestFlips turns over every bit of both files. In the closed one each is
// found but the in-use flag's, which the file's end makes up for. In the open
// one only the last group may be taken for a torn tail.
func TestFlips(t *testing.T) {
	files, ends := goldenLog(t)
	flag := int(firstOffset) + flagsOffset
	for _, name := range []string{closedFile, openFile} {
		lastStart := len(files[name])
		if name == openFile {
			lastStart = int(ends[len(ends)-2].Offset)
		}
		for i := range files[name] {
			for bit := range 8 {
				b := bytes.Clone(files[name])
				b[i] ^= 1 << bit
				got, err := scanned(t, with(files, name, b), Pos{})
				var damage *CorruptError
				switch {
				case name == closedFile && i == flag && bit == 0:
					if err != nil || got != len(ends) {
						t.Fatalf("%s flag: %d groups, %v", name, got, err)
					}
				case i >= lastStart && err == nil:
					if got != len(ends)-1 {
						t.Fatalf("%s byte %d bit %d: %d groups", name, i, bit, got)
					}
				case !errors.As(err, &damage) || damage.File != name:
					t.Fatalf("%s byte %d bit %d: %d groups, %v", name, i, bit, got, err)
				case i == flag && bit == 0: // looks closed, without the end of a closed file
				case int64(i) < damage.Offset || int64(i) > damage.Offset+1024:
					t.Fatalf("%s byte %d bit %d: reported at %d", name, i, bit, damage.Offset)
				}
				if i >= lastStart {
					if _, err := scanned(t, with(files, name, b), ends[len(ends)-1]); !errors.Is(err, ErrCorrupt) {
						t.Fatalf("%s byte %d bit %d, known durable: %v", name, i, bit, err)
					}
				}
			}
		}
	}
}

// scanned is what reopened finds, without the repair.
func scanned(t *testing.T, files map[string][]byte, from Pos) (groups int, err error) {
	_, err = Scan(testDir, testOptions(cloneFiles(t, files)), from, func(Group) error {
		groups++
		return nil
	})
	return groups, err
}

// TestExtensions puts bytes behind both files.
func TestExtensions(t *testing.T) {
	files, ends := goldenLog(t)
	for _, name := range []string{closedFile, openFile} {
		for _, n := range []int{1, 22, 23, 511, 512, 4096} {
			for what, tail := range map[string][]byte{
				"zeros": make([]byte, n), "ones": bytes.Repeat([]byte{255}, n), "start": append(bytes.Clone(files[name]), make([]byte, n)...)[:n],
			} {
				got, err := reopened(t, with(files, name, append(bytes.Clone(files[name]), tail...)), Pos{})
				if name == closedFile && !errors.Is(err, ErrCorrupt) || name == openFile && (err != nil || got != len(ends)) {
					t.Errorf("%s with %d %s: %d groups, %v", name, n, what, got, err)
				}
			}
		}
	}
}

// TestUnsyncedHole has three groups that were on their way together when the
// machine stopped, the first of which the disk did not write: nobody was told
// of any, and all go.
func TestUnsyncedHole(t *testing.T) {
	fs := vfs.NewMem()
	l := mustStart(t, testOptions(fs))
	first := commit(t, l, dml(t, 1))
	for n := range uint64(3) {
		g := dml(t, 2+n)
		g.LastCommitted = l.MaxCommitted()
		mustAppend(t, l, g)
	}
	must(t, l.Flush())
	l.Abandon()
	files := snapshot(t, fs)
	b := bytes.Clone(files[closedFile])
	clear(b[first.Offset : first.Offset+64])
	if got, err := reopened(t, with(files, closedFile, b), Pos{}); err != nil || got != 1 {
		t.Fatalf("%d groups, %v", got, err)
	}
}

// TestEventLevelDamage puts valid events where they do not belong.
func TestEventLevelDamage(t *testing.T) {
	files, ends := goldenLog(t)
	b := files[openFile]
	head := headSize(b)
	group := func(i int) []byte { // i-th group of the open file
		from := head
		if i > 0 {
			from = int(ends[1+i].Offset)
		}
		return b[from:ends[2+i].Offset]
	}
	for name, parts := range map[string][][]byte{
		"group dropped":    {b[:head], group(1), group(2), group(3)},
		"group duplicated": {b[:head], group(0), group(0), group(1)},
		"groups swapped":   {b[:head], group(1), group(0), group(2)},
		"event dropped":    {b[:head], group(0)[:79], group(1)},
	} {
		for _, relocate := range []bool{false, true} {
			damaged := bytes.Join(parts, nil)
			if relocate {
				resealFrom(damaged, head)
			}
			known := ends[3]
			if got, err := reopened(t, with(files, openFile, damaged), known); !errors.Is(err, ErrCorrupt) {
				t.Errorf("%s, positions right %t: %d groups, %v", name, relocate, got, err)
			}
		}
	}
}

// resealFrom gives every event from offset on its right position and checksum.
func resealFrom(file []byte, offset int) {
	for offset+HeaderSize <= len(file) {
		size := int(binary.LittleEndian.Uint32(file[offset+9:]))
		h := decodeHeader(file[offset:])
		sealEvent(file[offset:offset+size], h.Timestamp, h.ServerID, uint32(offset+size))
		offset += size
	}
}

// TestFrom visits only what ends behind the position, and needs the file of
// the position and those behind it, but no older one.
func TestFrom(t *testing.T) {
	files, ends := goldenLog(t)
	for i, from := range append([]Pos{{}}, ends...) {
		if got, err := reopened(t, files, from); err != nil || got != len(ends)-i {
			t.Errorf("from %v: %d groups, %v", from, got, err)
		}
	}
	without := maps.Clone(files)
	delete(without, closedFile)
	if got, err := reopened(t, without, ends[2]); err != nil || got != 3 {
		t.Errorf("older file gone: %d groups, %v", got, err)
	}
	for _, from := range []Pos{{}, ends[0]} {
		if _, err := reopened(t, without, from); !errors.Is(err, ErrMissingFile) || !bytes.Contains([]byte(err.Error()), []byte(closedFile)) {
			t.Errorf("needed file gone, from %v: %v", from, err)
		}
	}
	if _, err := reopened(t, files, Pos{3, 4}); !errors.Is(err, ErrMissingFile) {
		t.Errorf("from a file that never was: %v", err)
	}
	if _, err := reopened(t, files, Pos{2, 1 << 20}); !errors.Is(err, ErrCorrupt) {
		t.Errorf("from behind the end: %v", err)
	}
}

// TestVisitError ends the scan and leaves the files alone.
func TestVisitError(t *testing.T) {
	files, _ := goldenLog(t)
	fs := cloneFiles(t, files)
	stop := errors.New("stop")
	if _, err := Open(testDir, testOptions(fs), Pos{}, func(Group) error { return stop }); !errors.Is(err, stop) {
		t.Errorf("open: %v", err)
	}
	if !maps.EqualFunc(snapshot(t, fs), files, bytes.Equal) {
		t.Error("files changed")
	}
}

// TestIndexStates opens folders with every state of the index that a crash
// can leave, and those that it cannot.
func TestIndexStates(t *testing.T) {
	files, ends := goldenLog(t)
	const index = "binlog.index"
	headOnly := files[openFile][:headSize(files[openFile])]
	change := func(f func(m map[string][]byte)) map[string][]byte {
		m := maps.Clone(files)
		f(m)
		return m
	}
	for _, c := range []struct {
		name   string
		files  map[string][]byte
		groups int
		err    error
	}{
		{"as it was", files, len(ends), nil},
		{"file created, not indexed", change(func(m map[string][]byte) { m["binlog.000003"] = headOnly }), len(ends), nil},
		{"file created, empty", change(func(m map[string][]byte) { m["binlog.000003"] = nil }), len(ends), nil},
		{"file created, garbage", change(func(m map[string][]byte) { m["binlog.000003"] = []byte("garbage") }), len(ends), nil},
		{"index being written", change(func(m map[string][]byte) { m["binlog.index.tmp"] = []byte("binlog.0") }), len(ends), nil},
		{"file being rewritten", change(func(m map[string][]byte) { m["binlog.000002.tmp"] = headOnly }), len(ends), nil},
		{"other files", change(func(m map[string][]byte) { m["LOCK"], m["binlog.txt"] = nil, nil }), len(ends), nil},
		{"unindexed file with groups", change(func(m map[string][]byte) { m[index] = []byte("binlog.000001\n") }), 0, ErrCorrupt},
		{"unindexed file further on", change(func(m map[string][]byte) { m["binlog.000009"] = headOnly }), 0, ErrCorrupt},
		{"last file missing", change(func(m map[string][]byte) { delete(m, openFile) }), 0, ErrMissingFile},
		{"first file created, no index", map[string][]byte{closedFile: headOnly}, 0, nil},
		{"nothing", map[string][]byte{}, 0, nil},
		{"index lost", change(func(m map[string][]byte) { delete(m, index) }), 0, ErrMissingFile},
		{"index lost, one file with groups", map[string][]byte{closedFile: files[closedFile]}, 0, ErrCorrupt},
		{"index empty", change(func(m map[string][]byte) { m[index] = nil }), 0, ErrCorrupt},
		{"index torn", change(func(m map[string][]byte) { m[index] = []byte("binlog.000001\nbinlog.00") }), 0, ErrCorrupt},
		{"index with a gap", change(func(m map[string][]byte) { m[index] = []byte("binlog.000001\nbinlog.000003\n") }), 0, ErrCorrupt},
		{"index with a line twice", change(func(m map[string][]byte) { m[index] = []byte("binlog.000001\nbinlog.000001\n") }), 0, ErrCorrupt},
		{"index leading out", change(func(m map[string][]byte) { m[index] = []byte("../binlog.000001\n") }), 0, ErrCorrupt},
		{"index with CRLF", change(func(m map[string][]byte) { m[index] = []byte("binlog.000001\r\n") }), 0, ErrCorrupt},
		{"index of another log", change(func(m map[string][]byte) { m[index] = []byte("mysql-bin.000001\n") }), 0, ErrCorrupt},
		{"index with a long line", change(func(m map[string][]byte) { m[index] = bytes.Repeat([]byte("x"), 1<<20) }), 0, ErrCorrupt},
		{"head of the last file lost", change(func(m map[string][]byte) { m[openFile] = nil }), 0, ErrCorrupt},
		{"files swapped", change(func(m map[string][]byte) { m[openFile], m[closedFile] = m[closedFile], m[openFile] }), 0, ErrCorrupt},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got, err := reopened(t, c.files, Pos{}); !errors.Is(err, c.err) || got != c.groups {
				t.Errorf("%d groups, %v; want %d, %v", got, err, c.groups, c.err)
			}
		})
	}
}

// TestReadError is neither the end of the log nor corruption.
func TestReadError(t *testing.T) {
	files, _ := goldenLog(t)
	for nth := 1; ; nth++ {
		fs := &failingFS{FS: cloneFiles(t, files), failAt: nth}
		_, err := Scan(testDir, testOptions(fs), Pos{}, nil)
		if fs.reads < nth {
			must(t, err)
			break
		}
		if !errors.Is(err, errRead) || errors.Is(err, ErrCorrupt) {
			t.Fatalf("read %d: %v", nth, err)
		}
	}
}

var errRead = errors.New("input/output error")

// A failingFS fails the failAt-th read.
type failingFS struct {
	vfs.FS
	reads, failAt int
}

func (f *failingFS) Open(name string, opts ...vfs.OpenOption) (vfs.File, error) {
	file, err := f.FS.Open(name, opts...)
	if err != nil {
		return nil, err
	}
	return &failingFile{file, f}, nil
}

type failingFile struct {
	vfs.File
	fs *failingFS
}

func (f *failingFile) fail() error {
	if f.fs.reads++; f.fs.reads == f.fs.failAt {
		return fmt.Errorf("reading: %w", errRead)
	}
	return nil
}

func (f *failingFile) Read(p []byte) (int, error) {
	if err := f.fail(); err != nil {
		return 0, err
	}
	return f.File.Read(p)
}

func (f *failingFile) ReadAt(p []byte, off int64) (int, error) {
	if err := f.fail(); err != nil {
		return 0, err
	}
	return f.File.ReadAt(p, off)
}
