package wal

import (
	"bytes"
	"errors"
	"fmt"
	"testing"

	"github.com/cockroachdb/pebble/v2/vfs"
)

// copyTo copies what s says into a directory of another file system.
func copyTo(t *testing.T, l *Log, s CopyState) vfs.FS {
	t.Helper()
	fs := vfs.NewMem()
	if err := fs.MkdirAll("wal", 0o755); err != nil {
		t.Fatal(err)
	}
	for _, seg := range s.Segments {
		var b bytes.Buffer
		if err := l.CopySegmentTo(&b, seg); err != nil {
			t.Fatal(err)
		}
		f, err := fs.Create(fs.PathJoin("wal", seg.Name), writeCategory)
		if err != nil {
			t.Fatal(err)
		}
		if err := errors.Join(writeFull(f, b.Bytes()), f.Close()); err != nil {
			t.Fatal(err)
		}
	}
	return fs
}

// TestCopy: a copy is the log as it was when it was described, whatever was
// appended and dropped while it was made, under another store's name.
func TestCopy(t *testing.T) {
	l := mustOpen(t, testOptions(vfs.NewMem()))
	defer l.Abandon()
	var lsns []LSN
	add := func(n int) {
		for range n {
			lsns = append(lsns, mustAppend(t, l, fmt.Sprintf("%0*d", 1000, len(lsns))))
		}
		if err := l.SyncAll(); err != nil {
			t.Fatal(err)
		}
	}
	add(200)
	if err := l.SetCheckpoint(lsns[150], lsns[90]); err != nil {
		t.Fatal(err)
	}
	release := l.Hold()
	s, err := l.CopyState()
	if err != nil {
		t.Fatal(err)
	}
	want := bodies(t, l)
	add(200)
	if err := l.SetCheckpoint(lsns[390], lsns[380]); err != nil {
		t.Fatal(err)
	}
	add(200)
	fs := copyTo(t, l, s)
	release()
	o := testOptions(fs)
	o.StoreID = [16]byte{9}
	if err := Adopt("wal", o, s); err != nil {
		t.Fatal(err)
	}
	c := mustOpen(t, o)
	defer c.Abandon()
	if got := bodies(t, c); fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("the copy has %d records, want %d", len(got), len(want))
	}
	if c.StoreID() != o.StoreID || c.Epoch() != l.Epoch()+1 || c.CheckpointLSN() != lsns[150] || c.End() != lsns[200] {
		t.Errorf("store %v, epoch %d, checkpoint %d, end %d", c.StoreID(), c.Epoch(), c.CheckpointLSN(), c.End())
	}
}

// TestAdoptRefuses: files that are not the copy's make no log.
func TestAdoptRefuses(t *testing.T) {
	l := mustOpen(t, testOptions(vfs.NewMem()))
	defer l.Abandon()
	mustAppend(t, l, "record")
	if err := l.SyncAll(); err != nil {
		t.Fatal(err)
	}
	good, err := l.CopyState()
	if err != nil {
		t.Fatal(err)
	}
	for name, change := range map[string]func(fs vfs.FS, s *CopyState){
		"no segments": func(_ vfs.FS, s *CopyState) { s.Segments = nil },
		"format":      func(_ vfs.FS, s *CopyState) { s.Format++ },
		"end":         func(_ vfs.FS, s *CopyState) { s.End = 0 },
		"name":        func(_ vfs.FS, s *CopyState) { s.Segments[0].Name = "../x.wal" },
		"size":        func(_ vfs.FS, s *CopyState) { s.Segments[0].Size++ },
		"header": func(fs vfs.FS, s *CopyState) {
			f, err := fs.OpenReadWrite(fs.PathJoin("wal", s.Segments[0].Name), writeCategory)
			if err == nil {
				err = errors.Join(writeFullAt(f, []byte{1}, 50), f.Close())
			}
			if err != nil {
				t.Fatal(err)
			}
		},
	} {
		s := good
		s.Segments = append([]CopySegment(nil), good.Segments...)
		fs := copyTo(t, l, s)
		change(fs, &s)
		if err := Adopt("wal", testOptions(fs), s); err == nil {
			t.Errorf("%s: adopted", name)
		}
		if ok, err := Exists(fs, "wal"); ok || err != nil {
			t.Errorf("%s: a log exists: %v, %v", name, ok, err)
		}
	}
}
