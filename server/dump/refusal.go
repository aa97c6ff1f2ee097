package dump

import (
	"errors"
	"fmt"

	"github.com/xadb/xadb/binlog"
)

// A Refusal is why a follower cannot be served, in words that its operator can
// act on.
type Refusal struct{ Reason string }

// Error implements error.
func (r *Refusal) Error() string { return r.Reason }

// refusal makes what the log says one, where the follower can do something about
// it; errEnd is none.
func refusal(err error) error {
	var (
		place  *binlog.PlaceError
		purged *binlog.PurgedError
	)
	switch {
	case errors.Is(err, errEnd):
		return nil
	case errors.As(err, &place):
		return &Refusal{place.Error()}
	case errors.As(err, &purged):
		return &Refusal{fmt.Sprintf("Cannot replicate because the source purged required binary logs: "+
			"those with the GTIDs %v; take a new backup of the source for this replica", purged.Purged)}
	case errors.Is(err, binlog.ErrReset):
		return &Refusal{"the source's binary log was reset (RESET BINARY LOGS AND GTIDS), and the numbers of its GTIDs began anew; " +
			"set up this replica anew"}
	case errors.Is(err, binlog.ErrCorrupt):
		return &Refusal{err.Error()}
	}
	return err
}
