package main

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/xadb/xadb/engine"
	"github.com/xadb/xadb/server/auth"
	"github.com/xadb/xadb/server/exec"
	"github.com/xadb/xadb/tclog"
)

func TestCheck(t *testing.T) {
	dir := makeStore(t)
	unchanged(t, dir, func() {
		command("check", "--data", dir).wants(t, 0, "indexes  0 of 0 tables", "binlog   1 files", "prepared 2 branches", "commits 0 and rolls back 0", "ok\n")
	})
	empty := t.TempDir()
	unchanged(t, empty, func() {
		command("check", "--data", empty).wants(t, 1, "no store in "+empty)
	})
}

// An index that is not as its table's rows is found, and named.
func TestCheckComparesIndexes(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "store")
	ctx := context.Background()
	log, err := tclog.Open(ctx, dir, storeOptions(quiet()))
	must(t, err)
	e := exec.New(exec.Options{})
	run := func(sql string) {
		txn := log.Begin()
		stmt, err := e.Parse(sql)
		must(t, err)
		_, err = e.Execute(ctx, exec.Env{Txn: exec.Over(txn), Rights: auth.Everything, DB: "d"}, stmt, nil)
		must(t, err)
		must(t, log.Commit(ctx, txn))
	}
	run("create database d")
	run("create table t (id int auto_increment primary key, v int, key (v))")
	run("insert into t (v) values (5), (6), (7)")
	must(t, log.Close(ctx))
	unchanged(t, dir, func() {
		command("check", "--data", dir).wants(t, 0, "indexes  1 of 1 tables with 3 rows")
	})

	log, err = tclog.Open(ctx, dir, storeOptions(quiet()))
	must(t, err)
	txn := log.Begin()
	_, err = txn.DeleteRange(ctx, engine.Table{ID: 17}, nil, nil)
	must(t, err)
	must(t, log.Commit(ctx, txn))
	must(t, log.Close(ctx))
	command("check", "--data", dir).wants(t, 1, "table d.t: index v lacks the entry of row 80000001")
}

// A bit turned over in what a store still needs of its logs and tables is
// found, with the file and the offset.
func TestCheckFindsDamage(t *testing.T) {
	dir := makeStore(t)
	for pattern, places := range map[string]func(size int) []int{
		"wal/0*.wal":       func(size int) []int { return []int{20, size / 2, size - 10} },
		"binlog/binlog.0*": func(size int) []int { return []int{0, 30, size / 2, size - 10} },
		"data/*.sst":       func(size int) []int { return []int{8, size / 2} },
	} {
		name := onlyFile(t, filepath.Join(dir, pattern))
		b, err := os.ReadFile(name)
		must(t, err)
		used := len(bytes.TrimRight(b, "\x00")) // a segment is filled ahead with zeros
		for _, offset := range places(used) {
			flip(t, name, offset)
			r := command("check", "--data", dir)
			at := regexp.MustCompile(regexp.QuoteMeta(name) + `:(\d+): damaged`).FindStringSubmatch(r.err)
			if r.code != 1 || at == nil {
				t.Errorf("%s, bit turned over at %d: exit status %d: %s%s", pattern, offset, r.code, r.out, r.err)
			} else if n, err := strconv.Atoi(at[1]); err != nil || n > offset {
				t.Errorf("%s, bit turned over at %d, found at %s", pattern, offset, at[1])
			}
			flip(t, name, offset)
		}
	}
	command("check", "--data", dir).wants(t, 0, "ok\n")
}

// A file that is gone is named too, and so are tables older than they were.
func TestCheckFindsLoss(t *testing.T) {
	dir := makeStore(t)
	name := onlyFile(t, filepath.Join(dir, "data", "MANIFEST-*"))
	flip(t, name, 50)
	command("check", "--data", dir).wants(t, 1, "corrupt", "the tables end at commit 0")
	flip(t, name, 50)
	name = onlyFile(t, filepath.Join(dir, "binlog", "binlog.0*"))
	must(t, os.Remove(name))
	command("check", "--data", dir).wants(t, 1, "missing file", filepath.Base(name))
}

func onlyFile(t *testing.T, pattern string) string {
	t.Helper()
	files, err := filepath.Glob(pattern)
	must(t, err)
	if len(files) != 1 {
		t.Fatalf("%s: %v", pattern, files)
	}
	return files[0]
}

func TestWALDump(t *testing.T) {
	dir := makeStore(t)
	unchanged(t, dir, func() {
		r := command("wal", "dump", "--data", dir)
		r.wants(t, 0, "CHECKPOINT", "PREPARE", "COMMIT", "X'6f6e65',X'62',7")
		lines := strings.Split(strings.TrimSpace(r.out), "\n")
		last := strings.Split(lines[len(lines)-1], "\t")
		r = command("wal", "dump", "--data", dir, "--from", last[1])
		r.wants(t, 0, lines[len(lines)-1])
		if strings.Count(r.out, "\n") != 1 {
			t.Errorf("more than the last record:\n%s", r.out)
		}
	})
}

func TestBinlogDump(t *testing.T) {
	dir := makeStore(t)
	unchanged(t, dir, func() {
		whole := command("binlog", "dump", "--data", dir)
		whole.wants(t, 0, "Format_desc", "XA START X'6f6e65',X'62',7", "### INSERT INTO `d`.`t`", "Xid", "Stop")
		files, err := filepath.Glob(filepath.Join(dir, "binlog", "binlog.0*"))
		must(t, err)
		if r := command(append([]string{"binlog", "dump"}, files...)...); r.out != whole.out {
			t.Errorf("files dump differs:\n%s", r.out)
		}
	})
	command("binlog", "dump", filepath.Join(dir, "PID")).wants(t, 1, "bad event", "magic")
}

func TestBinlogDumpDamage(t *testing.T) {
	dir := makeStore(t)
	name := filepath.Join(dir, "binlog", "binlog.000001")
	b, err := os.ReadFile(name)
	must(t, err)
	flip(t, name, len(b)/2)
	command("binlog", "dump", name).wants(t, 1, "Format_desc", name+":", "damaged")

	// A file that was not closed may end in the middle of an event.
	const flags = 4 + 17
	b[flags] |= 1
	must(t, os.WriteFile(name, b[:len(b)-30], 0o600))
	command("binlog", "dump", name).wants(t, 0, "Format_desc", "a write may have ended here")
	command("binlog", "dump", name, name).wants(t, 1, "damaged")
}

func TestFolderInUse(t *testing.T) {
	dir := makeStore(t)
	p := startServe(t, dir)
	defer p.Kill()
	pid, err := os.ReadFile(filepath.Join(dir, "PID"))
	must(t, err)
	for _, args := range [][]string{
		{"serve", "--listen", "127.0.0.1:0"}, {"check"}, {"xa", "list"}, {"xa", "commit", "'one','b',7", "--yes"}, {"wal", "dump"},
	} {
		command(append(args, "--data", dir)...).wants(t, 1, "in use", "process "+string(pid))
	}
	command("binlog", "dump", "--data", dir).wants(t, 0, "Format_desc")
}
