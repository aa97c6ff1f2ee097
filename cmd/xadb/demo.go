package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/spf13/cobra"

	"github.com/xadb/xadb/fuzz/kill"
)

// demoTraffic is how long clients move money before a node is killed.
const demoTraffic = 3 * time.Second

func newDemo() *cobra.Command {
	return &cobra.Command{
		Use: "demo", Short: "Kill a server in the middle of a commit and watch it recover", Args: exactly(0),
		Long: "Demo starts two servers in a temporary folder, moves money between them with XA, a branch on each, kills one\n" +
			"with SIGKILL when the other has committed, starts it again, finishes the branches that it finds prepared, and\n" +
			"shows the total. It takes about ten seconds; the exit status is 1 if money was made or lost.",
		RunE: func(c *cobra.Command, _ []string) error { return demo(c.Context(), newTeller(c.OutOrStdout())) },
	}
}

// A demonstration is one run of the demo.
type demonstration struct {
	*teller
	binary string
	dir    string
	nodes  []*demoNode
}

// A demoNode is one of the demo's servers.
type demoNode struct {
	name   string
	server *kill.Process // nil: killed
	bank   *demoBank
}

func demo(ctx context.Context, to *teller) (err error) {
	d := &demonstration{teller: to, nodes: []*demoNode{{name: "north"}, {name: "south"}}}
	if d.binary, err = os.Executable(); err != nil {
		return fmt.Errorf("finding this program, to start it as the servers: %w", err)
	}
	if d.dir, err = os.MkdirTemp("", "xadb-demo-"); err != nil {
		return fmt.Errorf("making a folder for the stores: %w", err)
	}
	defer func() {
		for _, n := range d.nodes {
			n.kill()
		}
		if rerr := os.RemoveAll(d.dir); err == nil {
			err = rerr
		}
	}()
	decisions, err := d.beforeKill(ctx)
	if err != nil {
		return err
	}
	return d.afterKill(ctx, decisions)
}

// start starts a node's server, the first time or again.
func (d *demonstration) start(ctx context.Context, n *demoNode) (err error) {
	began := time.Now()
	if n.server, err = kill.Start(ctx, kill.Command{Binary: d.binary, Dir: filepath.Join(d.dir, n.name)}); err != nil {
		return fmt.Errorf("the server %s did not start: %w", n.name, err)
	}
	if n.bank, err = openDemoBank(n.server.Addr); err != nil {
		return err
	}
	d.say("server %s is ready on %s after %v", n.name, n.server.Addr, time.Since(began).Round(time.Millisecond))
	return nil
}

func (n *demoNode) kill() {
	if n.server != nil {
		n.server.Kill()
		n.bank.close()
		n.server = nil
	}
}

// beforeKill moves money until one node is killed in the middle of a commit.
func (d *demonstration) beforeKill(ctx context.Context) (*demoDecisions, error) {
	for _, n := range d.nodes {
		if err := d.start(ctx, n); err != nil {
			return nil, err
		}
		if err := n.bank.create(ctx); err != nil {
			return nil, err
		}
	}
	d.say("%d accounts of %d on each: total %d", demoAccounts, demoBalance, demoTotal*len(d.nodes))
	north, south := d.nodes[0], d.nodes[1]
	traffic, err := startTraffic(ctx, north.bank, south.bank)
	if err != nil {
		return nil, err
	}
	d.waitFor(ctx, demoTraffic, func() string { return fmt.Sprintf("%d transfers by XA", traffic.done.Load()) })
	split, err := traffic.half(ctx)
	south.kill()
	traffic.wait()
	north.bank.close() // the clients have left branches half done there
	switch {
	case ctx.Err() != nil:
		return nil, ctx.Err()
	case err != nil:
		return nil, fmt.Errorf("the transfer to be cut in half: %w", err)
	}
	if north.bank, err = openDemoBank(north.server.Addr); err != nil {
		return nil, err
	}
	d.say("%d clients have moved money %d times between the two, a branch on each", demoClients, traffic.done.Load())
	d.say("%s: prepared on both, committed on north", split)
	d.say("kill -9: south is gone before it has heard of the commit")
	return traffic.decisions, nil
}

// afterKill finishes what is prepared, by what was decided, and counts.
func (d *demonstration) afterKill(ctx context.Context, decisions *demoDecisions) error {
	if err := d.start(ctx, d.nodes[1]); err != nil {
		return err
	}
	for _, n := range d.nodes {
		if err := d.finish(ctx, n, decisions); err != nil {
			return err
		}
	}
	total := int64(0)
	for _, n := range d.nodes {
		sum, err := n.bank.total(ctx)
		if err != nil {
			return err
		}
		d.say("total on %s: %d", n.name, sum)
		total += sum
	}
	want := int64(demoTotal * len(d.nodes))
	if total != want {
		return fmt.Errorf("the total is %d instead of %d: money was made or lost", total, want)
	}
	d.say("total %d, as before: no money was made or lost", total)
	for _, n := range d.nodes {
		n.bank.close()
		err := n.server.Stop()
		if n.server = nil; err != nil {
			return err
		}
	}
	return nil
}

// finish decides a node's prepared branches: what was decided to commit is
// committed, and nobody was promised the rest.
func (d *demonstration) finish(ctx context.Context, n *demoNode, decisions *demoDecisions) error {
	remote, err := dialBranches(ctx, serverFlags{addr: n.server.Addr, user: "root"})
	if err != nil {
		return err
	}
	defer remote.close()
	list, err := remote.list(ctx)
	if err != nil {
		return err
	}
	d.say("XA RECOVER on %s lists %d prepared branches", n.name, len(list))
	for _, p := range list {
		commit, done := decisions.has(string(p.XID.Gtrid())), "rolled back"
		if commit {
			done = "committed"
		}
		if err := remote.decide(ctx, p.XID, commit); err != nil {
			return fmt.Errorf("finishing %s: %w", p.XID.SQL(), err)
		}
		d.say("  %s: %s", p.XID.SQL(), done)
	}
	if n.name == "south" && !slices.ContainsFunc(list, decisions.isSplit) {
		return fmt.Errorf("the branch that was prepared on south is not listed after the restart")
	}
	return nil
}
