package binlog

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/cockroachdb/pebble/v2/vfs"
	"github.com/go-mysql-org/go-mysql/replication"
)

// smallImages logs an update and a delete with minimal images, of a table with a key
// and JSON.
func smallImages(t *testing.T, dir string) *Log {
	table := &Table{ID: 5, DB: "d", Name: "t", PrimaryKey: []int{1}, RowKey: []int{1}, Columns: []Column{
		{Name: "v", Type: TypeVarchar, Length: 9, Collation: 45}, {Name: "id", Type: TypeLong}, {Name: "j", Type: TypeJSON, Length: 4, Nullable: true},
		{Name: "n", Type: TypeLong, Nullable: true},
	}}
	c := NewCache(0)
	c.SetRowImage(MinimalImage)
	must(t, c.AddRows(table, UpdateRows, []RowChange{
		{Before: []Value{[]byte("a"), int64(1), nil, int64(7)}, After: []Value{[]byte("a"), int64(1), []byte("\x04\x01"), nil}},
		{Before: []Value{[]byte("b"), int64(2), nil, int64(7)}, After: []Value{[]byte("b"), int64(2), nil, int64(8)}},
	}))
	must(t, c.AddRows(table, DeleteRows, []RowChange{{Before: []Value{[]byte("b"), int64(2), nil, int64(8)}}}))
	l, err := Open(dir, testOptions(vfs.Default), Pos{}, nil)
	must(t, err)
	must(t, l.Start())
	commit(t, l, &PendingGroup{Kind: DML, Cache: c, InternalXID: 1, Time: testTime})
	return l
}

// TestMinimalImagesRead: what reads the log reads minimal images: mariadb-binlog,
// Describe, and what makes text of JSON.
func TestMinimalImagesRead(t *testing.T) {
	dir := t.TempDir()
	l := smallImages(t, dir)
	s, err := l.Stream(Pos{File: 1})
	must(t, err)
	var d Describer
	w := Rewriter{Text: func([]byte) ([]byte, error) { return []byte("true"), nil }}
	p := replication.NewBinlogParser()
	var said, rewritten []string
	for s.Ready() {
		ev, err := s.Next(context.Background())
		must(t, err)
		raw, err := w.Event(ev)
		must(t, err)
		read, err := p.Parse(bytes.Clone(raw))
		must(t, err)
		_, lines, _ := strings.Cut(d.Describe(ev), "\n")
		said = append(said, lines)
		if rows, ok := read.Event.(*replication.RowsEvent); ok {
			rewritten = append(rewritten, fmt.Sprintf("%s %v", rows.Rows, rows.SkippedColumns))
		}
	}
	must(t, s.Close())
	must(t, l.Close())
	want := "[[<nil> %!s(int32=1) <nil> <nil>] [<nil> <nil> true <nil>] [<nil> %!s(int32=2) <nil> <nil>] [<nil> <nil> <nil> %!s(int32=8)]]" +
		" [[0 2 3] [0 1] [0 2 3] [0 1]]; [[<nil> %!s(int32=2) <nil> <nil>]] [[0 2 3]]"
	if got := strings.Join(rewritten, "; "); got != want {
		t.Errorf("rewritten: %s", got)
	}
	update := func(id int, j, n string) string {
		return fmt.Sprintf("### UPDATE `d`.`t`\n### WHERE\n###   @2=%d\n### SET\n###   @3=%s\n###   @4=%s\n", id, j, n)
	}
	want = update(1, "X", "NULL") + update(2, "NULL", "8") + "### DELETE FROM `d`.`t`\n### WHERE\n###   @2=2\n"
	numbered := strings.NewReplacer("`id`", "@2", "`j`", "@3", "`n`", "@4", "X'0401'", "X").Replace(strings.Join(said, "\n"))
	if got := strings.TrimSpace(regexp.MustCompile("\n+").ReplaceAllString(numbered, "\n")); got != strings.TrimSpace(want) {
		t.Errorf("described:\n%s\nwant\n%s", got, want)
	}
}

// TestMariaDBMinimalImages lets the real mariadb-binlog read them.
func TestMariaDBMinimalImages(t *testing.T) {
	tool := mariadbBinlog(t)
	if tool == "" {
		return
	}
	dir := t.TempDir()
	c := NewCache(0)
	c.SetRowImage(MinimalImage)
	table := *accounts
	table.RowKey = table.PrimaryKey
	must(t, c.AddRows(&table, UpdateRows, []RowChange{{Before: account(9, "ada", "1.00"), After: account(9, "ada", "2.00")}}))
	must(t, c.AddRows(&table, DeleteRows, []RowChange{{Before: account(9, "ada", "2.00")}}))
	l, err := Open(dir, testOptions(vfs.Default), Pos{}, nil)
	must(t, err)
	must(t, l.Start())
	commit(t, l, &PendingGroup{Kind: DML, Cache: c, InternalXID: 1, Time: testTime})
	must(t, l.Close())
	out, err := exec.Command(tool, "--no-defaults", "-v", "--verify-binlog-checksum", filepath.Join(dir, l.Files()[0].Name)).Output()
	var failed *exec.ExitError
	if errors.As(err, &failed) {
		t.Fatalf("%s", failed.Stderr)
	}
	must(t, err)
	want := "### UPDATE `bank`.`accounts`\n### WHERE\n###   @1=9\n### SET\n###   @3=2.00\n"
	if !strings.Contains(string(out), want) || !strings.Contains(string(out), "### DELETE FROM `bank`.`accounts`\n### WHERE\n###   @1=9\n") {
		t.Errorf("%s", out)
	}
}

func TestParseRowImage(t *testing.T) {
	for name, want := range map[string]RowImage{"full": FullImage, "MINIMAL": MinimalImage, "NoBlob": NoBlobImage} {
		got, err := ParseRowImage(name)
		if err != nil || got != want || !strings.EqualFold(got.String(), name) {
			t.Errorf("%s: %v %v", name, got, err)
		}
	}
	if _, err := ParseRowImage("x"); !errors.Is(err, ErrInvalid) || RowImage(9).String() != "row image 9" {
		t.Error(err)
	}
}
