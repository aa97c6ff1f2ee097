package binlog

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/cockroachdb/pebble/v2/vfs"
	"github.com/go-mysql-org/go-mysql/replication"
	"pgregory.net/rapid"
)

// packedLog is a started log with three transactions, of which the second has that
// many rows and is compressed if level is not 0.
func packedLog(t testing.TB, fs vfs.FS, level, rows int) *Log {
	t.Helper()
	l := mustStart(t, testOptions(fs))
	commit(t, l, dml(t, 1))
	c := NewCache(0)
	for i := range rows {
		must(t, c.AddRows(accounts, WriteRows, []RowChange{{After: account(int64(i), strings.Repeat("ada", 10), "1.00")}}))
	}
	g := &PendingGroup{Kind: DML, Cache: c, InternalXID: 2, ThreadID: 3, Time: testTime}
	must(t, l.Pack(g, level))
	if packed := g.payload != nil; packed != (level > 0) {
		t.Fatalf("packed: %t", packed)
	}
	commit(t, l, g)
	commit(t, l, dml(t, 3))
	return l
}

// sent is what a reader is sent from a place on that knows payloads, or one that
// does not.
func sent(t testing.TB, l *Log, from Pos, payloads bool) (events []Event) {
	t.Helper()
	s, err := l.Stream(from)
	must(t, err)
	u := Unpacker{Skip: s.Inside()}
	for s.Ready() {
		ev, err := s.Next(context.Background())
		must(t, err)
		out := []Event{ev}
		if !payloads {
			out, err = u.Events(ev)
			must(t, err)
		}
		for _, e := range out {
			e.Raw = bytes.Clone(e.Raw)
			events = append(events, e)
		}
	}
	must(t, s.Close())
	return events
}

// contents is what go-mysql reads of events.
func contents(t testing.TB, events []Event) (lines []string) {
	t.Helper()
	p := replication.NewBinlogParser()
	p.SetVerifyChecksum(true)
	for _, e := range events {
		raw := bytes.Clone(e.Raw)
		if e.Type == EventFormatDescription {
			raw = AppendSentFormat(nil, e, true)
		}
		read, err := p.Parse(raw)
		must(t, err)
		lines = appendContent(lines, read)
	}
	return lines
}

// appendContent appends what an event says, but for where it is and how long its
// group; of a payload, what is inside.
func appendContent(lines []string, e *replication.BinlogEvent) []string {
	line := fmt.Sprint(e.Header.EventType, e.Header.Timestamp, e.Header.ServerID, e.Header.Flags)
	switch ev := e.Event.(type) {
	case *replication.TransactionPayloadEvent:
		for _, inner := range ev.Events {
			lines = appendContent(lines, inner)
		}
		return lines
	case *replication.GTIDEvent:
		line += fmt.Sprint(ev.GNO, ev.LastCommitted, ev.SequenceNumber)
	case *replication.RowsEvent:
		line += fmt.Sprint(ev.Flags, ev.Rows)
	case *replication.QueryEvent:
		line += string(ev.Query)
	case *replication.TableMapEvent:
		line += fmt.Sprint(string(ev.Table), ev.ColumnType)
	case *replication.XIDEvent:
		line += fmt.Sprint(ev.XID)
	}
	return append(lines, line)
}

// TestPayload: compressed or not, readers get the same, whether they know payloads
// or not; recovery and the feed do, too.
func TestPayload(t *testing.T) {
	plainLog := packedLog(t, vfs.NewMem(), 0, 50)
	want := contents(t, sent(t, plainLog, Pos{File: 1}, true))
	fs := vfs.NewMem()
	l := packedLog(t, fs, CompressionLevelDefault, 50)
	if got := contents(t, sent(t, l, Pos{File: 1}, true)); !slices.Equal(got, want) {
		t.Errorf("go-mysql reads\n%q\nnot\n%q", got, want)
	}
	if got := contents(t, sent(t, l, Pos{File: 1}, false)); !slices.Equal(got, want) {
		t.Errorf("unpacked\n%q\nnot\n%q", got, want)
	}
	if a, b := l.EndPos().Offset, plainLog.EndPos().Offset; a*2 > b {
		t.Errorf("%d bytes, %d without compression", a, b)
	}
	for name, l := range map[string]*Log{"plain": plainLog, "compressed": l} {
		f, err := l.Follow(FollowOptions{ToEnd: true})
		must(t, err)
		var rows []int
		for range 3 {
			tr, err := f.Next(context.Background())
			must(t, err)
			n := 0
			for _, ch := range tr.Changes {
				n += len(ch.Rows)
			}
			rows = append(rows, n)
		}
		must(t, errors.Join(f.Close(), l.Close()))
		if fmt.Sprint(rows) != "[1 50 1]" {
			t.Errorf("%s: the feed has %v", name, rows)
		}
	}
	var internal []uint64
	found, err := Scan(testDir, testOptions(fs), Pos{}, func(g Group) error { internal = append(internal, g.InternalXID); return nil })
	must(t, err)
	if fmt.Sprint(internal) != "[1 2 3]" || found.GTIDs.Last(testUUID) != 3 {
		t.Errorf("recovery finds %v %v", internal, found.GTIDs)
	}
}

// TestUnpackedPlaces: the unpacked events have places that grow, from which the log
// can be read on, and their group is as long as its GTID event says.
func TestUnpackedPlaces(t *testing.T) {
	l := packedLog(t, vfs.NewMem(), 3, 50)
	all := sent(t, l, Pos{File: 1}, false)
	end, left := int64(0), uint64(0)
	for i, e := range all {
		if e.End() <= end || e.LogPos != uint32(e.End()) || int(e.Size) != len(e.Raw) {
			t.Fatalf("event %d, %v, of %d bytes, ends at %d, says %d, behind %d", i, e.Type, e.Size, e.End(), e.LogPos, end)
		}
		end = e.End()
		if e.Type == EventGTID {
			info, err := DecodeGTID(e.Body())
			must(t, err)
			if left != 0 {
				t.Errorf("event %d: %d bytes are missing", i, left)
			}
			left = info.TransactionLength
		}
		left -= min(left, uint64(len(e.Raw)))
		rest := sent(t, l, Pos{1, uint64(end)}, false)
		if len(rest) != len(all)-i-1 {
			t.Fatalf("behind event %d, at %d, come %d events of %d", i, end, len(rest), len(all))
		}
		for j, r := range rest {
			if !bytes.Equal(r.Raw, all[i+1+j].Raw) {
				t.Fatalf("behind event %d: %v at %d is another", i, r.Type, r.Offset)
			}
		}
	}
	if end != int64(l.EndPos().Offset) || left != 0 {
		t.Errorf("ends at %d, and %d bytes are missing", end, left)
	}
	for _, e := range sent(t, l, Pos{File: 1}, true) {
		if e.Type != EventTransactionPayload {
			continue
		}
		var place *PlaceError
		if _, err := l.Stream(Pos{1, uint64(e.End() - 1)}); !errors.As(err, &place) {
			t.Errorf("inside the payload's bytes: %v", err)
		}
	}
	must(t, l.Close())
}

// TestPayloadOracle: rows of any table, compressed at any level, are what go-mysql
// reads of them.
func TestPayloadOracle(t *testing.T) {
	packed := 0
	rapid.Check(t, func(t *rapid.T) {
		tbl := drawTable(t)
		kind := rapid.SampledFrom([]RowsKind{WriteRows, UpdateRows, DeleteRows}).Draw(t, "kind")
		c := NewCache(0)
		for range rapid.IntRange(1, 5).Draw(t, "statements") {
			if err := c.AddRows(tbl, kind, drawRows(t, tbl, kind)); err != nil {
				t.Fatal(err)
			}
		}
		g := &PendingGroup{Kind: DML, Cache: c, InternalXID: 1, Time: testTime}
		plain := writeOneGroup(t, g)
		l := &Log{o: testOptions(vfs.NewMem())}
		if err := l.Pack(g, rapid.IntRange(CompressionLevelMin, CompressionLevelMax).Draw(t, "level")); err != nil {
			t.Fatal(err)
		}
		file := writeOneGroup(t, g)
		if g.payload == nil && len(file) != len(plain) || g.payload != nil && len(file) >= len(plain) {
			t.Fatalf("%d bytes of %d", len(file), len(plain))
		}
		if g.payload != nil {
			packed++
		}
		read := func(file []byte) (lines []string) {
			p := replication.NewBinlogParser()
			p.SetVerifyChecksum(true)
			err := p.ParseReader(bytes.NewReader(file[4:]), func(e *replication.BinlogEvent) error {
				lines = appendContent(lines, e)
				return nil
			})
			if err != nil {
				t.Fatal(err)
			}
			return lines
		}
		if a, b := read(plain), read(file); !slices.Equal(a, b) {
			t.Fatalf("go-mysql reads %q, not %q", b, a)
		}
	})
	if packed == 0 {
		t.Error("nothing was compressed")
	}
}

// TestPackLeaves: what is no transaction of rows stays as it is, as does what would
// not become smaller, or has more events than places.
func TestPackLeaves(t *testing.T) {
	l := mustStart(t, testOptions(vfs.NewMem()))
	many := NewCache(0)
	for range 20000 {
		must(t, many.AddRows(accounts, WriteRows, []RowChange{{After: account(1, "ada", "1.00")}}))
	}
	ddl := NewCache(0)
	must(t, ddl.AddQuery("d", "CREATE TABLE t (id INT)"+strings.Repeat(" ", 1000)))
	for name, g := range map[string]*PendingGroup{
		"many events": {Kind: DML, Cache: many, InternalXID: 1},
		"branch":      {Kind: XAPrepare, Cache: many, Branch: branch(t, "one")},
		"statement":   {Kind: DDL, Cache: ddl, InternalXID: 1},
		"empty":       {Kind: Empty},
	} {
		if err := l.Pack(g, 3); err != nil || g.payload != nil {
			t.Errorf("%s: %v, payload of %d bytes", name, err, len(g.payload))
		}
	}
	if err := l.Pack(&PendingGroup{Kind: DML, Cache: many}, 3); !errors.Is(err, ErrInvalid) {
		t.Error(err)
	}
	must(t, l.Close())
}

// TestBadPayload: payloads that are not what they say are refused.
func TestBadPayload(t *testing.T) {
	g := dml(t, 1)
	head, tail, err := g.frame(nil, nil)
	must(t, err)
	var p plainEvents
	for _, b := range [][]byte{head, g.Cache.buf, tail} {
		p.add(b)
	}
	body := func(algorithm uint64, plain, size byte, data []byte) []byte {
		b := appendLenenc([]byte{payloadAlgorithm, byte(lenencSize(algorithm))}, algorithm)
		return append(append(b, payloadPlainSize, 1, plain, payloadSize, 1, size, payloadEnd), data...)
	}
	packed := func(b []byte) []byte { return encoder(3).EncodeAll(b, nil) }
	small := p.buf[:int(p.buf[9])]
	event := func(b []byte) Event {
		raw := endEvent(append(beginEvent(nil, EventTransactionPayload, 0), b...), 0)
		return Event{Header: decodeHeader(raw), Offset: 100, Raw: raw}
	}
	data := packed(small)
	for _, b := range [][]byte{body(algorithmZstd, byte(len(small)), byte(len(data)), data), body(algorithmNone, 0, byte(len(small)), small)} {
		if in, err := event(b).Events(); err != nil || len(in) != 1 || in[0].Type != EventQuery {
			t.Fatalf("%v %v", in, err)
		}
	}
	nested := event(nil).Raw
	nested = nested[:len(nested)-ChecksumSize]
	nested[9] -= ChecksumSize
	for name, b := range map[string][]byte{
		"nothing":        {},
		"no data":        body(algorithmZstd, byte(len(small)), 0, nil),
		"another size":   body(algorithmZstd, byte(len(small)), byte(len(data)-1), data),
		"too long":       body(algorithmZstd, byte(len(small)-1), byte(len(data)), data),
		"too short":      body(algorithmZstd, byte(len(small)+1), byte(len(data)), data),
		"no zstd":        body(algorithmZstd, byte(len(small)), byte(len(small)), small),
		"unknown":        body(7, byte(len(small)), byte(len(data)), data),
		"half an event":  body(algorithmNone, 0, 30, small[:30]),
		"half a header":  body(algorithmNone, 0, 10, small[:10]),
		"size too small": body(algorithmNone, 0, 19, make([]byte, 19)),
		"nested":         body(algorithmNone, 0, byte(len(nested)), nested),
		"huge":           append([]byte{payloadAlgorithm, 1, 0, payloadPlainSize, 9, 0xfe, 0, 0, 0, 0, 1, 0, 0, 0, payloadSize, 1, byte(len(data)), 0}, data...),
	} {
		if in, err := event(b).Events(); !errors.Is(err, errBadEvent) {
			t.Errorf("%s: %v %v", name, in, err)
		}
	}
	for name, parts := range map[string][][]byte{
		"no end": {head, g.Cache.buf}, "no begin": {g.Cache.buf, tail}, "two": {head, tail, head, tail}, "whole": {head, g.Cache.buf, tail},
	} {
		var p plainEvents
		for _, b := range parts {
			p.add(b)
		}
		bad := dml(t, 1)
		bad.payload = appendPayload(nil, packed(p.buf), len(p.buf))
		fs := vfs.NewMem()
		l := mustStart(t, testOptions(fs))
		commit(t, l, bad)
		must(t, l.Close())
		if _, err := Scan(testDir, testOptions(fs), Pos{}, func(Group) error { return nil }); errors.Is(err, ErrCorrupt) == (name == "whole") {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestDescribePayload: people see what is inside.
func TestDescribePayload(t *testing.T) {
	l := packedLog(t, vfs.NewMem(), 3, 20)
	var d Describer
	var text string
	for _, e := range sent(t, l, Pos{File: 1}, true) {
		if e.Type == EventTransactionPayload {
			text = d.Describe(e)
		}
	}
	must(t, l.Close())
	lines := strings.Split(text, "\n")
	if !strings.Contains(lines[0], "Transaction_payload\tcompression='ZSTD', decompressed_size=") || !strings.HasSuffix(lines[1], "BEGIN") ||
		!strings.Contains(text, "### INSERT INTO `bank`.`accounts`") || !strings.HasSuffix(text, "xid=2") {
		t.Errorf("%s", text)
	}
}

// TestPayloadPeer: what the real mariadb-binlog, which does not know payloads, reads
// of the unpacked events is what it reads of the plain file.
func TestPayloadPeer(t *testing.T) {
	tool := mariadbBinlog(t)
	if tool == "" {
		return
	}
	dir := t.TempDir()
	statements := func(name string, events []Event) (lines []string) {
		b := []byte(Magic)
		for _, e := range events {
			sealEvent(e.Raw, e.Timestamp, e.ServerID, uint32(len(b)+len(e.Raw)))
			b = append(b, e.Raw...)
		}
		path := filepath.Join(dir, name)
		must(t, os.WriteFile(path, b, 0o600))
		out, err := exec.Command(tool, "--no-defaults", "-v", "--verify-binlog-checksum", path).CombinedOutput()
		if err != nil {
			t.Fatalf("%v: %s", err, out)
		}
		for line := range strings.SplitSeq(string(out), "\n") {
			if strings.HasPrefix(line, "###") || strings.HasPrefix(line, "COMMIT") {
				lines = append(lines, line)
			}
		}
		return lines
	}
	plain, packed := packedLog(t, vfs.NewMem(), 0, 20), packedLog(t, vfs.NewMem(), 3, 20)
	want := statements("plain", sent(t, plain, Pos{File: 1}, true))
	if got := statements("unpacked", sent(t, packed, Pos{File: 1}, false)); len(want) < 80 || !slices.Equal(got, want) {
		t.Errorf("%q, want %q", got, want)
	}
	must(t, errors.Join(plain.Close(), packed.Close()))
}
