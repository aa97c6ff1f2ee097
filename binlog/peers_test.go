package binlog

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/go-mysql-org/go-mysql/replication"

	"github.com/cockroachdb/pebble/v2/vfs"
)

// wideTable has a column of every type.
var wideTable = &Table{
	ID: 17, DB: "bank", Name: "wide", PrimaryKey: []int{0, 3},
	Columns: []Column{
		{Name: "tiny", Type: TypeTiny},
		{Name: "short", Type: TypeShort, Unsigned: true},
		{Name: "medium", Type: TypeInt24, Nullable: true},
		{Name: "int", Type: TypeLong},
		{Name: "big", Type: TypeLongLong, Unsigned: true},
		{Name: "float", Type: TypeFloat},
		{Name: "double", Type: TypeDouble, Nullable: true},
		{Name: "year", Type: TypeYear},
		{Name: "date", Type: TypeDate},
		{Name: "time", Type: TypeTime2, FSP: 2},
		{Name: "datetime", Type: TypeDateTime2, FSP: 6},
		{Name: "timestamp", Type: TypeTimestamp2, FSP: 3},
		{Name: "varchar", Type: TypeVarchar, Length: 300, Collation: CollationUTF8MB4},
		{Name: "varbinary", Type: TypeVarchar, Length: 10, Collation: CollationBinary},
		{Name: "char", Type: TypeString, Length: 600, Collation: CollationUTF8MB4},
		{Name: "text", Type: TypeBlob, Length: 2, Collation: CollationUTF8MB4},
		{Name: "blob", Type: TypeBlob, Length: 4},
		{Name: "bit", Type: TypeBit, Length: 9},
		{Name: "enum", Type: TypeEnum, Length: 1, Collation: CollationUTF8MB4, Members: []string{"a", "b"}},
		{Name: "set", Type: TypeSet, Length: 1, Collation: CollationUTF8MB4, Members: []string{"x", "y", "z"}},
		{Name: "decimal", Type: TypeNewDecimal, Precision: 20, Scale: 7},
		{Name: "point", Type: TypeGeometry, Length: 4, Shape: 1},
	},
}

func wideRow(id int64) []Value {
	return []Value{
		int64(-5), uint64(65535), nil, id, uint64(1) << 63, 1.5, -2.25, int64(2026),
		DateTime{Year: 2026, Month: 11, Day: 20},
		Duration{Negative: true, Hour: 1, Second: 1, Micro: 10000},
		DateTime{2026, 11, 20, 13, 0, 5, 123456},
		DateTime{2026, 11, 20, 13, 0, 5, 123000},
		[]byte("grüße"), []byte{0, 255}, []byte(strings.Repeat("c", 500)), []byte(`{"a": 1}`), []byte{1, 2, 3},
		uint64(0x155), uint64(2), uint64(5), Decimal("-1234567890123.0000001"),
		append([]byte{0, 0, 0, 0, 1, 1}, make([]byte, 3+16)...),
	}
}

// peerFiles writes two files with all kinds of groups and all types of
// columns into a real folder.
func peerFiles(t *testing.T) (dir string, files []string) {
	dir = t.TempDir()
	o := testOptions(vfs.Default)
	l, err := Open(dir, o, Pos{}, nil)
	must(t, err)
	must(t, l.Start())
	allKinds(t, l, 1)
	c := NewCache(0)
	var rows, updates, deletes []RowChange
	for i := range int64(40) {
		rows = append(rows, RowChange{After: wideRow(i)})
		updates = append(updates, RowChange{Before: wideRow(i), After: wideRow(i + 100)})
		deletes = append(deletes, RowChange{Before: wideRow(i + 100)})
	}
	must(t, c.AddRows(wideTable, WriteRows, rows))
	must(t, c.AddRows(wideTable, UpdateRows, updates))
	must(t, c.AddRows(accounts, WriteRows, []RowChange{{After: account(9, "eve", "0.01")}}))
	must(t, c.AddRows(wideTable, DeleteRows, deletes))
	must(t, l.Rotate())
	commit(t, l, &PendingGroup{Kind: DML, Cache: c, InternalXID: 50, Time: testTime})
	must(t, l.Close())
	for _, f := range l.Files() {
		files = append(files, filepath.Join(dir, f.Name))
	}
	return dir, files
}

// mariadbBinlog is the real mariadb-binlog; "" where it is not installed and need not
// be.
func mariadbBinlog(t *testing.T) string {
	t.Helper()
	tool, err := exec.LookPath("mariadb-binlog")
	if err != nil && os.Getenv("XADB_REQUIRE_PEERS") == "1" {
		t.Fatalf("XADB_REQUIRE_PEERS=1: %v", err)
	}
	if err != nil {
		t.Logf("mariadb-binlog is not installed: %v", err)
	}
	return tool
}

// TestMariaDBBinlog lets the real mariadb-binlog read our files.
func TestMariaDBBinlog(t *testing.T) {
	tool := mariadbBinlog(t)
	if tool == "" {
		return
	}
	_, files := peerFiles(t)
	for i, want := range [][]string{
		{"CREATE TABLE accounts", "XA START X'6f6e65',X'62',1", "XA END X'6f6e65',X'62',1", "XA PREPARE",
			"XA COMMIT X'6f6e65',X'62',1", "XA ROLLBACK X'74776f',X'62',1", "### INSERT INTO `bank`.`accounts`", "Rotate to binlog.000002"},
		{"### UPDATE `bank`.`wide`", "### DELETE FROM `bank`.`wide`", "-1234567890123.0000001", "grüße",
			"'2026-11-20 13:00:05.123456'", "-01:00:01.01", "b'101010101'", "Stop"},
	} {
		var out, errs bytes.Buffer
		cmd := exec.Command(tool, "--no-defaults", "-vv", "--verify-binlog-checksum", files[i])
		cmd.Stdout, cmd.Stderr = &out, &errs
		if err := cmd.Run(); err != nil {
			t.Fatalf("%s: %v\n%s", files[i], err, errs.String())
		}
		for _, w := range want {
			if !strings.Contains(out.String(), w) {
				t.Errorf("%s: output lacks %q", files[i], w)
			}
		}
		if errs.Len() > 0 {
			t.Errorf("%s: %s", files[i], errs.String())
		}
		if t.Failed() {
			t.Log(out.String())
		}
	}
}

// TestGoMySQLEvents lets go-mysql's parser read the same files and compares
// what frames the rows.
func TestGoMySQLEvents(t *testing.T) {
	_, files := peerFiles(t)
	var lines []string
	for _, name := range files {
		info, err := os.Stat(name)
		must(t, err)
		group, groupEnd := uint64(0), uint64(0)
		p := replication.NewBinlogParser()
		p.SetVerifyChecksum(true)
		offset := uint64(firstOffset)
		must(t, p.ParseFile(name, 0, func(ev *replication.BinlogEvent) error {
			offset += uint64(len(ev.RawData))
			if uint64(ev.Header.LogPos) != offset {
				t.Errorf("%s: event ends at %d, says %d", name, offset, ev.Header.LogPos)
			}
			line := ev.Header.EventType.String()
			switch e := ev.Event.(type) {
			case *replication.FormatDescriptionEvent:
				line += " " + e.ServerVersion
			case *replication.PreviousGTIDsEvent:
				line += " " + e.GTIDSets
				groupEnd = offset
			case *replication.QueryEvent:
				line += " " + string(e.Query)
			case *replication.GTIDEvent:
				if group != groupEnd {
					t.Errorf("%s: group says it ends at %d, ends at %d", name, groupEnd, group)
				}
				groupEnd = offset - uint64(len(ev.RawData)) + e.TransactionLength
				if e.ImmediateServerVersion != 80036 || e.ImmediateCommitTimestamp != uint64(testTime.UnixMicro()) {
					t.Errorf("gtid: version %d, time %d", e.ImmediateServerVersion, e.ImmediateCommitTimestamp)
				}
			case *replication.RotateEvent:
				line += " " + string(e.NextLogName)
			}
			if ev.Header.EventType != replication.TABLE_MAP_EVENT && ev.Header.EventType != replication.STOP_EVENT &&
				ev.Header.EventType != replication.ROTATE_EVENT {
				group = offset
			}
			lines = append(lines, line)
			return nil
		}))
		if int64(offset) != info.Size() {
			t.Errorf("%s: parsed %d of %d bytes", name, offset, info.Size())
		}
	}
	got := strings.Join(lines, "\n")
	for _, want := range []string{
		"FormatDescriptionEvent 8.0.36-xadb\nPreviousGTIDsEvent \nGTIDEvent\nQueryEvent CREATE TABLE",
		"GTIDEvent\nQueryEvent BEGIN\nTableMapEvent\nWriteRowsEventV2\nXIDEvent\n",
		"QueryEvent XA START X'6f6e65',X'62',1\nTableMapEvent\nWriteRowsEventV2\nQueryEvent XA END X'6f6e65',X'62',1\n",
		"RotateEvent binlog.000002\nFormatDescriptionEvent 8.0.36-xadb\nPreviousGTIDsEvent 3e11fa47-71ca-11e1-9e33-c80aa9429562:1-7\n",
		"UpdateRowsEventV2\nUpdateRowsEventV2\n",
		"XIDEvent\nStopEvent",
	} {
		if !strings.Contains(got, want) {
			t.Errorf("events lack\n%s\nin\n%s", want, got)
		}
	}
}
