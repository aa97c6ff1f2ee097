package main

import (
	"fmt"
	"io"
	"log/slog"
	"os"

	"github.com/spf13/cobra"

	"github.com/xadb/xadb/server/status"
)

// seeingFlags are how an operator sees into a server.
type seeingFlags struct {
	status, slowLog string
	pprof           bool
	statusGiven     func() bool // --status was chosen by the user
}

func (o *seeingFlags) add(c *cobra.Command) {
	f := c.Flags()
	f.StringVar(&o.status, "status", status.ListenDefault,
		"address of the status pages /metrics, /healthz, /readyz and /; none if empty")
	f.BoolVar(&o.pprof, "status-pprof", false, "serve profiles of the process under /debug/pprof/ of --status, too")
	f.StringVar(&o.slowLog, "slow-log", "", "file of JSON lines about statements that take long_query_time; none if empty")
	o.statusGiven = func() bool { return f.Changed("status") || o.status != status.ListenDefault }
}

// startStatus serves the status pages. Without them the server would work as
// well, so only what was asked for is worth a refusal: nil if the address that
// nobody chose is taken.
func (o *seeingFlags) startStatus(log *slog.Logger) (*status.Server, error) {
	if o.status == "" {
		return nil, nil
	}
	s, err := status.New(status.Options{Listen: o.status, Version: version(), Logger: log, Profiles: o.pprof})
	if err != nil && !o.statusGiven() {
		log.Warn("there are no status pages", "error", err)
		return nil, nil
	}
	if err == nil {
		log.Info("status pages", "address", "http://"+s.Addr().String())
	}
	return s, err
}

// openSlowLog opens the file for slow statements; both are nil without one.
func (o *seeingFlags) openSlowLog() (*slog.Logger, io.Closer, error) {
	if o.slowLog == "" {
		return nil, nil, nil
	}
	f, err := os.OpenFile(o.slowLog, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		return nil, nil, fmt.Errorf("cannot open the slow log: %w; name a file that can be written with --slow-log", err)
	}
	return slog.New(slog.NewJSONHandler(f, nil)), f, nil
}
