package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"time"

	"github.com/spf13/cobra"

	"github.com/xadb/xadb/fuzz/kill"
)

// demoTraffic is how long clients move money before the server is killed.
const demoTraffic = 3 * time.Second

func newDemo() *cobra.Command {
	return &cobra.Command{
		Use: "demo", Short: "Kill a server in the middle of transfers and watch it recover", Args: exactly(0),
		Long: "Demo starts a server in a temporary folder, moves money between accounts with plain and XA transactions, kills\n" +
			"the server with SIGKILL, starts it again, finishes the branches that were prepared, and shows the total.",
		RunE: func(c *cobra.Command, _ []string) error { return demo(c.Context(), c.OutOrStdout()) },
	}
}

// A demonstration is one run of the demo.
type demonstration struct {
	out    io.Writer
	binary string
	dir    string
	server *kill.Process
}

func demo(ctx context.Context, out io.Writer) (err error) {
	d := &demonstration{out: out}
	if d.binary, err = os.Executable(); err != nil {
		return fmt.Errorf("finding this program, to start it as the server: %w", err)
	}
	if d.dir, err = os.MkdirTemp("", "xadb-demo-"); err != nil {
		return fmt.Errorf("making a folder for the store: %w", err)
	}
	defer func() {
		if d.server != nil {
			d.server.Kill()
		}
		if rerr := os.RemoveAll(d.dir); err == nil {
			err = rerr
		}
	}()
	if err := d.start(ctx); err != nil {
		return err
	}
	if err := d.beforeKill(ctx); err != nil {
		return err
	}
	if err := d.start(ctx); err != nil {
		return err
	}
	return d.afterKill(ctx)
}

func (d *demonstration) say(format string, args ...any) { fmt.Fprintf(d.out, format+"\n", args...) }

func (d *demonstration) start(ctx context.Context) error {
	began := time.Now()
	p, err := kill.Start(ctx, kill.Command{Binary: d.binary, Dir: d.dir})
	if err != nil {
		return fmt.Errorf("the server did not start: %w", err)
	}
	d.server = p
	d.say("server ready on %s after %v", p.Addr, time.Since(began).Round(time.Millisecond))
	return nil
}

// beforeKill moves money until the server is killed under the clients.
func (d *demonstration) beforeKill(ctx context.Context) error {
	b, err := openDemoBank(d.server.Addr)
	if err != nil {
		return err
	}
	defer b.close()
	if err := b.create(ctx); err != nil {
		return err
	}
	d.say("%d accounts of %d each: total %d", demoAccounts, demoBalance, demoTotal)
	for i := range demoParked {
		text, err := b.park(ctx, i)
		if err != nil {
			return err
		}
		d.say("prepared and left alone: branch %s", text)
	}
	stop := b.run(ctx, demoClients)
	timer := time.NewTimer(demoTraffic)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-ctx.Done():
	}
	d.server.Kill()
	plain, xa := stop()
	if err := ctx.Err(); err != nil {
		return err
	}
	d.say("%d clients moved money: %d plain and %d XA transactions were acknowledged", demoClients, plain, xa)
	d.say("kill -9: the server is gone in the middle of their work")
	return nil
}

// afterKill finishes what is prepared and counts.
func (d *demonstration) afterKill(ctx context.Context) error {
	remote, err := dialBranches(ctx, d.server.Addr, loginFlags{user: "root"})
	if err != nil {
		return err
	}
	defer remote.close()
	list, err := remote.list(ctx)
	if err != nil {
		return err
	}
	d.say("XA RECOVER lists %d prepared branches", len(list))
	if len(list) < demoParked {
		return fmt.Errorf("%d prepared branches were acknowledged, but only %d are listed", demoParked, len(list))
	}
	for i, p := range list {
		commit := i%2 == 0
		if err := remote.decide(ctx, p.XID, commit); err != nil {
			return fmt.Errorf("finishing %s: %w", p.XID.SQL(), err)
		}
		d.say("  %s: %s", map[bool]string{true: "committed", false: "rolled back"}[commit], p.XID.SQL())
	}
	b, err := openDemoBank(d.server.Addr)
	if err != nil {
		return err
	}
	defer b.close()
	total, err := b.total(ctx)
	if err != nil {
		return err
	}
	if total != demoTotal {
		return fmt.Errorf("the total is %d instead of %d: money was made or lost", total, demoTotal)
	}
	d.say("total %d, as before: no money was made or lost", total)
	err = d.server.Stop()
	d.server = nil
	return err
}
