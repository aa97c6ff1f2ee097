package tclog

import (
	"context"
	"errors"
	"fmt"

	"github.com/xadb/xadb/binlog"
	"github.com/xadb/xadb/engine"
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
	eng, err := engine.Inspect(ctx, dir, o.Engine, verify)
	if err != nil {
		return nil, err
	}
	ins := &Inspection{Engine: *eng}
	said := recovery.NewLog()
	if err := ins.readBinlog(dir, o, said, verify); err != nil {
		return nil, corrupt(err)
	}
	verdicts, err := recovery.Preview(eng.Prepared, said)
	if err != nil {
		return nil, corrupt(err)
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

// corrupt makes every kind of damage the one that callers test for.
func corrupt(err error) error {
	if errors.Is(err, binlog.ErrCorrupt) || errors.Is(err, binlog.ErrMissingFile) || errors.Is(err, recovery.ErrSequence) {
		return fmt.Errorf("tclog: %w: %w", engine.ErrCorrupt, err)
	}
	return err
}
