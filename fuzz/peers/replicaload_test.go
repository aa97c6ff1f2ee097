package peers

import (
	"context"
	"database/sql"
	"fmt"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// A replicaLoad changes the source in every way that the binary log knows.
type replicaLoad struct {
	t    *testing.T
	db   *sql.DB
	seed uint64

	commits, branches, statements, rotations atomic.Int64
}

const (
	loadTables = 3
	loadRows   = 500 // of a table, at most
)

func (l *replicaLoad) tables() {
	mustExec(l.t, l.db, "CREATE DATABASE d")
	for i := range loadTables {
		mustExec(l.t, l.db, fmt.Sprintf(`CREATE TABLE d.t%d (id INT PRIMARY KEY, n INT NOT NULL, u VARCHAR(40) UNIQUE, v VARCHAR(200),
			j JSON, d DECIMAL(20,4), ts DATETIME(6), b VARBINARY(60), e ENUM('x','y','z'), g GEOMETRY, KEY (n))`, i))
	}
}

// run changes the source until ctx ends. A client that loses its connection begins
// anew: the source is killed now and then.
func (l *replicaLoad) run(ctx context.Context) {
	var clients sync.WaitGroup
	for i, work := range []func(context.Context, *sql.Conn, *rand.Rand) error{
		l.rows, l.rows, l.rows, l.branch, l.branch, l.branch, l.branch, l.ddl, l.rotate,
	} {
		clients.Go(func() {
			rng := rand.New(rand.NewPCG(l.seed, uint64(i)))
			for ctx.Err() == nil {
				if err := l.client(ctx, rng, work); err != nil && ctx.Err() == nil {
					pause(ctx, 20*time.Millisecond)
				}
			}
		})
	}
	clients.Wait()
}

func (l *replicaLoad) client(ctx context.Context, rng *rand.Rand, work func(context.Context, *sql.Conn, *rand.Rand) error) error {
	c, err := l.db.Conn(ctx)
	if err != nil {
		return err
	}
	defer c.Close()
	image := []string{"FULL", "MINIMAL", "NOBLOB"}[rng.IntN(3)]
	compression := []string{"OFF", "ON"}[rng.IntN(2)]
	if err := execAll(ctx, c, "SET SESSION binlog_row_image = "+image, "SET SESSION binlog_transaction_compression = "+compression); err != nil {
		return err
	}
	for ctx.Err() == nil {
		if err := work(ctx, c, rng); err != nil {
			_ = c.Raw(func(any) error { return fmt.Errorf("a connection in an unknown state") })
			return err
		}
	}
	return nil
}

func pause(ctx context.Context, d time.Duration) {
	select {
	case <-time.After(d):
	case <-ctx.Done():
	}
}

// change is one statement that changes rows.
func change(rng *rand.Rand) string {
	table, id := rng.IntN(loadTables), rng.IntN(loadRows)
	switch rng.IntN(5) {
	case 0:
		return fmt.Sprintf("DELETE FROM d.t%d WHERE id = %d", table, id)
	case 1:
		return fmt.Sprintf("UPDATE d.t%d SET n = n + 1, v = '%x' WHERE n BETWEEN %d AND %d", table, rng.Uint64(), id, id+2)
	case 2:
		return fmt.Sprintf("UPDATE d.t%d SET j = JSON_OBJECT('k', %d), d = d + 0.25 WHERE id = %d", table, id, id)
	}
	return fmt.Sprintf(`REPLACE INTO d.t%d VALUES (%d, %d, 'u%d', '%x', '[%d, "é", null]', %d.5, '2026-01-02 03:04:05.%06d', x'00ff%02x', 'y', POINT(%d, 0.5))`,
		table, id, rng.IntN(loadRows), id, rng.Uint64(), id, id, rng.IntN(1e6), rng.IntN(256), id)
}

// changeInBranch is a change of a prepared branch, which waits while others are
// committed. InnoDB locks the neighbours of a value that comes back to a unique
// index, and would wait for the branch where the source did not.
func changeInBranch(rng *rand.Rand) string {
	table, id := rng.IntN(loadTables), rng.IntN(loadRows)
	switch rng.IntN(3) {
	case 0:
		return fmt.Sprintf("UPDATE d.t%d SET n = n + 1, v = '%x' WHERE n BETWEEN %d AND %d", table, rng.Uint64(), id, id+2)
	case 1:
		return fmt.Sprintf("UPDATE d.t%d SET j = JSON_OBJECT('k', %d), d = d + 0.25 WHERE id = %d", table, id, id)
	}
	return fmt.Sprintf("INSERT INTO d.t%d (id, n, u) VALUES (%d, 1, NULL)", table, loadRows+rng.IntN(1<<30))
}

func execAll(ctx context.Context, c *sql.Conn, statements ...string) error {
	for _, s := range statements {
		if _, err := c.ExecContext(ctx, s); err != nil {
			return err
		}
	}
	return nil
}

// rows is one transaction. An error of a statement alone is no reason to stop:
// lock waits, duplicates.
func (l *replicaLoad) rows(ctx context.Context, c *sql.Conn, rng *rand.Rand) error {
	if err := execAll(ctx, c, "BEGIN"); err != nil {
		return err
	}
	for range 1 + rng.IntN(4) {
		if err := execAll(ctx, c, change(rng)); err != nil {
			return execAll(ctx, c, "ROLLBACK")
		}
	}
	if err := execAll(ctx, c, "COMMIT"); err != nil {
		return err
	}
	l.commits.Add(1)
	return nil
}

// branch prepares a branch and decides one: this one, or later one that was left.
func (l *replicaLoad) branch(ctx context.Context, c *sql.Conn, rng *rand.Rand) error {
	x := fmt.Sprintf("'%x','b'", rng.Uint64())
	if err := execAll(ctx, c, "XA START "+x); err != nil {
		return err
	}
	failed := false
	for range 1 + rng.IntN(2) {
		failed = failed || execAll(ctx, c, changeInBranch(rng)) != nil
	}
	if err := execAll(ctx, c, "XA END "+x); err != nil || failed {
		return execAll(ctx, c, "XA ROLLBACK "+x)
	}
	if err := execAll(ctx, c, "XA PREPARE "+x); err != nil {
		return err
	}
	decision := "XA COMMIT "
	if rng.IntN(4) == 0 {
		decision = "XA ROLLBACK "
	}
	if err := execAll(ctx, c, decision+x); err != nil {
		return err
	}
	l.branches.Add(1)
	return nil
}

// settle decides the branches that kills have left, once the server has finished
// what clients that are gone have asked for.
func (l *replicaLoad) settle() {
	for working(l.t, l.db) > 0 {
		pause(l.t.Context(), 10*time.Millisecond)
	}
	rows, err := l.db.Query("XA RECOVER")
	if err != nil {
		l.t.Fatal(err)
	}
	var left []string
	for rows.Next() {
		var format, gtrid, bqual int
		var data string
		if err := rows.Scan(&format, &gtrid, &bqual, &data); err != nil {
			l.t.Fatal(err)
		}
		left = append(left, fmt.Sprintf("'%s','%s',%d", data[:gtrid], data[gtrid:], format))
	}
	if err := rows.Err(); err != nil {
		l.t.Fatal(err)
	}
	for i, x := range left {
		mustExec(l.t, l.db, []string{"XA COMMIT ", "XA ROLLBACK "}[i%2]+x)
	}
}

// working is how many connections do something, but for this one and those of
// replicas.
func working(t *testing.T, db *sql.DB) (n int) {
	t.Helper()
	return number(t, db, `SELECT COUNT(*) FROM information_schema.processlist
		WHERE command NOT LIKE 'Binlog Dump%' AND command <> 'Sleep' AND id <> CONNECTION_ID()`)
}

func (l *replicaLoad) ddl(ctx context.Context, c *sql.Conn, rng *rand.Rand) error {
	n := rng.IntN(3)
	for _, s := range []string{
		fmt.Sprintf("CREATE TABLE IF NOT EXISTS d.x%d (a INT PRIMARY KEY, b TEXT)", n),
		fmt.Sprintf("REPLACE INTO d.x%d (a, b) VALUES (%d, 'text')", n, rng.IntN(100)),
		fmt.Sprintf("ALTER TABLE d.x%d ADD COLUMN c%d INT DEFAULT 7", n, rng.IntN(1e6)),
		fmt.Sprintf("CREATE INDEX i%d ON d.x%d (b(10))", rng.IntN(1e6), n),
		fmt.Sprintf("DROP TABLE d.x%d", rng.IntN(3)),
	} {
		if _, err := c.ExecContext(ctx, s); err == nil {
			l.statements.Add(1)
		}
		pause(ctx, 100*time.Millisecond)
	}
	return c.PingContext(ctx)
}

func (l *replicaLoad) rotate(ctx context.Context, c *sql.Conn, _ *rand.Rand) error {
	pause(ctx, 700*time.Millisecond)
	if err := execAll(ctx, c, "FLUSH BINARY LOGS"); err != nil {
		return err
	}
	l.rotations.Add(1)
	return nil
}
