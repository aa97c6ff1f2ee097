package server

import (
	"context"
	"errors"
	"fmt"

	"github.com/xadb/xadb/engine"
	"github.com/xadb/xadb/server/auth"
)

// firstPassword gives root@localhost the password of Options.RootPassword, if it
// has none. One that it has stays.
func (srv *Server) firstPassword(ctx context.Context) error {
	if srv.opts.RootPassword == "" {
		return nil
	}
	root := auth.Name{User: "root", Host: auth.Localhost}
	acc, ok := srv.accounts.Get(root)
	if !ok || len(acc.Verifier) > 0 {
		srv.log.Info("the first password of root is not set: the account has one already, or is gone", "account", root.String())
		return nil
	}
	end, err := srv.accounts.Begin(ctx)
	if err != nil {
		return err
	}
	defer end()
	d := srv.accounts.Draft(auth.Session{Rights: auth.Everything, Now: srv.clock.Now()})
	text, err := auth.SetPassword(root, srv.opts.RootPassword).Run(d)
	if err != nil {
		return fmt.Errorf("server: the first password of root: %w", err)
	}
	t := srv.store.Begin(0, engine.TxnOptions{})
	if err = writeAccounts(ctx, t, d, text); err == nil {
		err = srv.store.Commit(ctx, t)
	}
	if err != nil {
		return fmt.Errorf("server: the first password of root: %w", errors.Join(err, srv.store.Rollback(t)))
	}
	srv.accounts.PublishDraft(d)
	srv.log.Info("root has its first password", "account", root.String())
	return nil
}

// writeAccounts puts a draft and its QUERY event into a transaction.
func writeAccounts(ctx context.Context, t Txn, d *auth.Draft, text string) error {
	if err := d.Store(ctx, over(t)); err != nil {
		return err
	}
	return over(t).LogQuery("", text)
}
