package main

import (
	"context"
	"errors"
	"fmt"

	"github.com/xadb/xadb/tclog"
	"github.com/xadb/xadb/xid"
)

// storeBranches are those of a stopped store.
type storeBranches struct {
	dir, archive string
	found        *tclog.Inspection
}

// inspectBranches looks into the store. Only decide opens it: opening is a
// recovery, which writes.
func inspectBranches(ctx context.Context, dir, archive string) (branches, error) {
	found, err := tclog.Inspect(ctx, dir, storeOptions(quiet()))
	if err != nil {
		return nil, damaged(dir, fmt.Errorf("cannot look into the store: %w", err))
	}
	return &storeBranches{dir, archive, found}, nil
}

func (b *storeBranches) list(context.Context) ([]xid.Prepared, error) { return b.found.Prepared, nil }

func (b *storeBranches) decide(ctx context.Context, x xid.XID, commit bool) (err error) {
	keepPrivate()
	o := storeOptions(quiet())
	o.Binlog, o.ArchiveDir = b.found.HasBinlog, b.archive // the outcome goes where the store logs
	log, err := tclog.Open(ctx, b.dir, o)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, log.Close(context.Background())) }()
	if commit {
		return log.CommitXID(ctx, x)
	}
	return log.RollbackXID(ctx, x)
}

func (b *storeBranches) close() error { return nil }

func (b *storeBranches) where() string { return b.dir }

func (b *storeBranches) flag() string { return "--data " + b.dir }
