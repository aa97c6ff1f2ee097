package binlog

import (
	"errors"
	"fmt"
	"sort"

	"github.com/xadb/xadb/xid"
)

// seek goes behind the transaction with that index, which PREVIOUS_GTIDS finds
// the file of (B7).
func (f *Follower) seek(after int64) error {
	first, last, err := f.span()
	if err != nil {
		return err
	}
	var failed error
	// The file before the first that begins behind the index.
	n := sort.Search(int(last-first), func(i int) bool {
		r, err := f.l.openGroups(first + uint32(i) + 1)
		if err != nil {
			failed = errors.Join(failed, err)
			return true
		}
		failed = errors.Join(failed, r.Close())
		return r.behind() > after
	})
	if failed != nil {
		return failed
	}
	f.oldest = first + uint32(n)
	f.at = Pos{f.oldest, 0}
	return f.seekInFile(after)
}

// span is the numbers of the oldest and the newest durable file.
func (f *Follower) span() (first, last uint32, err error) {
	files := f.l.Files()
	if len(files) == 0 || f.durable.File < files[0].Number {
		return 0, 0, fmt.Errorf("%w: not started", ErrClosed)
	}
	return files[0].Number, f.durable.File, nil
}

// seekInFile skips the groups of the file of f.at that have at most that
// index.
func (f *Follower) seekInFile(after int64) error {
	if err := f.reach(); err != nil {
		return err
	}
	reached := f.r.behind()
	oldest := reached
	for {
		f.at = f.r.at()
		if reached >= after {
			break
		}
		g, ended, err := f.r.skip()
		if err != nil {
			return err
		}
		if ended || g.Kind == 0 {
			break
		}
		reached = f.r.d.before + g.SequenceNumber
		if err := note(f.prepared, g); err != nil {
			return err
		}
	}
	if reached != after {
		return f.indexError(after, reached, oldest)
	}
	return nil
}

// indexError says what there is instead of the index.
func (f *Follower) indexError(after, reached, oldest int64) error {
	first, _, err := f.span()
	if err != nil {
		return err
	}
	if first < f.at.File {
		r, err := f.l.openGroups(first)
		if err != nil {
			return err
		}
		oldest = r.behind()
		if err := r.Close(); err != nil {
			return err
		}
	}
	return &IndexError{Index: after, First: oldest, Last: max(reached, f.l.LastIndex())}
}

// findPrepare is where the branch that t commits was prepared: since the Follower
// began, or in an older file, which it then reads. An *IndexError if that file was
// purged, with those up to a file behind t: the log goes on behind t.
func (f *Follower) findPrepare(t *Transaction) (Pos, error) {
	first, _, err := f.span()
	if err != nil {
		return Pos{}, err
	}
	for {
		if at, ok := f.prepared[t.Branch]; ok {
			return at, nil
		}
		if f.oldest <= first {
			if first > 1 {
				return Pos{}, &IndexError{Index: t.Index() - 1, First: t.Index(), Last: f.l.LastIndex()}
			}
			return Pos{}, fmt.Errorf("%w: with the rows of branch %v, committed at %v", ErrMissingFile, t.Branch, t.Start)
		}
		f.oldest--
		if err := f.scanOlder(f.oldest); err != nil {
			return Pos{}, err
		}
	}
}

// scanOlder adds what was prepared in an older file and not decided in it. For
// a branch that is known already the newer place counts.
func (f *Follower) scanOlder(n uint32) error {
	older := map[xid.XID]Pos{}
	if err := f.l.noteFile(n, older); err != nil {
		return err
	}
	for x, at := range older {
		if _, known := f.prepared[x]; !known {
			f.prepared[x] = at
		}
	}
	if len(f.prepared) > preparedMax {
		return fmt.Errorf("%w: more than %d prepared branches", ErrTooLarge, preparedMax)
	}
	return nil
}
