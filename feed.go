package xadb

import (
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
	"time"

	"github.com/xadb/xadb/binlog"
	"github.com/xadb/xadb/xid"
)

// ErrNoFeed: the store was opened without a binlog, which is where the change
// feed is kept (C19).
var ErrNoFeed = errors.New("xadb: no change feed: the store was opened without a binlog")

// A FeedIndexError says that the feed cannot go on behind an index: it was
// never given to a transaction, or what follows it is gone. First and Last are
// what can be given to From.
type FeedIndexError = binlog.IndexError

// A FeedOption chooses what Changes yields.
type FeedOption func(*feed)

// From resumes the feed behind the event with that index; 0 is the beginning.
//
// Default: the beginning.
func From(index int64) FeedOption {
	return func(f *feed) { f.follow.After = index }
}

// WithPrepared adds an event, with its rows, when a branch is prepared, and one
// without rows when it is rolled back.
func WithPrepared() FeedOption {
	return func(f *feed) { f.prepared = true }
}

// UntilNow ends the feed behind what is durable when it begins, instead of
// waiting for more.
func UntilNow() FeedOption {
	return func(f *feed) { f.follow.ToEnd = true }
}

// An EventKind is what an Event tells of.
type EventKind uint8

// The kinds of events.
const (
	EventCommit   EventKind = iota + 1 // a transaction or a branch was committed
	EventPrepare                       // a branch was prepared: its rows may never be committed
	EventRollback                      // a prepared branch was rolled back
	EventDDL                           // a statement that defines data was carried out
)

var eventKinds = [...]string{EventCommit: "commit", EventPrepare: "prepare", EventRollback: "rollback", EventDDL: "ddl"}

// String is the kind in a word.
func (k EventKind) String() string {
	if k == 0 || int(k) >= len(eventKinds) {
		return fmt.Sprintf("kind %d", uint8(k))
	}
	return eventKinds[k]
}

// An Event is one durable outcome.
type Event struct {
	// Index is the place to resume behind: see From. Indexes grow from event to
	// event, through restarts, a restore and a RESET BINARY LOGS AND GTIDS, with
	// gaps for what was not asked for.
	Index int64
	Kind  EventKind
	// XID is the branch's; it is null for what is no branch.
	XID  xid.XID
	Time time.Time // of the outcome, in UTC
	// LastCommitted and SequenceNumber are the dependency stamps, which begin
	// anew in each binlog file: transactions of one file may be applied at the
	// same time if the LastCommitted of each is below the SequenceNumbers of
	// all.
	LastCommitted, SequenceNumber int64
	// Database and SQL are an EventDDL's statement.
	Database, SQL string
	// Changes are the rows of a commit or prepare, in the order they were
	// written.
	Changes []Change
}

// A ChangeKind is what became of a row.
type ChangeKind uint8

// The kinds of changes.
const (
	Inserted ChangeKind = iota + 1
	Updated
	Deleted
)

// A Change is one row of one table, before and after.
type Change struct {
	Database, Table string
	Kind            ChangeKind
	// Key, Before and After are a row of a table of this API; Before is nil for
	// an insert, After for a delete.
	Key, Before, After []byte
	// Columns names the columns of a table made with SQL, and is nil for one of
	// this API; Old and New are the values, one for each column: binlog.Absent for
	// those that a session with a binlog_row_image other than FULL has left out.
	Columns  []string
	Old, New []binlog.Value
}

// A feed is one call of Changes.
type feed struct {
	follow   binlog.FollowOptions
	prepared bool
}

// Changes iterates over what was committed, in commit order, each transaction
// once, and waits for more until ctx ends. Resuming with From and the last
// event's index misses nothing and repeats nothing, also after a crash: an
// event is shown only when it is durable, which may be a moment before it is
// visible to readers.
//
// A consumer reads at its own pace: the events are in the binlog's files, one
// transaction at a time is in memory, and nobody waits for a consumer. A branch
// comes with its rows when it is committed, and its XID is in the event.
// Transactions of a time when the store had no binlog are not in the feed, nor
// those of files that are gone: see PurgeChanges. RESET BINARY LOGS AND GTIDS takes
// all files: who has seen everything goes on, others get a *FeedIndexError.
//
// An error comes last, with an empty Event: ErrNoFeed, a *FeedIndexError, what
// ctx says, ErrClosed when the store was closed and all events were seen,
// ErrCorrupt, or ErrPoisoned.
func (db *DB) Changes(ctx context.Context, options ...FeedOption) iter.Seq2[Event, error] {
	var f feed
	for _, o := range options {
		o(&f)
	}
	return func(yield func(Event, error) bool) {
		if err := f.run(ctx, db.log.Binlog(), yield); err != nil {
			yield(Event{}, feedError(err))
		}
	}
}

// run yields events until there are no more, which is no error, or nobody
// wants them.
func (f *feed) run(ctx context.Context, log *binlog.Log, yield func(Event, error) bool) (err error) {
	if log == nil {
		return ErrNoFeed
	}
	follower, err := log.Follow(f.follow)
	if err != nil {
		return err
	}
	defer func() { _ = follower.Close() }() // it only read
	for {
		t, err := follower.Next(ctx)
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return err
		}
		ev, wanted, err := f.event(t)
		if err != nil {
			return err
		}
		if wanted && !yield(ev, nil) {
			return nil
		}
	}
}
