package main

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"os"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/xadb/xadb/binlog/writeset"
	"github.com/xadb/xadb/engine"
	"github.com/xadb/xadb/internal/failpoint"
	"github.com/xadb/xadb/server"
	"github.com/xadb/xadb/tclog"
)

// failpointsEnv holds a list of failpoints for tests; see package failpoint.
const failpointsEnv = "XADB_FAILPOINTS"

type serveFlags struct {
	listen, data, logLevel, archive  string
	binlog, twoLog                   bool
	gtidMode                         string
	tracking                         string
	history                          int
	serverID                         uint32
	binlogSize, logSegment, logLimit int64
	binlogTotal                      int64
	transactionSize                  int
	binlogAge                        time.Duration
	seeing                           seeingFlags

	tls, requireSecure bool
	tlsCert, tlsKey    string
	maxConnections     int
	rootPasswordFile   string
	listenMariaDB      string
	variables          variables
}

func newServe() *cobra.Command {
	o := serveFlags{variables: variables{}}
	c := &cobra.Command{
		Use: "serve", Short: "Serve a store on the MySQL protocol", Args: exactly(0),
		Long: "Serve opens the store in --data, creating it if the folder is empty, and recovers it. It prints\n" +
			"\"xadb: ready on HOST:PORT\" on standard error when clients are accepted: in a new store root, from this\n" +
			"machine and without a password, unless --init-root-password-file gives one. It listens for other machines\n" +
			"when each account has a password or is locked, and TLS is on.\n" +
			"SIGTERM and SIGINT let running statements finish; a second one ends the process at once.",
		RunE: func(c *cobra.Command, _ []string) error { return serve(c.Context(), o, c.ErrOrStderr()) },
	}
	f := c.Flags()
	f.StringVar(&o.listen, "listen", server.ListenDefault, "address to accept clients on; port 0 takes any free one")
	f.StringVar(&o.listenMariaDB, "listen-mariadb", "", "address for MariaDB's replicas and programs, to which the server is a MariaDB there; none if empty")
	f.StringVar(&o.data, "data", dataDefault, "folder of the store")
	f.BoolVar(&o.binlog, "binlog", true, "write a MySQL binary log")
	f.BoolVar(&o.twoLog, "two-log", false, "have the binary log decide by a sync of its own, as MySQL's does")
	f.StringVar(&o.gtidMode, "gtid-mode", "ON", "give transactions GTIDs in the binary log: ON or OFF, which can change behind RESET BINARY LOGS AND GTIDS alone")
	f.StringVar(&o.tracking, "binlog-transaction-dependency-tracking", writeset.WriteSet.String(),
		"how the binary log finds out what replicas may apply at the same time: "+strings.Join(writeset.Modes[:], ", "))
	f.IntVar(&o.history, "binlog-transaction-dependency-history-size", writeset.HistoryDefault,
		fmt.Sprintf("keys remembered for it, by hash: 1 to %d", writeset.HistoryMax))
	f.StringVar(&o.archive, "archive", "", "folder that each log file is copied to once it is full, and all when the server stops, for xadb restore --archive; none if empty")
	f.Uint32Var(&o.serverID, "server-id", 1, "server id in the binary log")
	f.BoolVar(&o.tls, "tls", true, "offer TLS; without --tls-cert, with a certificate made in the store's folder")
	f.StringVar(&o.tlsCert, "tls-cert", "", "file of the certificate for TLS, in PEM")
	f.StringVar(&o.tlsKey, "tls-key", "", "file of its key, in PEM")
	f.BoolVar(&o.requireSecure, "require-secure-transport", false, "refuse clients on other machines that come without TLS")
	f.StringVar(&o.rootPasswordFile, "init-root-password-file", "",
		"file with the password that root@localhost gets if it has none; readable by its owner alone")
	f.IntVar(&o.maxConnections, "max-connections", 1000, "clients served at a time; one more is let in if it is an administrator")
	f.Var(o.variables, "set", "global system variable, such as binlog_row_image=MINIMAL; may be given again, and hold several with ; between")
	f.StringVar(&o.logLevel, "log-level", "info", "what is logged to standard error: debug, info, warn or error")
	f.Int64Var(&o.binlogSize, "binlog-size", 128<<20, "bytes after which a new binary log file begins")
	f.Int64Var(&o.binlogTotal, "binlog-total", 0, "bytes of all binary log files above which the oldest go; 0: they stay")
	f.DurationVar(&o.binlogAge, "binlog-expire", 30*24*time.Hour, "age at which a binary log file goes; 0: it stays")
	f.Int64Var(&o.logSegment, "log-segment", 64<<20, "bytes of a segment of the write-ahead log, a multiple of 4096")
	f.Int64Var(&o.logLimit, "log-limit", 256<<20, "bytes of write-ahead log above which the tables are flushed")
	f.IntVar(&o.transactionSize, "transaction-size", 64<<20,
		fmt.Sprintf("bytes of keys and values that one transaction may write, held in memory until its outcome: 1 to %d", engine.WriteSetLimit))
	o.seeing.add(c)
	return c
}

// options are the store's.
func (o serveFlags) options(log *slog.Logger) (tclog.Options, error) {
	mode, err := writeset.ParseMode(o.tracking)
	if err != nil {
		return tclog.Options{}, fmt.Errorf("--binlog-transaction-dependency-tracking: %w (%w)", err, errUsage)
	}
	if o.history < 1 || o.history > writeset.HistoryMax {
		return tclog.Options{}, fmt.Errorf("--binlog-transaction-dependency-history-size must be 1 to %d (%w)", writeset.HistoryMax, errUsage)
	}
	opts := storeOptions(log)
	opts.Tracking, opts.HistoryMax = mode, o.history
	opts.Binlog, opts.TwoLog, opts.ArchiveDir = o.binlog, o.twoLog, o.archive
	opts.AnonymousGTID = strings.EqualFold(o.gtidMode, "OFF")
	opts.ServerID, opts.BinlogSizeMax = o.serverID, o.binlogSize
	opts.BinlogAgeMax, opts.BinlogSizeTotalMax = o.binlogAge, o.binlogTotal
	opts.Engine.SegmentSize, opts.Engine.LogSizeMax = o.logSegment, o.logLimit
	opts.Engine.WriteSetMax = o.transactionSize
	return opts, nil
}

// checkGTIDMode refuses what needs GTIDs without them.
func (o serveFlags) checkGTIDMode() error {
	switch {
	case strings.EqualFold(o.gtidMode, "ON"):
	case !strings.EqualFold(o.gtidMode, "OFF"):
		return fmt.Errorf("--gtid-mode must be ON or OFF (%w)", errUsage)
	case o.listenMariaDB != "":
		return fmt.Errorf("--listen-mariadb needs GTIDs: leave out --gtid-mode=OFF (%w)", errUsage)
	case o.archive != "":
		return fmt.Errorf("--archive needs GTIDs, by which it restores to a transaction: leave out --gtid-mode=OFF (%w)", errUsage)
	}
	return nil
}

// check refuses flags that do not go together.
func (o serveFlags) check() error {
	switch {
	case o.serverID == 0:
		return fmt.Errorf("--server-id must be 1 to 4294967295 (%w)", errUsage)
	case o.data == "":
		return fmt.Errorf("--data must name a folder (%w)", errUsage)
	case o.twoLog && !o.binlog:
		return fmt.Errorf("--two-log needs the binary log: leave out --binlog=false (%w)", errUsage)
	case (o.tlsCert == "") != (o.tlsKey == "") || !o.tls && o.tlsCert != "":
		return fmt.Errorf("--tls-cert and --tls-key belong together, and to --tls (%w)", errUsage)
	case o.requireSecure && !o.tls:
		return fmt.Errorf("--require-secure-transport needs --tls (%w)", errUsage)
	case o.transactionSize < 1 || o.transactionSize > engine.WriteSetLimit:
		return fmt.Errorf("--transaction-size must be 1 to %d (%w)", engine.WriteSetLimit, errUsage)
	case o.maxConnections < 1:
		return fmt.Errorf("--max-connections must be at least 1 (%w)", errUsage)
	}
	return o.checkGTIDMode()
}

func serve(ctx context.Context, o serveFlags, out io.Writer) error {
	if err := o.check(); err != nil {
		return err
	}
	log, err := logger(o.logLevel, out)
	if err != nil {
		return err
	}
	opts, err := o.options(log)
	if err != nil {
		return err
	}
	if err := failpoint.Enable(os.Getenv(failpointsEnv)); err != nil {
		return fmt.Errorf("environment variable %s: %w", failpointsEnv, err)
	}
	keepPrivate()
	spareProcessor()
	r := running{log: log, out: out}
	defer r.close()
	if err := r.start(o); err != nil {
		return err
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	store, err := r.open(ctx, cancel, o.data, opts)
	if err != nil {
		return err
	}
	return serveStore(ctx, store, o, r)
}

func logger(level string, out io.Writer) (*slog.Logger, error) {
	var l slog.Level
	if err := l.UnmarshalText([]byte(level)); err != nil {
		return nil, fmt.Errorf("--log-level %q is not debug, info, warn or error (%w)", level, errUsage)
	}
	return slog.New(slog.NewTextHandler(out, &slog.HandlerOptions{Level: l})), nil
}
