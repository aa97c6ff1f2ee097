package xadb

import (
	"context"

	"github.com/xadb/xadb/engine"
	"github.com/xadb/xadb/tclog"
)

// ErrNeedsRecovery: the store crashed with more in its log than OpenReadOnly
// keeps in memory, 256 MiB, or before its tables were made. Open it for writing
// once.
var ErrNeedsRecovery = engine.ErrNeedsRecovery

// OpenReadOnly opens a store that nobody has open, and that may have crashed. It
// writes nothing: what Open would recover is recovered in memory. Everything
// that would change the store is ErrReadOnly; there is no change feed. Of o, FS,
// Logger, the timeouts and CacheSize count.
func OpenReadOnly(ctx context.Context, dir string, o Options) (*DB, error) {
	return open(ctx, dir, o, tclog.OpenReadOnly)
}
