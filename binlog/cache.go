package binlog

import (
	"fmt"

	"github.com/xadb/xadb/binlog/writeset"
)

// The bounds on one transaction's events, in bytes. The largest, together with the
// largest file, stays below the 4 GiB that an event's position can express.
const (
	CacheSizeDefault = 512 << 20
	CacheSizeMax     = 1 << 30
)

// A Cache collects the events of one running transaction until it is logged.
// Events in it lack what is known only then: place, origin and checksum. It
// belongs to one goroutine at a time. A nil Cache is an empty one that takes
// nothing.
type Cache struct {
	buf     []byte
	rows    int // rows events in buf
	query   *Query
	open    openRows
	sizeMax int
	// mapEvent is the TABLE_MAP event of mapped, which was found valid; they
	// outlive Reset. A table that a Cache has seen must not be changed.
	mapped   *Table
	mapEvent []byte
	image    RowImage // of the rows that AddRows will add
	context  *Context // of the statement that AddQuery will add
	text     string   // of the statement whose rows AddRows will add; "" is not logged
	// keys is what the events conflict with, and perhaps more: TruncateTo leaves
	// what is in it.
	keys writeset.Set
}

// openRows is the rows event at the end of a Cache to which AddRow may add; no
// table is none.
type openRows struct {
	table *Table
	kind  RowsKind
	start int
}

// NewCache returns an empty cache that refuses to hold more than sizeMax
// bytes; 0 means CacheSizeDefault, and CacheSizeMax is the most.
func NewCache(sizeMax int) *Cache {
	if sizeMax <= 0 {
		sizeMax = CacheSizeDefault
	}
	return &Cache{sizeMax: min(sizeMax, CacheSizeMax)}
}

// A Mark is a point in a Cache's life to which TruncateTo can go back.
type Mark struct {
	size, rows int
	query      bool
	open       openRows
}

// Mark returns the present point.
func (c *Cache) Mark() Mark {
	if c == nil {
		return Mark{}
	}
	return Mark{len(c.buf), c.rows, c.query != nil, c.open}
}

// TruncateTo forgets everything that came after m. Marks taken after m are
// void then.
func (c *Cache) TruncateTo(m Mark) {
	if c == nil {
		return
	}
	c.buf = c.buf[:m.size]
	c.rows, c.open = m.rows, m.open
	if c.open.table != nil { // rows that were added to it have gone over its end
		c.buf = endEvent(c.buf[:m.size-ChecksumSize], c.open.start)
	}
	if !m.query {
		c.query = nil
	}
}

// Empty reports whether there is nothing to log.
func (c *Cache) Empty() bool { return c == nil || len(c.buf) == 0 && c.query == nil }

// Len is the size of the collected events in bytes.
func (c *Cache) Len() int {
	if c == nil {
		return 0
	}
	if c.query != nil {
		return len(c.query.DB) + len(c.query.SQL)
	}
	return len(c.buf)
}

// Reset empties the cache and keeps its memory up to 64 KiB for the next
// transaction.
func (c *Cache) Reset() {
	const keep = 64 << 10
	c.TruncateTo(Mark{})
	c.keys.Reset()
	c.image, c.context, c.text = FullImage, nil, ""
	if cap(c.buf) > keep {
		c.buf = nil
	}
}

// SetRowImage chooses the columns of rows that AddRows adds from now on, until
// Reset. Those of AddRow have all.
func (c *Cache) SetRowImage(m RowImage) {
	if c != nil {
		c.image = m
	}
}

// SetContext says in what context the statement is run that AddQuery adds, until
// Reset.
func (c *Cache) SetContext(ctx Context) {
	if c != nil {
		c.context = &ctx
	}
}

// SetText says of which statement the rows are that AddRows adds next: its text goes
// in front of the first of them.
func (c *Cache) SetText(sql string) {
	if c != nil {
		c.text = sql
	}
}

// AddRows adds the changes of one statement to one table: a table map and as
// many rows events as it takes. Without rows it does nothing. It fails with
// ErrInvalid for a value that does not fit its column and with ErrTooLarge
// above the cache's bound; the cache is unchanged then.
func (c *Cache) AddRows(t *Table, kind RowsKind, rows []RowChange) error {
	if len(rows) == 0 {
		return nil
	}
	buf, err := c.beginStatement(t, kind)
	if err == nil {
		buf, err = appendRows(buf, t, kind, c.image.presence(t, kind, rows), rows)
	}
	if err == nil {
		err = c.checkSize(len(buf))
	}
	if err != nil {
		return err
	}
	c.buf, c.text = buf, ""
	c.rows++
	c.open = openRows{}
	if t.RowKey == nil {
		c.keys.AddKeyless()
	}
	return nil
}

// AddKey says that a row that was or will be added has, or had, a unique key: the
// key of an index, encoded so that what the index holds for equal has the same
// bytes; or that its foreign key points to it.
func (c *Cache) AddKey(index uint32, key []byte) {
	if c != nil {
		c.keys.Add(index, key)
	}
}

// Seal ends the collecting: what remains to be done for Append is done here, in the
// transaction's own time.
func (c *Cache) Seal() {
	if c != nil {
		c.keys.Seal()
	}
}

// beginStatement returns the events with a table map behind them.
func (c *Cache) beginStatement(t *Table, kind RowsKind) ([]byte, error) {
	if c.query != nil {
		return nil, fmt.Errorf("%w: rows after a statement", ErrInvalid)
	}
	if kind < WriteRows || kind > DeleteRows {
		return nil, fmt.Errorf("%w: %v", ErrInvalid, kind)
	}
	if c.mapped != t {
		if err := t.validate(); err != nil {
			return nil, err
		}
		c.mapped, c.mapEvent = t, appendTableMap(c.mapEvent[:0], t)
	}
	if t.Parent {
		c.keys.AddParent()
	}
	buf := c.buf
	if c.text != "" {
		buf = appendRowsQuery(buf, c.text)
	}
	return append(buf, c.mapEvent...), nil
}

func (c *Cache) checkSize(n int) error {
	if n > c.sizeMax {
		return fmt.Errorf("%w: %d bytes of row events, at most %d", ErrTooLarge, n, c.sizeMax)
	}
	return nil
}

// AddRow adds one row of a table that has only columns of bytes, with a value for
// each: nil is an empty one. It joins the statement that the AddRow before began,
// if that was for the same table and kind and its event has room: many single
// rows then share a table map. A primary key of one column needs no AddKey.
// Otherwise, and in its errors, it is AddRows.
func (c *Cache) AddRow(t *Table, kind RowsKind, before, after [][]byte) error {
	o := c.open
	joins := o.table == t && o.kind == kind && len(c.buf)-o.start <= rowsEventSize/2
	m := c.Mark()
	var buf []byte
	var err error
	if joins {
		buf = c.buf[:len(c.buf)-ChecksumSize]
	} else {
		if buf, err = c.beginStatement(t, kind); err != nil {
			return err
		}
		o = openRows{t, kind, len(buf)}
		buf = beginRows(buf, t, kind, presence{})
		setStatementEnd(buf, o.start)
	}
	buf, err = appendBytesChange(buf, t, kind, before, after)
	if err == nil {
		err = c.checkSize(len(buf) + ChecksumSize)
	}
	if err != nil {
		c.TruncateTo(m) // the row may lie over the end of an event
		return fmt.Errorf("table %s.%s: %w", t.DB, t.Name, err)
	}
	c.buf, c.open, c.text = endEvent(buf, o.start), o, ""
	if !joins {
		c.rows++
	}
	c.addBytesKey(t, before)
	c.addBytesKey(t, after)
	return nil
}

// bytesKeyMax is how much of a key of bytes other servers compare: their indexes
// take no more.
const bytesKeyMax = 3072

// addBytesKey adds the primary key of a row of AddRow's.
func (c *Cache) addBytesKey(t *Table, row [][]byte) {
	switch {
	case row == nil:
	case len(t.PrimaryKey) == 1:
		key := row[t.PrimaryKey[0]]
		c.keys.Add(uint32(t.ID), key[:min(len(key), bytesKeyMax)])
	default:
		c.keys.AddKeyless()
	}
}

// AddQuery makes the transaction a data definition: its group is the text of
// one statement. Neither rows nor a second statement can be in it.
func (c *Cache) AddQuery(db, sql string) error {
	switch {
	case !c.Empty():
		return fmt.Errorf("%w: a statement in a transaction that has events already", ErrInvalid)
	case len(db) > NameMax || sql == "":
		return fmt.Errorf("%w: statement of %d bytes in a database with a name of %d", ErrInvalid, len(sql), len(db))
	case len(sql)+len(db) > c.sizeMax:
		return fmt.Errorf("%w: statement of %d bytes, at most %d", ErrTooLarge, len(sql), c.sizeMax)
	}
	c.query = &Query{DB: db, SQL: sql, context: c.context}
	return nil
}
