package tclog

import (
	"context"
	"errors"
	"fmt"

	"github.com/cockroachdb/pebble/v2/vfs"

	"github.com/xadb/xadb/binlog"
	"github.com/xadb/xadb/engine"
	"github.com/xadb/xadb/internal/disk"
	"github.com/xadb/xadb/recovery"
	"github.com/xadb/xadb/xid"
)

// An Inspection is what a stopped store holds, read without changing it: what
// the next Open would begin with.
type Inspection struct {
	Engine engine.Inspection
	// Prepared are the clients' branches that the next Open will list.
	Prepared []xid.Prepared
	// ToCommit and ToRollback count what the next Open will decide.
	ToCommit, ToRollback int
	// HasBinlog says that there is a binlog; Binlog is what it holds.
	HasBinlog bool
	Binlog    binlog.Summary
}

// Inspect reads the stopped store in dir and writes nothing. The Binlog option
// does not matter. Errors are those of Open.
func Inspect(ctx context.Context, dir string, o Options) (*Inspection, error) {
	return inspect(ctx, dir, o, false)
}

// Check is Inspect reading everything: each retained log record, each row and
// each event of the binlog. A damaged byte is engine.ErrCorrupt, with file and
// place.
func Check(ctx context.Context, dir string, o Options) (*Inspection, error) {
	return inspect(ctx, dir, o, true)
}

func inspect(ctx context.Context, dir string, o Options, verify bool) (*Inspection, error) {
	o.Engine.FS = disk.New(o.Engine.FS, disk.Options{}) // says where a read of the binlog fails
	eng, err := engine.Inspect(ctx, dir, o.Engine, verify)
	if err != nil {
		return nil, err
	}
	ins := &Inspection{Engine: *eng}
	said := recovery.NewLog()
	if err := ins.readBinlog(dir, o, said, verify); err != nil {
		return nil, corrupt(o.Engine.FS, dir, err)
	}
	verdicts, err := recovery.Preview(eng.Prepared, said)
	if err != nil {
		return nil, corrupt(o.Engine.FS, dir, err)
	}
	for i, p := range eng.Prepared {
		switch verdicts[i] {
		case recovery.Commit:
			ins.ToCommit++
		case recovery.Rollback:
			ins.ToRollback++
		default:
			ins.Prepared = append(ins.Prepared, p)
		}
	}
	return ins, nil
}

// readBinlog reads what the binlog says beyond the engine's floor; all of it
// if verify is set.
func (ins *Inspection) readBinlog(dir string, o Options, said *recovery.Log, verify bool) error {
	fs := o.Engine.FS
	floor := binlog.Pos(ins.Engine.Floor)
	name := fs.PathJoin(dir, BinlogDir)
	if floor == (binlog.Pos{}) && !exists(fs, name) {
		return nil
	}
	tail, err := joinTail(ins.Engine.TCBytes)
	if err != nil {
		return err
	}
	opts := binlog.Options{FS: fs, ServerUUID: ins.Engine.StoreID, Tail: tail}
	ins.HasBinlog = true
	if verify {
		// What is before the floor has nothing to tell. Only a scan that begins
		// at the floor knows that it was durable, as Open's does.
		if _, err := binlog.Scan(name, opts, binlog.Pos{}, nil); err != nil {
			return err
		}
	}
	ins.Binlog, err = binlog.Scan(name, opts, floor, func(g binlog.Group) error { return tell(said, g) })
	return err
}

// corrupt says where the binlog of the store in dir is damaged, whatever the
// kind of the damage.
func corrupt(fs vfs.FS, dir string, err error) error {
	at := &engine.CorruptError{File: fs.PathJoin(dir, BinlogDir), Offset: engine.UnknownOffset, Err: err}
	var event *binlog.CorruptError
	switch {
	case errors.As(err, &event):
		at.File, at.Offset = fs.PathJoin(at.File, event.File), event.Offset
	case !errors.Is(err, binlog.ErrMissingFile) && !errors.Is(err, recovery.ErrSequence):
		return err
	}
	return fmt.Errorf("tclog: %w", at)
}
