package server

import (
	"bufio"
	"cmp"
	"context"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/go-mysql-org/go-mysql/mysql"

	"github.com/xadb/xadb/server/auth"
	"github.com/xadb/xadb/server/mysqlerr"
	"github.com/xadb/xadb/server/types"
	"github.com/xadb/xadb/server/wire"
	"github.com/xadb/xadb/server/xa"
)

// Bounds of LOAD DATA: the rows that one INSERT takes.
const (
	loadRows   = 500
	loadBytes  = 1 << 20
	loadBuffer = 32 << 10
)

// A loading is one LOAD DATA LOCAL INFILE.
type loading struct {
	file      string
	verb      string // INSERT IGNORE or REPLACE
	db, table string
	format    fileFormat
	fields    []loadField   // of the file; nil: the table's columns
	sets      []loadSet     // behind SET
	binary    bool          // the file is bytes, not text
	charset   types.Charset // of the file; "": UTF-8

	s       *session
	t       *transaction
	insert  Stmt        // for loadRows rows at most
	forRows int         // how many
	cells   []string    // of each row
	short   []loadField // that the row in hand lacks
	values  []value
	waiting int // rows whose values these are
	bytes   int
	rows    uint64 // read
	flushed uint64 // of them, tried to write
	written uint64 // changes: of REPLACE, two of a row that is another's in place
	told    loadWarnings
}

// runLoad is LOAD DATA LOCAL INFILE: the client sends the file, whose rows
// become INSERTs of one transaction, undone all together if one fails. As MySQL
// does for LOCAL, it passes over duplicates, if the executor has INSERT IGNORE.
func (s *session) runLoad(ctx context.Context, st statement) (*Result, error) {
	l, err := parseLoad(st.sql)
	if err != nil {
		return nil, err
	}
	l.s = s
	if s.value(sysVars["local_infile"], true) != "1" || st.out == nil || !st.out.c.wire.Has(mysql.CLIENT_LOCAL_FILES) {
		return nil, mysqlerr.New(mysqlerr.LocalInfileDisabled)
	}
	if l.db == "" {
		l.db = s.db
	}
	if l.db == "" {
		return nil, mysqlerr.New(mysqlerr.NoDB)
	}
	if temporary := s.srv.exec.IsTemporary(s.kept, l.db, l.table); !temporary && s.rights().OnSome(l.db, l.table)&auth.Insert == 0 {
		return nil, s.on(l.db, l.table, auth.Insert) // of which columns, prepareInsert asks
	}
	if err := s.mayUseTable(l.db, l.table, true); err != nil {
		return nil, err
	}
	if err := s.machine.Allow(xa.Table); err != nil {
		return nil, err
	}
	if !s.srv.exec.IsTemporary(s.kept, l.db, l.table) {
		done, err := s.change(ctx)
		if err != nil {
			return nil, err
		}
		defer done()
	}
	own := s.txn == nil && s.settings.autocommit
	if l.t = s.txn; l.t == nil {
		if l.t, err = s.begin(s.nextMode(), false); err != nil {
			return nil, err
		}
	}
	l.t.changed = true
	if !own {
		s.txn = l.t
	}
	mark := l.t.t.Mark()
	err = l.load(ctx, st.out)
	switch {
	case own && err == nil:
		err = s.commitTxn(ctx, l.t)
	case own:
		s.drop(l.t.t)
	case err != nil:
		if rerr := l.t.t.RollbackTo(mark); rerr != nil {
			err = fmt.Errorf("%w; and what it had written is not undone: %w", err, rerr)
		}
		s.statementFailed(err)
	}
	if err != nil {
		return nil, err
	}
	info := fmt.Sprintf("Records: %d  Deleted: %d  Skipped: %d  Warnings: %d",
		l.rows, max(l.rows, l.written)-l.rows, l.rows-min(l.rows, l.written), l.told.n)
	return &Result{AffectedRows: l.written, Info: info, Warnings: uint16(min(l.told.n, 1<<16-1)), Diagnostics: l.told.list}, nil
}

// load asks for the file and takes all of it, whatever happens to its rows.
func (l *loading) load(ctx context.Context, out *answer) error {
	if err := l.prepare(ctx); err != nil {
		return err
	}
	file, err := out.c.wire.RequestFile(l.file)
	if err != nil {
		out.err = err
		return err
	}
	err = l.read(ctx, file)
	if derr := file.Drain(); derr != nil {
		out.err = derr
	}
	return err
}

// prepare finds the columns and refuses what cannot be loaded, before the
// client sends anything.
func (l *loading) prepare(ctx context.Context) error {
	if l.t.readOnly {
		return mysqlerr.New(mysqlerr.ReadOnlyTransaction)
	}
	if err := l.findColumns(ctx); err != nil {
		return err
	}
	l.cells = l.rowCells(len(l.fields))
	err := l.prepareInsert(l.rowsMax())
	if mysqlerr.Is(err, mysqlerr.NotSupportedYet) && l.verb == "INSERT IGNORE" {
		l.verb = "INSERT" // a duplicate is an error, then
		err = l.prepareInsert(l.rowsMax())
	}
	return err
}

// rowsMax is how many rows one INSERT takes: one if what it computes depends on
// variables that the row sets.
func (l *loading) rowsMax() int {
	if len(l.sets) > 0 || slices.ContainsFunc(l.fields, func(f loadField) bool { return f.variable != "" }) {
		return 1
	}
	return min(loadRows, wire.ParamsMax/max(len(l.fields), 1))
}

// prepareInsert makes the statement for this many rows of l.cells.
func (l *loading) prepareInsert(rows int) (err error) {
	row := "(" + strings.Join(l.cells, ",") + ")"
	sql := fmt.Sprintf("%s INTO %s.%s (%s) VALUES %s", l.verb, quoteName(l.db), quoteName(l.table), strings.Join(l.names(), ","),
		row+strings.Repeat(","+row, rows-1))
	if l.insert, err = l.s.srv.exec.Parse(sql); err != nil {
		return err
	}
	l.forRows = rows
	// What the executor does not run it may say only now.
	_, err = l.s.srv.exec.Describe(context.Background(), l.s.env(l.t, &statement{}), l.insert)
	return err
}

func quoteName(s string) string { return "`" + strings.ReplaceAll(s, "`", "``") + "`" }

func (l *loading) read(ctx context.Context, file io.Reader) error {
	f := &fileReader{fileFormat: l.format, r: bufio.NewReaderSize(decoded(file, l.charset), loadBuffer), limit: l.s.maxPacket()}
	err := f.skip()
	for err == nil {
		var fields []value
		if fields, err = f.row(); err == nil {
			l.rows++
			l.bytes += f.size
			err = l.add(ctx, fields)
		}
	}
	if err != errFileEnd {
		return err
	}
	return l.flush(ctx)
}

// add takes a row's fields.
func (l *loading) add(ctx context.Context, fields []value) error {
	if err := l.count(len(fields)); err != nil {
		return err
	}
	if len(fields) < len(l.fields) {
		return l.addShort(ctx, fields)
	}
	if err := l.take(fields); err != nil {
		return err
	}
	if l.waiting++; l.waiting < l.forRows && l.bytes < loadBytes {
		return nil
	}
	return l.flush(ctx)
}

// take has a row's fields wait for flush, and sets variables to them.
func (l *loading) take(fields []value) error {
	for i, f := range l.fields[:min(len(l.fields), len(fields))] {
		if text, is := fields[i].([]byte); is && f.vector && !l.binary {
			return mysqlerr.New(mysqlerr.NoVector, "string", len(text))
		}
		switch {
		case f.variable != "":
			if err := l.s.keepUserVar(f.variable, fields[i], l.textOf()); err != nil {
				return err
			}
		case !f.passed:
			l.values = append(l.values, l.given(f, fields[i]))
		}
	}
	return nil
}

// given is a field as the session's client might have sent it: where a column stores bytes
// those of the file.
func (l *loading) given(f loadField, v value) value {
	text, is := v.([]byte)
	if !is || l.binary { // see raw
		return v
	}
	if l.charset.Recodes() {
		text = l.charset.Encode(text)
	}
	if f.bytes {
		return l.s.settings.charset.literals.Receive(text)
	}
	return l.charset.Decode(text)
}

// textOf is the collation of the file's texts.
func (l *loading) textOf() types.Collation {
	if l.binary {
		return types.CollationBinary
	}
	_, c, _ := types.CharsetByName(cmp.Or(string(l.charset), string(types.CharsetUTF8MB4)))
	return c
}

// raw says which values are bytes of a file of bytes.
func (l *loading) raw() []bool {
	if !l.binary {
		return nil
	}
	out := make([]bool, len(l.values))
	for i, v := range l.values {
		b, is := v.([]byte)
		out[i] = is && !types.CharsetASCII.Holds(b)
	}
	if !slices.Contains(out, true) {
		return nil
	}
	return out
}

// flush writes the rows collected.
func (l *loading) flush(ctx context.Context) error {
	if l.waiting == 0 {
		return nil
	}
	if l.waiting != l.forRows {
		if err := l.prepareInsert(l.waiting); err != nil {
			return err
		}
	}
	res, err := l.s.executeIn(ctx, l.t, statement{stmt: l.insert, args: l.values, bytes: l.raw(), text: true})
	if err != nil {
		return rowsBehind(err, l.flushed)
	}
	l.written += res.AffectedRows
	l.tell(res)
	l.flushed = l.rows
	l.values, l.bytes, l.waiting = l.values[:0], 0, 0
	return nil
}
