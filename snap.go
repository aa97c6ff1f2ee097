package xadb

import (
	"context"

	"github.com/xadb/xadb/engine"
)

// What goes wrong with named views.
var (
	// ErrUnknownView: there is no view of that name, or it was released.
	ErrUnknownView = engine.ErrUnknownView
	// ErrViewExists: the name of a new view is in use.
	ErrViewExists = engine.ErrViewExists
	// ErrViewExpired: the view was released for its age, Options.ViewAgeMax.
	ErrViewExpired = engine.ErrViewExpired
	// ErrTooManyViews: 128 views are there. Release some.
	ErrTooManyViews = engine.ErrTooManyViews
)

// A Snap is the store as it was at one moment: what was committed then, and
// nothing that came later. One goroutine at a time may use it.
type Snap struct {
	db   *DB
	rows engine.ReadView
}

// Snapshot returns a Snap of now that outlives the call. Until Close it keeps
// what has changed since, on disk.
func (db *DB) Snapshot(ctx context.Context) (*Snap, error) {
	if err := db.calls.enter(); err != nil {
		return nil, err
	}
	defer db.calls.exit()
	return db.snapshot(ctx)
}

func (db *DB) snapshot(ctx context.Context) (*Snap, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	rows, err := db.log.Engine().ReadView()
	if err != nil {
		return nil, err
	}
	return &Snap{db: db, rows: rows}, nil
}

// Get returns the value of key; ok is false if there is none. The value is the
// caller's.
func (s *Snap) Get(t *Table, key []byte) (val []byte, ok bool, err error) {
	if err := s.db.owns(t); err != nil {
		return nil, false, err
	}
	return s.rows.Get(t.rows, key)
}

// Scan iterates over the rows of r. A row's bytes are valid until the next
// one. An error comes last, with an empty Row.
func (s *Snap) Scan(t *Table, r Range) RowSeq { return scan(s.db, &s.rows, t, r) }

// Close lets the snapshot go. What comes later is ErrTxDone; closing twice is
// fine.
func (s *Snap) Close() { s.rows.Close() }

// A ViewInfo describes a named view.
type ViewInfo = engine.ViewInfo

// CreateView makes a snapshot of now with a name, for whoever opens it later in
// this process: until it is released, is as old as Options.ViewAgeMax, or the
// store is closed.
// ErrViewExists, ErrTooManyViews.
func (db *DB) CreateView(name string) (ViewInfo, error) {
	if err := db.calls.enter(); err != nil {
		return ViewInfo{}, err
	}
	defer db.calls.exit()
	return db.log.Engine().CreateView(name)
}

// OpenView returns the named view as a Snap of its own: close it. The view may
// be released meanwhile. ErrUnknownView, ErrViewExpired.
func (db *DB) OpenView(name string) (*Snap, error) {
	if err := db.calls.enter(); err != nil {
		return nil, err
	}
	defer db.calls.exit()
	point, err := db.log.Engine().OpenView(name)
	if err != nil {
		return nil, err
	}
	defer point.Close()
	rows, err := point.Share()
	if err != nil {
		return nil, err
	}
	return &Snap{db: db, rows: rows}, nil
}

// ReleaseView ends the view: its name is free, and who has it open goes on
// reading. ErrUnknownView if there is none.
func (db *DB) ReleaseView(name string) error {
	if err := db.calls.enter(); err != nil {
		return err
	}
	defer db.calls.exit()
	return db.log.Engine().ReleaseView(name)
}

// Views lists the named views, oldest first.
func (db *DB) Views() []ViewInfo { return db.log.Engine().Views() }
