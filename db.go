package xadb

import (
	"context"
	"encoding/binary"
	"fmt"
	"io"
	"math/rand/v2"
	"sync"

	"github.com/cockroachdb/pebble/v2/vfs"

	"github.com/xadb/xadb/tclog"
)

// A DB is an open store. It is safe for concurrent use.
type DB struct {
	opts  Options
	log   *tclog.Log
	calls calls

	deciding deciding // of the coordinators whose first store this is

	chanceMu sync.Mutex
	chance   *rand.Rand // guarded by chanceMu

	ending   sync.Once
	ended    chan struct{} // closed when the first Close has returned
	endError error         // what it returned
}

// Open opens the store in dir, creating it if the folder is empty, and
// recovers it. ErrLocked if somebody, this process included, has it open for longer than
// LockFileTimeout, ErrFormat if a version with another format wrote it,
// ErrCorrupt if durable bytes are damaged: nothing is changed
// then. Ctx can end the wait and the recovery; the next Open begins it anew.
func Open(ctx context.Context, dir string, o Options) (*DB, error) {
	return open(ctx, dir, o, tclog.Open)
}

func open(ctx context.Context, dir string, o Options,
	openLog func(context.Context, string, tclog.Options) (*tclog.Log, error),
) (*DB, error) {
	o = o.withDefaults()
	if err := o.validate(); err != nil {
		return nil, err
	}
	var seed [16]byte
	if _, err := io.ReadFull(o.Rand, seed[:]); err != nil {
		return nil, fmt.Errorf("xadb: drawing a random number: %w", err)
	}
	log, err := openLog(ctx, dir, o.log())
	if err != nil {
		return nil, err
	}
	return &DB{
		opts: o, log: log, ended: make(chan struct{}),
		chance: rand.New(rand.NewPCG(binary.LittleEndian.Uint64(seed[:]), binary.LittleEndian.Uint64(seed[8:]))),
	}, nil
}

// OpenMem opens a new store in memory: it has everything but a disk, and is
// gone after Close. Options.FS must be nil.
func OpenMem(ctx context.Context, o Options) (*DB, error) {
	if o.FS != nil {
		return nil, fmt.Errorf("xadb: OpenMem: option FS is set; Open opens a store on a file system")
	}
	o.FS = vfs.NewMem()
	return Open(ctx, "mem", o)
}

// Close ends the store. It waits for the Update, View, Commit, Prepare and
// other calls that run; whoever calls meanwhile gets ErrClosed. Transactions
// that were begun and not committed are lost, prepared branches stay prepared.
//
// When ctx ends first, the store is closed under the calls that still run:
// what they have not committed fails with ErrClosed, and Close returns ctx's
// error. The store is closed then, too: every later Close, and one that comes
// at the same time, waits for the first and returns what it returned.
func (db *DB) Close(ctx context.Context) error {
	db.ending.Do(func() {
		defer close(db.ended)
		db.endError = db.calls.drain(ctx)
		if err := db.log.Close(ctx); db.endError == nil {
			db.endError = err
		}
	})
	<-db.ended
	return db.endError
}
