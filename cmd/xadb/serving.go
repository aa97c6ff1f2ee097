package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"os"
	"os/signal"
	"runtime"
	"syscall"
	"time"

	"github.com/xadb/xadb/server"
	"github.com/xadb/xadb/server/status"
	"github.com/xadb/xadb/tclog"
)

// shutdownMax is how long statements that run may take to finish after the
// first signal; then they are cancelled.
const shutdownMax = 10 * time.Second

// spareProcessor lets one goroutine more run than there are processors, unless
// the environment says how many. One that syncs a log keeps its place in the
// scheduler for some 20 µs and more, and groups of commits are synced all the time.
func spareProcessor() {
	if os.Getenv("GOMAXPROCS") == "" {
		runtime.GOMAXPROCS(runtime.GOMAXPROCS(0) + 1)
	}
}

// running is what a server talks to, from before its store is open.
type running struct {
	listener net.Listener
	maria    net.Listener // or nil
	log      *slog.Logger
	slow     *slog.Logger   // or nil
	pages    *status.Server // or nil
	out      io.Writer
	signals  chan os.Signal

	rootPassword string
	slowFile     io.Closer
}

// start does all that can be refused before there is a store.
func (r *running) start(o serveFlags) (err error) {
	if o.rootPasswordFile != "" {
		if r.rootPassword, err = readPasswordFile(o.rootPasswordFile); err != nil {
			return fmt.Errorf("--init-root-password-file: %w", err)
		}
	}
	if r.listener, err = server.Listen(o.listen); err != nil {
		return err
	}
	if o.listenMariaDB != "" {
		if r.maria, err = server.Listen(o.listenMariaDB); err != nil {
			return err
		}
	}
	if r.slow, r.slowFile, err = o.seeing.openSlowLog(); err != nil {
		return err
	}
	if r.pages, err = o.seeing.startStatus(r.log); err != nil {
		return err
	}
	r.signals = make(chan os.Signal, 2) // both that count
	signal.Notify(r.signals, syscall.SIGTERM, syscall.SIGINT)
	return nil
}

// close ends what start began. The server has closed the listeners already, if
// there came to be one.
func (r *running) close() {
	if r.signals != nil {
		signal.Stop(r.signals)
	}
	r.pages.Close()
	if r.slowFile != nil {
		_ = r.slowFile.Close() // of a log
	}
	for _, l := range []net.Listener{r.maria, r.listener} {
		if l != nil {
			_ = l.Close() // nobody is served any more
		}
	}
}

// open opens the store, unless a signal comes first.
func (r *running) open(ctx context.Context, cancel context.CancelFunc, data string, opts tclog.Options) (store *tclog.Log, err error) {
	opts.Engine.Events.RecoveryProgress = r.pages.Recovering
	opened := make(chan error, 1)
	go func() {
		var err error
		store, err = tclog.Open(ctx, data, opts)
		opened <- err
	}()
	select {
	case err = <-opened:
	case s := <-r.signals:
		cancel() // the next start recovers
		if err = <-opened; err == nil {
			store.Abandon()
		}
		return nil, fmt.Errorf("stopped by %v before the store was open", s)
	}
	if err != nil {
		return nil, fmt.Errorf("cannot open the store in %s: %w", data, err)
	}
	return store, nil
}

// serveStore accepts clients until a signal, a client or ctx ends it.
func serveStore(ctx context.Context, store *tclog.Log, o serveFlags, r running) error {
	if err := server.Purge(ctx, store); err != nil { // it costs room only
		r.log.Warn("rows of dropped tables are left", "err", err)
	}
	cert, err := offerTLS(o, r.log)
	if err != nil {
		return errors.Join(err, store.Close(ctx))
	}
	asked := make(chan struct{}, 1) // by a client
	opts := server.Options{
		OnShutdown: func() {
			select {
			case asked <- struct{}{}:
			default:
			}
		},
		Store: server.NewStore(store), Executor: server.NewExecutor(store), Listen: o.listen, Listener: r.listener, MariaDBListener: r.maria, Version: version(),
		DataDir: o.data, Logger: r.log, SlowLog: r.slow, RequireSecure: o.requireSecure, MaxConnections: o.maxConnections,
		RootPassword: r.rootPassword, Variables: o.variables,
	}
	cert.set(&opts)
	srv, err := server.New(opts)
	if err != nil {
		return errors.Join(err, store.Close(ctx))
	}
	r.pages.Serving(store, srv)
	served := make(chan error, 1)
	go func() { served <- srv.Serve(ctx) }()
	fmt.Fprintf(r.out, "xadb: ready on %s\n", srv.Addr())

	select {
	case err = <-served:
	case s := <-r.signals:
		r.log.Info("finishing what runs", "signal", s.String())
	case <-asked:
		r.log.Info("finishing what runs")
	}
	r.pages.Stopping()
	closed := make(chan error, 1)
	go func() { closed <- errors.Join(err, closeAll(srv, store)) }()
	select {
	case err = <-closed:
		return err
	case s := <-r.signals:
		return fmt.Errorf("ended at once by a second signal (%v); the next start recovers the store", s)
	}
}

// closeAll ends the connections, then the store.
func closeAll(srv *server.Server, store *tclog.Log) error {
	ctx, cancel := context.WithTimeout(context.Background(), shutdownMax)
	defer cancel()
	if err := srv.Shutdown(ctx); err != nil {
		err = fmt.Errorf("statements still ran after %v and were cancelled: %w", shutdownMax, err)
		return errors.Join(err, store.Close(context.Background()))
	}
	return store.Close(context.Background())
}
