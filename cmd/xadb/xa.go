package main

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/xadb/xadb/server/xa"
	"github.com/xadb/xadb/xid"
)

// branches are a store's prepared branches, on a running server or in a
// stopped store.
type branches interface {
	list(ctx context.Context) ([]xid.Prepared, error)
	// decide commits or rolls back x.
	decide(ctx context.Context, x xid.XID, commit bool) error
	close() error
	// where names the store in messages, flag on the command line.
	where() string
	flag() string
}

type xaFlags struct {
	data, archive string
	server        serverFlags
	yes           bool
}

func newXA(io streams) *cobra.Command {
	var o xaFlags
	list := &cobra.Command{
		Use: "list", Short: "List the prepared branches, oldest first", Args: exactly(0),
		RunE: func(c *cobra.Command, _ []string) error { return xaList(c, o) },
	}
	commit := &cobra.Command{
		Use: "commit XID", Short: "Commit a prepared branch", Args: exactly(1),
		RunE: func(c *cobra.Command, args []string) error { return xaDecide(c, o, io, args[0], true) },
	}
	rollback := &cobra.Command{
		Use: "rollback XID", Short: "Roll back a prepared branch", Args: exactly(1),
		RunE: func(c *cobra.Command, args []string) error { return xaDecide(c, o, io, args[0], false) },
	}
	for _, c := range []*cobra.Command{list, commit, rollback} {
		dataFlag(c, &o.data)
		o.server.add(c)
	}
	for _, c := range []*cobra.Command{commit, rollback} {
		archiveFlag(c, &o.archive)
		c.Flags().BoolVar(&o.yes, "yes", false, "do not ask")
		c.Long = "The XID is written as XA statements and xa list write it: 'gtrid', 'gtrid','bqual' or 'gtrid','bqual',formatID,\n" +
			"where a part may be X'hex'. Whoever prepared the branch may still decide: ask there first."
	}
	return group("xa", "List and finish prepared branches, on a running server or in a stopped store", list, commit, rollback)
}

func (o xaFlags) open(c *cobra.Command) (branches, error) {
	running, err := runningServer(c, o.data)
	if err != nil {
		return nil, err
	}
	if running {
		return dialBranches(c.Context(), o.server)
	}
	if err := needStore(c, o.data); err != nil {
		return nil, err
	}
	return inspectBranches(c.Context(), o.data, o.archive)
}

func xaList(c *cobra.Command, o xaFlags) (err error) {
	b, err := o.open(c)
	if err != nil {
		return err
	}
	defer closing(b.close, &err)
	list, err := b.list(c.Context())
	if err != nil {
		return err
	}
	for _, p := range list {
		fields := []string{p.XID.SQL()}
		for _, t := range p.Tables {
			fields = append(fields, t.DB+"."+t.Name)
		}
		fmt.Fprintln(c.OutOrStdout(), strings.Join(fields, "\t"))
	}
	fmt.Fprintf(c.ErrOrStderr(), "prepared branches in %s: %d\n", b.where(), len(list))
	return nil
}

func xaDecide(c *cobra.Command, o xaFlags, io streams, text string, commit bool) (err error) {
	x, err := parseXID(text)
	if err != nil {
		return err
	}
	verb, done := "roll back", "rolled back"
	if commit {
		verb, done = "commit", "committed"
	}
	b, err := o.open(c)
	if err != nil {
		return err
	}
	defer closing(b.close, &err)
	known, err := b.list(c.Context())
	if err != nil {
		return err
	}
	if !slices.ContainsFunc(known, func(p xid.Prepared) bool { return p.XID == x }) {
		return fmt.Errorf("cannot %s: there is no prepared branch %s in %s; those that there are: xadb xa list %s",
			verb, x.SQL(), b.where(), b.flag())
	}
	if !o.yes {
		if err := confirm(io, fmt.Sprintf("%s %s in %s, for good?", verb, x.SQL(), b.where())); err != nil {
			return err
		}
	}
	if err := b.decide(c.Context(), x, commit); err != nil {
		return fmt.Errorf("cannot %s %s in %s: %w; see xadb xa list %s", verb, x.SQL(), b.where(), err, b.flag())
	}
	fmt.Fprintf(c.OutOrStdout(), "%s: %s\n", x.SQL(), done)
	return nil
}

// parseXID reads the forms of XA statements, and with them the full form that
// errors and the binary log have, of any formatID.
func parseXID(text string) (xid.XID, error) {
	text = strings.TrimSpace(text)
	if x, err := xid.ParseText(text); err == nil {
		return x, nil
	}
	s, err := xa.Parse("XA END "+text, "")
	if err != nil || s.Suspend {
		return xid.XID{}, fmt.Errorf("%q is no XID: write it as 'gtrid','bqual',formatID or X'hex',X'hex',formatID, "+
			"in quotes for your shell (%w)", text, errUsage)
	}
	return s.XID, nil
}

// closing runs a close and keeps its error if there is none yet.
func closing(f func() error, err *error) {
	if cerr := f(); *err == nil {
		*err = cerr
	}
}
