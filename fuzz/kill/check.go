package kill

import (
	"context"
	"database/sql"
	"encoding/hex"
	"errors"
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"strings"

	"github.com/go-sql-driver/mysql"

	"github.com/xadb/xadb/tclog"
	"github.com/xadb/xadb/xid"
)

// A checker compares a server that has recovered with what the clients know.
type checker struct {
	db     *sql.DB
	dir    string // of the store
	binlog bool
	ledger *ledger
	rng    *rand.Rand
	peer   *peer
	all    bool // no branch stays prepared
	wrong  []string
}

func (c *checker) fail(format string, args ...any) {
	c.wrong = append(c.wrong, fmt.Sprintf(format, args...))
}

// run checks K1 to K7 and finishes most, or all, of the prepared branches. An error
// means that the server did not answer; what it answered wrongly is in wrong.
func (c *checker) run(ctx context.Context) error {
	listed, err := c.judge(ctx)
	if err != nil {
		return err
	}
	for _, e := range listed {
		if c.all || c.rng.IntN(4) > 0 {
			if err := c.resolve(ctx, e); err != nil {
				return err
			}
		}
	}
	if len(listed) == 0 {
		return nil
	}
	_, err = c.judge(ctx)
	return err
}

// judge compares everything that can be seen with the ledger, settles what was
// open, and returns the entries that are prepared.
func (c *checker) judge(ctx context.Context) (listed []*entry, err error) {
	prepared, err := recoverList(ctx, c.db)
	if err != nil {
		return nil, err
	}
	seen, err := readTables(ctx, c.db)
	if err != nil {
		return nil, err
	}
	if c.binlog {
		c.compareBinlog(seen, prepared)
	}
	isListed := map[xid.XID]bool{}
	for _, x := range prepared {
		if isListed[x] {
			c.fail("XA RECOVER lists %v twice (I12)", x)
		}
		isListed[x] = true
	}
	for _, e := range c.ledger.entries {
		_, present := seen[historyTable][e.id]
		in := e.branch != (xid.XID{}) && isListed[e.branch]
		if what := e.judge(present, in); what != "" {
			c.fail("%s", what)
		}
		if c.ledger.open[e.id] != nil {
			c.ledger.settle(e, present, in)
		}
		if in {
			listed = append(listed, e)
			delete(isListed, e.branch)
		}
	}
	for x := range isListed {
		c.fail("XA RECOVER lists %v, which no client made (K2)", x)
	}
	if what := diff(c.ledger.expected(), seen); what != "" {
		c.fail("served tables: %s (K4)", what)
	}
	if total, want := seen.total(), int64(2*accountsPerTable*firstBalance); total != want {
		c.fail("the total is %d instead of %d (K4)", total, want)
	}
	return listed, nil
}

func (t tables) total() (sum int64) {
	for _, name := range accountTables {
		for _, row := range t[name] {
			sum += row[1]
		}
	}
	return sum
}

// compareBinlog is K6.
func (c *checker) compareBinlog(seen tables, prepared []xid.XID) {
	files, err := filepath.Glob(filepath.Join(c.dir, tclog.BinlogDir, "binlog.[0-9]*"))
	if err != nil || len(files) == 0 {
		c.fail("no binlog files: %v (K6)", err)
		return
	}
	r := newReplay()
	for _, name := range files {
		if err := r.file(name); err != nil {
			c.fail("%s: %v (K6)", filepath.Base(name), err)
			return
		}
	}
	if what := diff(seen, r.tables); what != "" {
		c.fail("the binlog differs from the served tables: %s (K6)", what)
	}
	for _, x := range prepared {
		if _, ok := r.held[x.String()]; !ok {
			c.fail("%v is prepared, but not in the binlog (K6)", x)
		}
		delete(r.held, x.String())
	}
	for x := range r.held {
		c.fail("%s is prepared in the binlog, but XA RECOVER does not list it (K6)", x)
	}
	if err := c.peer.read(files); err != nil {
		c.fail("%v (K6)", err)
	}
}

// resolve is K5 for one branch.
func (c *checker) resolve(ctx context.Context, e *entry) error {
	if c.rng.IntN(4) == 0 {
		if err := c.locked(ctx, e); err != nil {
			return err
		}
	}
	commit := c.rng.IntN(2) == 0
	verb, outcome := "XA ROLLBACK ", rolledBack
	if commit {
		verb, outcome = "XA COMMIT ", committed
	}
	if _, err := c.db.ExecContext(ctx, verb+e.branch.String()); err != nil {
		return c.answered(err, "%s%v of a listed branch (K5)", verb, e.branch)
	}
	e.outcome = outcome
	delete(c.ledger.open, e.id)
	const nota = 1397 // XAER_NOTA
	_, err := c.db.ExecContext(ctx, verb+e.branch.String())
	var answer *mysql.MySQLError
	if !errors.As(err, &answer) || answer.Number != nota {
		return c.answered(err, "%s%v once more, without XAER_NOTA (I11)", verb, e.branch)
	}
	return nil
}

// locked lets another transaction ask for a row of a prepared branch.
func (c *checker) locked(ctx context.Context, e *entry) error {
	_, err := c.db.ExecContext(ctx, fmt.Sprintf("UPDATE bank.%s SET balance = balance + 1 WHERE id = %d", e.src.table(), e.src.row()))
	var answer *mysql.MySQLError
	if errors.As(err, &answer) && answer.Number == errLockTimeout {
		return nil
	}
	return c.answered(err, "an update of a row of the prepared %v does not wait (K5)", e.branch)
}

// answered makes an answer a violation. An error that is not the server's
// answer is returned: nobody knows what it means.
func (c *checker) answered(err error, format string, args ...any) error {
	var answer *mysql.MySQLError
	if err != nil && !errors.As(err, &answer) {
		return fmt.Errorf("kill: %s: %w", fmt.Sprintf(format, args...), err)
	}
	c.fail(format+": %v", append(args, err)...)
	return nil
}

// recoverList is XA RECOVER.
func recoverList(ctx context.Context, db *sql.DB) ([]xid.XID, error) {
	rows, err := db.QueryContext(ctx, "XA RECOVER CONVERT XID")
	if err != nil {
		return nil, fmt.Errorf("kill: XA RECOVER: %w", err)
	}
	defer rows.Close()
	var list []xid.XID
	for rows.Next() {
		var formatID int64
		var gtrid, bqual int
		var data string
		if err := rows.Scan(&formatID, &gtrid, &bqual, &data); err != nil {
			return nil, fmt.Errorf("kill: XA RECOVER: %w", err)
		}
		raw, err := hex.DecodeString(strings.TrimPrefix(data, "0x"))
		if err != nil || gtrid < 0 || bqual < 0 || gtrid+bqual != len(raw) {
			return nil, fmt.Errorf("kill: XA RECOVER answers %d, %d, %d, %q", formatID, gtrid, bqual, data)
		}
		x, err := xid.New(formatID, raw[:gtrid], raw[gtrid:])
		if err != nil {
			return nil, fmt.Errorf("kill: XA RECOVER: %w", err)
		}
		list = append(list, x)
	}
	return list, rows.Err()
}

// readTables reads the bank as the server shows it.
func readTables(ctx context.Context, db *sql.DB) (tables, error) {
	seen := emptyTables()
	for name, columns := range map[string]string{
		accountTables[0]: "id, balance", accountTables[1]: "id, balance", historyTable: "id, src, dst, amount",
	} {
		if err := readTable(ctx, db, "SELECT "+columns+" FROM bank."+name, seen[name]); err != nil {
			return nil, fmt.Errorf("kill: reading %s: %w", name, err)
		}
	}
	return seen, nil
}

func readTable(ctx context.Context, db *sql.DB, query string, into map[int64][]int64) error {
	rows, err := db.QueryContext(ctx, query)
	if err != nil {
		return err
	}
	defer rows.Close()
	columns, err := rows.Columns()
	if err != nil {
		return err
	}
	for rows.Next() {
		row := make([]int64, len(columns))
		places := make([]any, len(row))
		for i := range row {
			places[i] = &row[i]
		}
		if err := rows.Scan(places...); err != nil {
			return err
		}
		into[row[0]] = row
	}
	return rows.Err()
}
