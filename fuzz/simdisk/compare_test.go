package simdisk

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"

	"github.com/cockroachdb/pebble/v2/vfs"
	"pgregory.net/rapid"
)

// A side is one of the two file systems that get the same calls.
type side struct {
	fs    vfs.FS
	root  string
	files map[int]vfs.File // by slot
}

func (s *side) path(name string) string { return filepath.Join(s.root, name) }

// TestComparedToRealDirectory: while nothing crashes, the disk answers as the
// operating system does.
func TestComparedToRealDirectory(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		dir, err := os.MkdirTemp(t.TempDir(), "")
		if err != nil {
			rt.Fatal(err)
		}
		compare(rt, &side{fs: vfs.Default, root: dir}, true)
	})
}

// TestComparedToMem: and as pebble's own file system in memory, which is lax
// about directories: errors are not compared.
func TestComparedToMem(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		mem := vfs.NewMem()
		mustDo(mem.MkdirAll("/r/d", 0o755))
		compare(rt, &side{fs: mem, root: "/r"}, false)
	})
}

func compare(t *rapid.T, want *side, strict bool) {
	profile := rapid.SampledFrom(Profiles()).Draw(t, "profile")
	d := New(Options{Profile: profile})
	mustDo(d.MkdirAll("/r"))
	if !strict {
		mustDo(d.MkdirAll("/r/d"))
	}
	got := &side{fs: d.FS(), root: "/r"}
	got.files, want.files = map[int]vfs.File{}, map[int]vfs.File{}
	defer func() {
		for _, f := range want.files {
			_ = f.Close()
		}
	}()
	for range rapid.IntRange(1, 60).Draw(t, "steps") {
		call := drawCall(t, strict)
		if g, w := call.do(got), call.do(want); g != w {
			t.Fatalf("%s: %q, want %q", call.text, g, w)
		}
	}
	if g, w := listing(got), listing(want); g != w {
		t.Fatalf("at the end:\n%s\nwant:\n%s", g, w)
	}
}

// A call does the same on either side and returns what is to be compared.
type call struct {
	text string
	do   func(s *side) string
}

func drawCall(t *rapid.T, strict bool) call {
	paths := []string{"a", "b", "c", "d", "d/a", "d/b", "d/e", "d/e/a"}
	kinds := []string{
		"create", "openrw", "open", "remove", "rename", "link", "mkdir", "removeall", "reuse", "list", "stat",
		"write", "write", "writeat", "read", "readat", "sync", "close", "preallocate",
	}
	if !strict { // MemFS opens directories for writing, and loses a file renamed to nowhere
		paths = []string{"a", "b", "c", "d/x", "d/y"}
		kinds = []string{
			"create", "openrw", "open", "remove", "rename", "list", "stat",
			"write", "write", "writeat", "read", "readat", "sync", "close",
		}
	}
	kind := rapid.SampledFrom(kinds).Draw(t, "call")
	name := rapid.SampledFrom(paths).Draw(t, "name")
	to := rapid.SampledFrom(paths).Draw(t, "to")
	slot := rapid.IntRange(0, 3).Draw(t, "slot")
	off := int64(rapid.IntRange(0, 9000).Draw(t, "off"))
	data := slices.Repeat([]byte{byte(off | 1)}, rapid.IntRange(1, 6000).Draw(t, "len"))
	return call{
		text: fmt.Sprintf("%s %s %s slot %d off %d len %d", kind, name, to, slot, off, len(data)),
		do: func(s *side) string {
			text, err := s.call(kind, s.path(name), s.path(to), slot, off, slices.Clone(data))
			if strict {
				return text + " " + errorClass(err)
			}
			return fmt.Sprint(text, " ", err == nil || err == io.EOF)
		},
	}
}

// errorClass returns the error number, or a word for errors without one.
func errorClass(err error) string {
	var errno syscall.Errno
	switch {
	case err == nil:
		return ""
	case errors.As(err, &errno):
		return errno.Error()
	case errors.Is(err, io.EOF):
		return "EOF"
	}
	return "error"
}

func (s *side) call(kind, name, to string, slot int, off int64, data []byte) (string, error) {
	switch kind {
	case "create", "openrw", "open", "reuse":
		return "", s.openCall(kind, name, to, slot)
	case "remove":
		return "", s.fs.Remove(name)
	case "rename":
		return "", s.fs.Rename(name, to)
	case "link":
		return "", s.fs.Link(name, to)
	case "mkdir":
		return "", s.fs.MkdirAll(name, 0o755)
	case "removeall":
		return "", s.fs.RemoveAll(name)
	case "list":
		list, err := s.fs.List(name)
		slices.Sort(list)
		return strings.Join(list, " "), err
	case "stat":
		fi, err := s.fs.Stat(name)
		if err != nil || fi.IsDir() {
			return "", err
		}
		return fmt.Sprint(fi.Name(), fi.Size()), nil
	}
	f := s.files[slot]
	if f == nil {
		return "", nil
	}
	return s.fileCall(f, kind, slot, off, data)
}

func (s *side) openCall(kind, name, to string, slot int) (err error) {
	var f vfs.File
	switch kind {
	case "create":
		f, err = s.fs.Create(name, vfs.WriteCategoryUnspecified)
	case "openrw":
		f, err = s.fs.OpenReadWrite(name, vfs.WriteCategoryUnspecified)
	case "reuse":
		f, err = s.fs.ReuseForWrite(name, to, vfs.WriteCategoryUnspecified)
	default:
		f, err = s.fs.Open(name)
	}
	if err != nil {
		return err
	}
	if old := s.files[slot]; old != nil {
		_ = old.Close()
	}
	s.files[slot] = f
	return nil
}

func (s *side) fileCall(f vfs.File, kind string, slot int, off int64, data []byte) (string, error) {
	switch kind {
	case "write":
		n, err := f.Write(data)
		return fmt.Sprint(n), err
	case "writeat":
		n, err := f.WriteAt(data, off)
		return fmt.Sprint(n), err
	case "read":
		n, err := f.Read(data)
		return fmt.Sprint(n, sum64(data[:max(n, 0)], 0)), err
	case "readat":
		n, err := f.ReadAt(data, off)
		return fmt.Sprint(n, sum64(data[:max(n, 0)], 0)), err
	case "sync":
		if s.fs == vfs.Default {
			return "", nil // it takes its time and changes nothing
		}
		return "", f.Sync()
	case "preallocate":
		return "", f.Preallocate(off, 100)
	}
	delete(s.files, slot)
	return "", f.Close()
}

// listing describes the whole tree.
func listing(s *side) string {
	var out strings.Builder
	var walk func(dir string)
	walk = func(dir string) {
		list, err := s.fs.List(dir)
		if err != nil {
			fmt.Fprintln(&out, err)
		}
		slices.Sort(list)
		for _, name := range list {
			p := filepath.Join(dir, name)
			rel := strings.TrimPrefix(p, s.root)
			if must(s.fs.Stat(p)).IsDir() {
				fmt.Fprintln(&out, rel+"/")
				walk(p)
				continue
			}
			f := must(s.fs.Open(p))
			data := must(io.ReadAll(f))
			mustDo(f.Close())
			fmt.Fprintln(&out, rel, len(data), sum64(data, 0))
		}
	}
	walk(s.root)
	return out.String()
}
