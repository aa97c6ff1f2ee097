package xadb

import (
	"context"

	"github.com/xadb/xadb/binlog"
)

// A PurgeInfo says what PurgeChanges has removed.
type PurgeInfo struct {
	// Files and Bytes are what is gone.
	Files int
	Bytes int64
	// First is the smallest index that From can be given now, but for those of
	// files that Kept says are still there.
	First int64
	// Kept names the first file that was to go and stays, and says why; "": none.
	Kept string
}

// PurgeChanges forgets the changes up to that index, as far as they fill whole
// files of the binlog: the consumers of the feed have them, and none will resume
// in front of it. The store knows the consumers that run and nobody else: it
// keeps the files that they read, those that recovery needs, and those with the
// rows of branches that are prepared, or were when the index was given. ErrNoFeed
// without a binlog.
func (db *DB) PurgeChanges(ctx context.Context, index int64) (info PurgeInfo, err error) {
	if err := db.calls.enter(); err != nil {
		return PurgeInfo{}, err
	}
	defer db.calls.exit()
	log := db.log.Binlog()
	if log == nil {
		return PurgeInfo{}, ErrNoFeed
	}
	p, err := db.log.PurgeBinlog(ctx, binlog.PurgeRequest{Through: index})
	for _, f := range p.Files {
		info.Files++
		info.Bytes += f.Size
	}
	if p.Kept != "" {
		info.Kept = p.Kept + ": " + p.Why.String()
	}
	if err != nil {
		return info, feedError(err)
	}
	if info.First, err = log.FirstIndex(); err != nil {
		return info, feedError(err)
	}
	return info, nil
}
