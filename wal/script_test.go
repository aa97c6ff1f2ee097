package wal

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/cockroachdb/datadriven"

	"github.com/xadb/xadb/fuzz/simdisk"
)

// TestTail plays each script in testdata/tail against a log on a simulated
// disk. The commands are the whole language of these scripts:
//
//	open [proven=LSN]            recover; say where the log ends
//	check [proven=LSN]           the same read-only
//	append [n=1] [size=8]        append records with bodies of that size
//	write                        write out what is in memory, sync nothing
//	sync                         everything so far is durable
//	checkpoint at=LSN keep=LSN   cut the log
//	close | kill                 end the process, cleanly or not
//	flip file=NAME at=OFFSET     turn over one bit
//	zero file=NAME at=OFFSET n=N write zeros
//	copy file=NAME at=OFFSET n=N to=OFFSET  copy bytes within a file
//	truncate file=NAME size=N    cut a file short
//	remove file=NAME             remove a file
//	ls                           list the directory
//
// Segment files are named by their number alone. Damage that open or check
// finds must leave the disk as it was. Rewrite the expected output with:
//
//	go test ./wal -run TestTail -rewrite
func TestTail(t *testing.T) {
	datadriven.Walk(t, "testdata/tail", func(t *testing.T, path string) {
		s := &script{d: simdisk.New(simdisk.Options{Seed: 1})}
		datadriven.RunTest(t, path, s.run)
	})
}

// A script is the state behind one testdata file.
type script struct {
	d *simdisk.Disk
	l *Log
	n int // records so far
}

func (s *script) run(t *testing.T, c *datadriven.TestData) string {
	out, err := s.command(t, c)
	if err != nil {
		return fmt.Sprintf("%v\n", err)
	}
	return out
}

func (s *script) command(t *testing.T, c *datadriven.TestData) (string, error) {
	switch c.Cmd {
	case "open", "check":
		return s.open(t, c)
	case "append":
		return s.append(t, c)
	case "write":
		return "", s.l.drainAll()
	case "sync":
		err := s.l.SyncAll()
		return fmt.Sprintf("synced %d\n", s.l.SyncedLSN()), err
	case "checkpoint":
		var at, keep int
		c.ScanArgs(t, "at", &at)
		c.ScanArgs(t, "keep", &keep)
		return "", s.l.SetCheckpoint(LSN(at), LSN(keep))
	case "close":
		defer s.d.Restart()
		return "", s.l.Close()
	case "kill":
		s.l.Abandon()
		s.d.Restart()
		return "", nil
	case "ls":
		names, err := s.d.FS().List("wal")
		slices.Sort(names)
		return strings.Join(names, "\n") + "\n", err
	}
	return "", s.damage(t, c)
}

func (s *script) open(t *testing.T, c *datadriven.TestData) (string, error) {
	proven := 0
	c.MaybeScanArgs(t, "proven", &proven)
	o := testOptions(s.d.FS())
	o.ProvenLSN = LSN(proven)
	before := s.d.Ops()
	open := Open
	if c.Cmd == "check" {
		open = OpenReadOnly
	}
	l, err := open("wal", o)
	if (err != nil || c.Cmd == "check") && s.d.Ops() != before {
		t.Fatalf("%s: something was written", c.Pos)
	}
	if err != nil {
		return "", err
	}
	if c.Cmd == "open" {
		s.l = l
	}
	records := 0
	if err := l.Replay(0, func(*Record) error { records++; return nil }); err != nil {
		return "", err
	}
	var out strings.Builder
	fmt.Fprintf(&out, "%d records from %d to %d, epoch %d; segments", records, l.KeepFrom(), l.End(), l.Epoch())
	for _, g := range l.Segments() {
		fmt.Fprintf(&out, " %d@%d", g.Number, g.First)
	}
	return out.String() + "\n", nil
}

func (s *script) append(t *testing.T, c *datadriven.TestData) (string, error) {
	n, size := 1, 8
	c.MaybeScanArgs(t, "n", &n)
	c.MaybeScanArgs(t, "size", &size)
	var out strings.Builder
	for range n {
		s.n++
		body := bytes.Repeat([]byte{byte('a' + s.n%26)}, size)
		lsn, err := s.l.Append(&Record{Type: TypePrepare, TxnID: uint64(s.n), Body: body})
		if err != nil {
			return "", err
		}
		g := s.l.plan.first
		fmt.Fprintf(&out, "lsn %d at offset %d\n", lsn, int64(lsn-g)+segmentHeaderLen)
	}
	return out.String(), nil
}

// damage runs the commands that change a file behind the log's back.
func (s *script) damage(t *testing.T, c *datadriven.TestData) error {
	var name string
	var at, n, to int
	c.ScanArgs(t, "file", &name)
	if len(name) < 3 {
		name = segmentName(uint64(name[0] - '0'))
	}
	path := "wal/" + name
	c.MaybeScanArgs(t, "at", &at)
	c.MaybeScanArgs(t, "n", &n)
	c.MaybeScanArgs(t, "to", &to)
	c.MaybeScanArgs(t, "size", &n)
	b, err := s.d.ReadFile(path)
	if err != nil {
		return err
	}
	switch c.Cmd {
	case "flip":
		return s.d.FlipBit(path, int64(at), 0)
	case "truncate":
		return s.d.Truncate(path, int64(n))
	case "remove":
		return s.d.FS().Remove(path)
	case "zero":
		copy(b[at:], make([]byte, n))
	case "copy":
		copy(b[to:], bytes.Clone(b[at:at+n]))
	default:
		c.Fatalf(t, "unknown command %q", c.Cmd)
	}
	return s.d.WriteFile(path, b)
}
