package binlog

import (
	"fmt"
	"strings"
	"testing"

	"github.com/cockroachdb/datadriven"
	"github.com/cockroachdb/pebble/v2/vfs"
)

// TestLog plays each script in testdata/log against a log in memory. The
// commands are the whole language of these scripts:
//
//	open [anonymous]              open the log, list the groups found
//	start                         begin a file
//	append kind=(dml|ddl|xa-prepare|xa-commit|xa-rollback|empty) [n=<xid>] [x=<gtrid>] [lc=<n>]
//	                              add a group; lc is the commit clock now if not given
//	flush, sync, rotate, close, abandon
//	committed seq=<n>             raise the commit clock
//	state                         positions, clock, GTIDs, files
//	dump file=<n>                 the file's events
//	purge [to=<n>] [before=<seconds behind the start>] [size=<n>] [floor=<n>]
//	                              what goes, what stays and why, what is left
//	read file=<n>, stop-reading   keep the file with a Stream
//
// Rewrite the expected output with: go test ./binlog -run TestLog -rewrite
func TestLog(t *testing.T) {
	datadriven.Walk(t, "testdata/log", func(t *testing.T, path string) {
		s := &script{fs: vfs.NewMem()}
		datadriven.RunTest(t, path, s.run)
	})
}

// A script is the state behind one testdata file.
type script struct {
	fs     *vfs.MemFS
	l      *Log
	stream *Stream
}

func (s *script) run(t *testing.T, d *datadriven.TestData) string {
	var err error
	switch d.Cmd {
	case "open":
		return s.open(d)
	case "append":
		return s.append(t, d)
	case "state":
		return s.state()
	case "dump":
		var n uint32
		d.ScanArgs(t, "file", &n)
		return dump(t, s.fs, FileName("binlog", n))
	case "committed":
		var seq int64
		d.ScanArgs(t, "seq", &seq)
		s.l.Committed(seq, s.l.EndPos())
	case "purge":
		return s.purge(t, d)
	case "read":
		var n uint32
		d.ScanArgs(t, "file", &n)
		if s.stream, err = s.l.Stream(Pos{n, 0}); err == nil {
			return fmt.Sprintf("reading %s", s.stream.File())
		}
	case "stop-reading":
		err = s.stream.Close()
	case "start":
		err = s.l.Start()
	case "flush":
		err = s.l.Flush()
	case "sync":
		err = s.l.Sync()
	case "rotate":
		err = s.l.Rotate()
	case "close":
		err = s.l.Close()
	case "abandon":
		s.l.Abandon()
	default:
		d.Fatalf(t, "unknown command %q", d.Cmd)
	}
	if err != nil {
		return err.Error()
	}
	return ""
}

func (s *script) open(d *datadriven.TestData) string {
	var out strings.Builder
	o := testOptions(s.fs)
	o.AnonymousGTID = d.HasArg("anonymous")
	l, err := Open(testDir, o, Pos{}, func(g Group) error {
		fmt.Fprintf(&out, "%v-%v %v", g.Start, g.End, g.Kind)
		if g.InternalXID != 0 {
			fmt.Fprintf(&out, " xid %d", g.InternalXID)
		}
		if !g.Branch.IsNull() {
			fmt.Fprintf(&out, " %v", g.Branch)
		}
		fmt.Fprintf(&out, " gno %d lc %d seq %d\n", g.GTID.GNO, g.LastCommitted, g.SequenceNumber)
		return nil
	})
	if err != nil {
		return err.Error()
	}
	s.l = l
	return out.String()
}

func (s *script) append(t *testing.T, d *datadriven.TestData) string {
	var kind string
	n, lc, x := uint64(1), s.l.MaxCommitted(), "x"
	d.ScanArgs(t, "kind", &kind)
	d.MaybeScanArgs(t, "n", &n)
	d.MaybeScanArgs(t, "lc", &lc)
	d.MaybeScanArgs(t, "x", &x)
	g := &PendingGroup{Kind: Empty, Time: testTime}
	switch kind {
	case "dml":
		g = dml(t, n)
	case "ddl":
		g = ddl(t, n, "DROP TABLE accounts")
	case "xa-prepare":
		g = xaGroup(t, XAPrepare, x)
	case "xa-commit":
		g = xaGroup(t, XACommit, x)
	case "xa-rollback":
		g = xaGroup(t, XARollback, x)
	}
	g.LastCommitted = lc
	end, seq, err := s.l.Append(g)
	if err != nil {
		return err.Error()
	}
	return fmt.Sprintf("end %v seq %d", end, seq)
}

func (s *script) state() string {
	var out strings.Builder
	fmt.Fprintf(&out, "end %v durable %v committed %d\n", s.l.EndPos(), s.l.DurablePos(), s.l.MaxCommitted())
	fmt.Fprintf(&out, "gtids %v\n", s.l.ExecutedGTIDs())
	for _, f := range s.l.Files() {
		fmt.Fprintf(&out, "%s %d\n", f.Name, f.Size)
	}
	return out.String()
}
