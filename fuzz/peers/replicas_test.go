package peers

import (
	"context"
	"database/sql"
	"flag"
	"fmt"
	"hash/fnv"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"
)

var (
	replicasTime  = flag.Duration("replicas.time", 20*time.Second, "how long TestReplicas changes the source")
	replicasMySQL = flag.Bool("replicas.mysql", false, "let a MySQL 9 follow, too")
	replicasTools = flag.Bool("replicas.tools", false, "let sysbench and TPC-C change the source, too")
	replicasSeed  = flag.Uint64("replicas.seed", 1, "of what the clients do")
)

// A follower is a replica, and how the test talks to it.
type follower struct {
	replicaServer
	db    *sql.DB
	tally *tally // of a MySQL's workers
}

// Stock replicas stay row for row in step with a source that is changed in every
// way, rotated, disconnected and killed, and that are killed themselves.
func TestReplicas(t *testing.T) {
	source := newSource(t)
	db := dial(t, source.addr(), "")
	load := &replicaLoad{t: t, db: db, seed: *replicasSeed}
	load.tables()
	var replicas []follower
	if maria := newMariaDB(t); maria != nil {
		replicas = append(replicas, follower{maria, dial(t, maria.addr(), ""), nil})
	}
	if *replicasMySQL {
		my := newMySQL(t, replicaOptions...)
		replicas = append(replicas, follower{my, dial(t, my.addr(), ""), &tally{}})
	}
	if len(replicas) == 0 {
		return
	}
	for _, r := range replicas {
		r.follow(r.db, source)
	}
	var tools replicaTools
	if *replicasTools {
		tools = prepareTools(t, source, db)
	}
	ctx, cancel := context.WithTimeout(t.Context(), *replicasTime)
	defer cancel()
	loaded := make(chan struct{})
	go func() { defer close(loaded); load.run(ctx) }()
	ran := tools.run(ctx)
	kills := disturb(ctx, t, source, db, replicas)
	<-loaded
	for name, well := range ran() {
		if t.Logf("%s ended well %d times", name, well); well == 0 {
			t.Errorf("%s has never come to its end", name)
		}
	}
	load.settle()

	executed := statusOf(t, db, "SELECT @@GLOBAL.gtid_executed g")["g"]
	t.Logf("%d commits, %d branches, %d statements of DDL, %d rotations, %d kills; executed %s",
		load.commits.Load(), load.branches.Load(), load.statements.Load(), load.rotations.Load(), kills, executed)
	seconds := int64(*replicasTime / time.Second)
	if load.commits.Load() < 5*seconds || load.branches.Load() < 5*seconds || load.rotations.Load() < seconds/4 || kills < seconds/10 {
		t.Error("too little has happened")
	}
	if left := prepared(t, db); left != 0 {
		t.Errorf("the source has %d prepared branches", left)
	}
	if !compressed(t, db) {
		t.Error("no transaction is compressed in the source's log")
	}
	want := contents(t, db)
	for _, r := range replicas {
		r.reached(r.db, executed)
		r.healthy(r.db)
		if got := contents(t, r.db); got != want {
			t.Errorf("%s has other rows:\n%s\nthe source:\n%s", r.addr(), got, want)
		}
		if left := prepared(t, r.db); left != 0 {
			t.Errorf("%s has %d prepared branches", r.addr(), left)
		}
		if r.tally == nil {
			continue
		}
		if err := r.tally.add(r.db); err != nil || r.tally.busy() < 2 {
			t.Errorf("fewer than two workers have applied a fifth: %v (%v)", r.tally, err)
		}
		t.Logf("transactions by worker: %v", r.tally)
	}
}

// compressed reports whether a transaction is, in the source's log.
func compressed(t *testing.T, db *sql.DB) bool {
	t.Helper()
	for _, file := range cells(t, db, "SHOW BINARY LOGS", 0) {
		if slices.Contains(cells(t, db, "SHOW BINLOG EVENTS IN '"+file+"'", 2), "Transaction_payload") {
			return true
		}
	}
	return false
}

// cells are a column of what a query answers.
func cells(t *testing.T, db *sql.DB, query string, column int) (texts []string) {
	t.Helper()
	rows, err := db.Query(query)
	if err != nil {
		t.Fatalf("%s: %v", query, err)
	}
	defer rows.Close()
	names, err := rows.Columns()
	for err == nil && rows.Next() {
		into, row := make([]any, len(names)), make([]sql.NullString, len(names))
		for i := range row {
			into[i] = &row[i]
		}
		err = rows.Scan(into...)
		texts = append(texts, row[column].String)
	}
	if err != nil {
		t.Fatalf("%s: %v", query, err)
	}
	return texts
}

// disturb kills the source and the replicas in turn, and ends their connections,
// until ctx ends. It returns how many servers it killed.
func disturb(ctx context.Context, t *testing.T, source *sourceServer, db *sql.DB, replicas []follower) (kills int64) {
	rng := rand.New(rand.NewPCG(*replicasSeed, 99))
	for turn := 0; ; turn++ {
		pause(ctx, time.Second+time.Duration(rng.IntN(3000))*time.Millisecond)
		if ctx.Err() != nil {
			return kills
		}
		switch n := turn % (2 + len(replicas)); n {
		case 0:
			source.kill()
			source.start()
			kills++
		case 1:
			for _, id := range dumps(t, db) {
				_, _ = db.ExecContext(ctx, fmt.Sprint("KILL ", id)) // it may have gone
			}
		default:
			r := replicas[n-2]
			if r.tally != nil {
				if err := r.tally.add(r.db); err != nil {
					t.Error(err)
				}
			}
			r.disturb()
			r.start()
			kills++
		}
	}
}

// dumps are the source's connections of replicas.
func dumps(t *testing.T, db *sql.DB) (ids []int64) {
	rows, err := db.Query("SHOW PROCESSLIST")
	if err != nil {
		t.Logf("between two kills: %v", err)
		return nil
	}
	defer rows.Close()
	for rows.Next() {
		var id int64
		var user, host, db, command, state, info sql.NullString
		var time sql.NullInt64
		if err := rows.Scan(&id, &user, &host, &db, &command, &time, &state, &info); err == nil && strings.HasPrefix(command.String, "Binlog Dump") {
			ids = append(ids, id)
		}
	}
	return ids
}

func prepared(t *testing.T, db *sql.DB) (n int) {
	t.Helper()
	rows, err := db.Query("XA RECOVER")
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	for rows.Next() {
		n++
	}
	return n
}

// contents is each table of the load with its number of rows and a hash of them.
func contents(t *testing.T, db *sql.DB) string {
	t.Helper()
	var tables []string
	rows, err := db.Query(`SELECT CONCAT(table_schema, '.', table_name) FROM information_schema.tables
		WHERE table_schema IN ('d', 'sbtest', 'tpcc')`)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	for rows.Next() {
		var name string
		if err := rows.Scan(&name); err != nil {
			t.Fatal(err)
		}
		tables = append(tables, name)
	}
	slices.Sort(tables)
	var out strings.Builder
	for _, name := range tables {
		n, sum := hashed(t, db, "SELECT * FROM "+name)
		fmt.Fprintf(&out, "%s: %d rows, %016x\n", name, n, sum)
	}
	return out.String()
}

func hashed(t *testing.T, db *sql.DB, query string) (n int, sum uint64) {
	t.Helper()
	rows, err := db.Query(query)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	lines, err := render(rows)
	if err != nil {
		t.Fatal(err)
	}
	slices.Sort(lines) // some tables have no key
	h := fnv.New64a()
	for _, line := range lines {
		fmt.Fprintln(h, line)
	}
	return len(lines), h.Sum64()
}
