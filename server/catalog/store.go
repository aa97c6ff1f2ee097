package catalog

import "context"

// A Space is a table's place in the engine: its number, and the names that
// lock and recovery reports show.
type Space struct {
	ID       uint32
	DB, Name string
}

// The engine's reserved tables, and where the IDs that are given out begin and
// end.
const (
	databasesID = 1
	tablesID    = 2
	accountsID  = 6 // after those of the embedding API
	firstID     = 16
	endID       = 1 << 31
)

var (
	databasesSpace = Space{ID: databasesID, DB: "xadb", Name: "databases"}
	tablesSpace    = Space{ID: tablesID, DB: "xadb", Name: "tables"}

	// Accounts is where package auth keeps the users.
	Accounts = Space{ID: accountsID, DB: "xadb", Name: "accounts"}
)

// IsReserved reports whether an ID is one of the engine's reserved tables: the
// catalog's own, and others that no statement reads.
func IsReserved(id uint32) bool { return id < firstID }

// A Mode is how a lock is held.
type Mode uint8

// The modes.
const (
	Shared Mode = iota + 1
	Exclusive
)

// An Iterator walks over rows in the order of their keys. Key and Value are
// valid until Next.
type Iterator interface {
	Next() bool
	Key() []byte
	Value() []byte
	Err() error
	Close() error
}

// A Store is what the catalog needs of a transaction.
type Store interface {
	// Get reads the snapshot; GetForUpdate locks the key and reads the newest
	// committed value. Both see the transaction's own writes.
	Get(t Space, key []byte) ([]byte, bool, error)
	GetForUpdate(ctx context.Context, t Space, key []byte, m Mode) ([]byte, bool, error)
	Put(ctx context.Context, t Space, key, val []byte) error
	Delete(ctx context.Context, t Space, key []byte) error
	// ScanLatest is the newest committed rows of [start, end), without locks.
	ScanLatest(t Space, start, end []byte) Iterator
	// LockTable waits for the table's metadata lock; it is held to the end of
	// the transaction.
	LockTable(ctx context.Context, t Space, m Mode) error
}

// latest is the newest committed value of one key, without a lock.
func latest(s Store, t Space, key []byte) (val []byte, ok bool, err error) {
	it := s.ScanLatest(t, key, append(append([]byte(nil), key...), 0))
	if it.Next() {
		val, ok = append([]byte(nil), it.Value()...), true
	}
	err = it.Err()
	if cerr := it.Close(); err == nil {
		err = cerr
	}
	return val, ok, err
}

// walk calls f for each row of [start, end).
func walk(s Store, t Space, start, end []byte, f func(key, val []byte) error) (err error) {
	it := s.ScanLatest(t, start, end)
	defer func() {
		if cerr := it.Close(); err == nil {
			err = cerr
		}
	}()
	for it.Next() {
		if err := f(it.Key(), it.Value()); err != nil {
			return err
		}
	}
	return it.Err()
}
