package binlog

import (
	"fmt"
)

// The bounds on one transaction's events, in bytes. The largest, together with the
// largest file, stays below the 4 GiB that an event's position can express.
const (
	CacheSizeDefault = 512 << 20
	CacheSizeMax     = 1 << 30
)

// A Cache collects the events of one running transaction until it is logged.
// Events in it lack what is known only then: place, origin and checksum. It
// belongs to one goroutine at a time.
type Cache struct {
	buf     []byte
	rows    int // rows events in buf
	query   *Query
	sizeMax int
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
}

// Mark returns the present point.
func (c *Cache) Mark() Mark { return Mark{len(c.buf), c.rows, c.query != nil} }

// TruncateTo forgets everything that came after m. Marks taken after m are
// void then.
func (c *Cache) TruncateTo(m Mark) {
	c.buf = c.buf[:m.size]
	c.rows = m.rows
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
	if cap(c.buf) > keep {
		c.buf = nil
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
	if c.query != nil {
		return fmt.Errorf("%w: rows after a statement", ErrInvalid)
	}
	if kind < WriteRows || kind > DeleteRows {
		return fmt.Errorf("%w: %v", ErrInvalid, kind)
	}
	if err := t.validate(); err != nil {
		return err
	}
	buf, err := appendRows(appendTableMap(c.buf, t), t, kind, rows)
	if err != nil {
		return err
	}
	if len(buf) > c.sizeMax {
		return fmt.Errorf("%w: %d bytes of row events, at most %d", ErrTooLarge, len(buf), c.sizeMax)
	}
	c.buf = buf
	c.rows++
	return nil
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
	c.query = &Query{DB: db, SQL: sql}
	return nil
}
