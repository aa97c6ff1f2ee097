package main

import (
	"bytes"
	"database/sql"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/xadb/xadb/fuzz/kill"
)

// A disaster is the way of an operator: a server that archives, a backup while it
// runs, a mistake, kill -9, and the way back. Every command is a process of its
// own.
type disaster struct {
	t                          *testing.T
	binary, dir, data, archive string
}

// xadb runs the command as an operator without a terminal would.
func (d *disaster) xadb(args ...string) result {
	d.t.Helper()
	var out, errs bytes.Buffer
	cmd := exec.Command(d.binary, args...)
	cmd.Stdout, cmd.Stderr = &out, &errs
	if err := cmd.Run(); err != nil && cmd.ProcessState == nil {
		d.t.Fatal(err)
	}
	return result{cmd.ProcessState.ExitCode(), out.String(), errs.String()}
}

func (d *disaster) path(name string) string { return filepath.Join(d.dir, name) }

// serve starts a server and logs in as root.
func (d *disaster) serve(data string, args ...string) (*kill.Process, *sql.DB) {
	d.t.Helper()
	p := startServe(d.t, data, args...)
	d.t.Cleanup(p.Kill)
	root, _ := login(d.t, "root", p.Addr, "")
	return p, root
}

// A bankState is what a store has to hold at one moment.
type bankState struct {
	index    int64     // of the last transaction
	at       time.Time // behind it
	rows     []string
	branches []string
}

// bankRows are the rows of all tables, and what a join and an index say.
func bankRows(t *testing.T, db *sql.DB) (list []string) {
	t.Helper()
	for _, q := range []string{
		"SELECT id, owner, balance, changed FROM bank.accounts ORDER BY id",
		"SELECT id, account, amount, CAST(note AS CHAR) FROM bank.moves ORDER BY id",
		"SELECT a.owner, COUNT(m.id), SUM(m.amount) FROM bank.accounts a LEFT JOIN bank.moves m ON m.account = a.id GROUP BY a.owner ORDER BY a.owner",
		"SELECT id FROM bank.accounts FORCE INDEX (owner) WHERE owner >= '' ORDER BY owner",
	} {
		rows, err := db.Query(q)
		if err != nil {
			return append(list, err.Error())
		}
		columns, err := rows.Columns()
		must(t, err)
		for rows.Next() {
			values := make([]sql.NullString, len(columns))
			into := make([]any, len(columns))
			for i := range values {
				into[i] = &values[i]
			}
			must(t, rows.Scan(into...))
			list = append(list, fmt.Sprint(values))
		}
		must(t, rows.Err())
	}
	return list
}

func branchNames(t *testing.T, db *sql.DB) (list []string) {
	t.Helper()
	rows, err := db.Query("XA RECOVER")
	must(t, err)
	for rows.Next() {
		var format, gtrid, bqual int
		var data string
		must(t, rows.Scan(&format, &gtrid, &bqual, &data))
		list = append(list, data)
	}
	must(t, rows.Err())
	slices.Sort(list)
	return list
}

// stateOf also waits until the clock shows another time than that of the last
// transaction, so that a restore can be asked for it.
func stateOf(t *testing.T, db *sql.DB) bankState {
	t.Helper()
	var gtids string
	must(t, db.QueryRow("SELECT @@GLOBAL.gtid_executed").Scan(&gtids))
	_, numbers, _ := strings.Cut(gtids, ":")
	if _, last, ok := strings.Cut(numbers, "-"); ok {
		numbers = last
	}
	index, err := strconv.ParseInt(numbers, 10, 64)
	must(t, err)
	s := bankState{index: index, rows: bankRows(t, db), branches: branchNames(t, db)}
	for begin := time.Now(); !s.at.After(begin.Add(time.Millisecond)); {
		s.at = time.Now()
	}
	return s
}

func (s bankState) is(t *testing.T, what string, db *sql.DB) {
	t.Helper()
	if got := bankRows(t, db); !slices.Equal(got, s.rows) {
		t.Errorf("%s: rows\n%s\nwant\n%s", what, strings.Join(got, "\n"), strings.Join(s.rows, "\n"))
	}
	if got := branchNames(t, db); !slices.Equal(got, s.branches) {
		t.Errorf("%s: branches %q, want %q", what, got, s.branches)
	}
}

// branch prepares a branch that takes 10 from an account.
func branch(t *testing.T, db *sql.DB, name string, account int) {
	t.Helper()
	execute(t, db, "XA START '"+name+"'", fmt.Sprintf("UPDATE bank.accounts SET balance = balance - 10 WHERE id = %d", account),
		fmt.Sprintf("INSERT INTO bank.moves (account, amount, note) VALUES (%d, -10, '%s')", account, name),
		"XA END '"+name+"'", "XA PREPARE '"+name+"'")
}

func TestDisaster(t *testing.T) {
	dir := t.TempDir()
	d := &disaster{t: t, binary: self(t), dir: dir, data: filepath.Join(dir, "data"), archive: filepath.Join(dir, "archive")}
	p, root := d.serve(d.data, "--archive", d.archive)
	execute(t, root, "CREATE DATABASE bank",
		"CREATE TABLE bank.accounts (id INT PRIMARY KEY, owner VARCHAR(20) NOT NULL, balance DECIMAL(12,2) NOT NULL, changed DATETIME(6), UNIQUE KEY owner (owner))",
		"CREATE TABLE bank.moves (id INT AUTO_INCREMENT PRIMARY KEY, account INT NOT NULL, amount INT, note JSON, KEY (account))",
		"ALTER TABLE bank.moves MODIFY note VARCHAR(40)",
		"INSERT INTO bank.accounts VALUES (1, 'ann', 100, '2026-01-02 03:04:05.678901'), (2, 'bob', 200, NULL), (3, 'cy', 300.25, NULL), (4, 'dee', 400, NULL)",
		"INSERT INTO bank.moves (account, amount, note) VALUES (1, 5, 'first'), (2, 6, NULL)")
	branch(t, root, "to-commit", 1)
	branch(t, root, "to-roll-back", 2)

	// The backup of a running store; who may not have everything gets nothing.
	file := d.path("backup.tar")
	atBackup := stateOf(t, root)
	d.xadb("backup", "--addr", p.Addr, file).wants(t, 0, fmt.Sprintf("index %d,", atBackup.index))
	d.xadb("backup", "--addr", p.Addr, file).wants(t, 1, "exists")
	d.xadb("backup", "--data", d.data, d.path("no.tar")).wants(t, 1, "in use", "--addr")
	d.xadb("backup", "--addr", p.Addr, "--data", d.data, d.path("no.tar")).wants(t, exitUsage, "one of them")
	d.xadb("backup", "--addr", p.Addr, "--archive", d.archive, d.path("no.tar")).wants(t, exitUsage, "stopped store")
	execute(t, root, "CREATE USER ann IDENTIFIED BY 'a'")
	d.xadb("backup", "--addr", p.Addr, "--user", "ann", "--password-file", passwordFile(t, "a", 0o600), d.path("no.tar")).
		wants(t, 1, "1227", "BACKUP_ADMIN")
	if _, err := os.Stat(d.path("no.tar")); err == nil {
		t.Error("a backup that failed left a file")
	}

	// Life goes on, up to a mistake.
	execute(t, root, "UPDATE bank.accounts SET balance = balance + 1 WHERE id > 2", "INSERT INTO bank.moves (account, amount, note) VALUES (3, 1, 'later')")
	d.xadb("xa", "commit", "'to-commit'", "--addr", p.Addr).wants(t, 1, "nothing was done", "--yes")
	d.xadb("xa", "commit", "'to-commit'", "--addr", p.Addr, "--yes").wants(t, 0, "committed")
	branch(t, root, "after-backup", 3)
	good := stateOf(t, root)
	execute(t, root, "DELETE FROM bank.accounts WHERE id = 4", "DROP USER ann")
	wrong := stateOf(t, root)
	p.Kill()

	d.xadb("check", "--data", d.data).wants(t, 0, "prepared 2 branches", "ok\n")
	// The last writes are in the crashed store alone until something archives them.
	d.xadb("backup", "--data", d.data, "--archive", d.archive, d.path("last.tar")).wants(t, 0, fmt.Sprintf("index %d,", wrong.index))

	for _, c := range []struct {
		name string
		want bankState
		args []string
	}{
		{"backup", atBackup, nil},
		{"index", good, []string{"--archive", d.archive, "--until-index", strconv.FormatInt(good.index, 10)}},
		{"time", good, []string{"--archive", d.archive, "--until-time", good.at.Format(time.RFC3339Nano)}},
		{"all", wrong, []string{"--archive", d.archive}},
	} {
		t.Run(c.name, func(t *testing.T) { d.restored(t, c.name, file, c.want, c.args) })
	}
	d.xadb("restore", "--archive", d.archive, "--until-index", strconv.FormatInt(wrong.index+1, 10), file, d.path("beyond")).
		wants(t, 1, fmt.Sprintf("ends at index %d", wrong.index))
	d.xadb("restore", file, d.path("all")).wants(t, 1, "not empty")
}

// restored restores a backup, looks at the store while it is stopped, serves it,
// and decides the branches that must be there.
func (d *disaster) restored(t *testing.T, name, file string, want bankState, args []string) {
	to := d.path(name)
	prepared := fmt.Sprintf("prepared %d branches", len(want.branches))
	d.xadb(append(append([]string{"restore"}, args...), file, to)...).wants(t, 0, fmt.Sprintf("index %d,", want.index), prepared, "ok\n")
	d.xadb("check", "--data", to).wants(t, 0, prepared, "ok\n")
	texts := make([]string, len(want.branches))
	for i, b := range want.branches {
		texts[i] = "'" + b + "'"
	}
	d.xadb("xa", "list", "--data", to).wants(t, 0, texts...)
	p, db := d.serve(to)
	want.is(t, name, db)
	before := balances(t, db)
	for i, b := range want.branches {
		verb, done := "commit", "committed"
		if i%2 == 1 {
			verb, done = "rollback", "rolled back"
		}
		if _, err := db.Exec("SET innodb_lock_wait_timeout = 1"); err != nil {
			t.Fatal(err)
		}
		account := map[string]int{"to-commit": 1, "to-roll-back": 2, "after-backup": 3}[b]
		if _, err := db.Exec("UPDATE bank.accounts SET balance = 0 WHERE id = ?", account); err == nil {
			t.Errorf("%s: the row of %s is not locked", name, b)
		}
		d.xadb("xa", verb, texts[i], "--addr", p.Addr).wants(t, 1, "--yes")
		d.xadb("xa", verb, texts[i], "--addr", p.Addr, "--yes").wants(t, 0, texts[i]+": "+done)
		if verb == "commit" {
			before[account] -= 10
		}
	}
	if got := balances(t, db); fmt.Sprint(got) != fmt.Sprint(before) {
		t.Errorf("%s: balances %v after the decisions, want %v", name, got, before)
	}
	execute(t, db, "INSERT INTO bank.moves (account, amount, note) VALUES (4, 4, 'after the restore')")
	must(t, p.Stop())
	d.xadb("check", "--data", to).wants(t, 0, "prepared 0 branches", "ok\n")
}

func balances(t *testing.T, db *sql.DB) map[int]float64 {
	t.Helper()
	rows, err := db.Query("SELECT id, balance FROM bank.accounts")
	must(t, err)
	all := map[int]float64{}
	for rows.Next() {
		var id int
		var balance float64
		must(t, rows.Scan(&id, &balance))
		all[id] = balance
	}
	must(t, rows.Err())
	return all
}
