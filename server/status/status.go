// Package status is how an operator sees into a running server over HTTP, from
// before the recovery of its store until after its end.
//
//	GET /           a page for people
//	GET /metrics    Prometheus' text format; names begin with xadb_
//	GET /healthz    200: the process lives
//	GET /readyz     200: clients are served; else 503 and why, as JSON
//	GET /debug/pprof/   profiles of the process, with Options.Profiles
//
// # What holds
//
//   - Z1: it changes nothing and asks for no password, so it listens on
//     loopback only, and answers GET and HEAD only. It shows no statements, no
//     rows and no keys; it does show the names of prepared branches.
//   - Z2: one page is made at a time, and each request has its limits of time
//     and size: who asks too often slows down himself.
//   - Z3: Close returns when its goroutines have ended.
//
// What it shows it reads when asked: between two requests it costs nothing.
package status

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/http/pprof"
	"sync"
	"sync/atomic"
	"time"

	"github.com/xadb/xadb/engine"
	"github.com/xadb/xadb/internal/clock"
	"github.com/xadb/xadb/server"
	"github.com/xadb/xadb/tclog"
)

// ListenDefault is where a status server listens unless told otherwise.
const ListenDefault = "127.0.0.1:3367"

// Limits of one request; a profile takes up to writeTimeout.
const (
	readTimeout  = 5 * time.Second
	writeTimeout = 60 * time.Second
	idleTimeout  = 60 * time.Second
	headerMax    = 8 << 10
	// closeMax is how long Close lets a page that is being sent go on.
	closeMax = time.Second
)

// Options configure a Server.
type Options struct {
	Listen   string       // host:port; default ListenDefault; loopback only
	Version  string       // xadb's own version; default "dev"
	Logger   *slog.Logger // default: discarded
	Clock    clock.Clock  // default: clock.Real
	Profiles bool         // serve /debug/pprof/
}

// A Server answers over HTTP. Make one with New. A nil one is switched off: its
// Recovering, Serving, Stopping and Close do nothing.
type Server struct {
	opts     Options
	started  time.Time
	listener net.Listener
	http     http.Server
	gone     chan struct{} // closed when serving has ended

	recovering atomic.Pointer[engine.RecoveryInfo]
	store      atomic.Pointer[tclog.Log]
	front      atomic.Pointer[server.Server]
	stopping   atomic.Bool

	making sync.Mutex // held while a page is made (Z2)
}

// New listens and serves; the store is not there yet.
func New(o Options) (*Server, error) {
	if o.Listen == "" {
		o.Listen = ListenDefault
	}
	if o.Version == "" {
		o.Version = "dev"
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	if o.Clock == nil {
		o.Clock = clock.Real
	}
	if err := CheckListen(o.Listen); err != nil {
		return nil, err
	}
	l, err := net.Listen("tcp", o.Listen)
	if err != nil {
		return nil, fmt.Errorf("status: cannot listen on %s: %w; choose another address with --status, or none with --status \"\"", o.Listen, err)
	}
	s := &Server{opts: o, started: o.Clock.Now(), listener: l, gone: make(chan struct{})}
	s.http = http.Server{
		Handler: s.routes(), ReadTimeout: readTimeout, ReadHeaderTimeout: readTimeout, WriteTimeout: writeTimeout,
		IdleTimeout: idleTimeout, MaxHeaderBytes: headerMax, ErrorLog: slog.NewLogLogger(o.Logger.Handler(), slog.LevelDebug),
	}
	go func() {
		defer close(s.gone)
		if err := s.http.Serve(l); !errors.Is(err, http.ErrServerClosed) {
			o.Logger.Error("status: pages are no longer served", "error", err)
		}
	}()
	return s, nil
}

// CheckListen refuses an address that New would refuse: there is no password,
// so only loopback will do.
func CheckListen(listen string) error {
	host, _, err := net.SplitHostPort(listen)
	if err != nil {
		return fmt.Errorf("status: listen address %q: %w; write it as host:port, such as %s", listen, err, ListenDefault)
	}
	if ip := net.ParseIP(host); host == "localhost" || ip != nil && ip.IsLoopback() {
		return nil
	}
	return fmt.Errorf("status: refusing to listen on %s: other machines could look in, because there is no password. "+
		"Listen on %s, and let other machines in through an SSH tunnel or a proxy on this one", listen, ListenDefault)
}

// Addr is the address that the server listens on.
func (s *Server) Addr() net.Addr { return s.listener.Addr() }

// Recovering tells how far the store is with its recovery.
func (s *Server) Recovering(info engine.RecoveryInfo) {
	if s != nil {
		s.recovering.Store(&info)
	}
}

// Serving tells that clients are served now.
func (s *Server) Serving(store *tclog.Log, front *server.Server) {
	if s != nil {
		s.front.Store(front)
		s.store.Store(store)
	}
}

// Stopping tells that clients are no longer served.
func (s *Server) Stopping() {
	if s != nil {
		s.stopping.Store(true)
	}
}

// Close ends the server: pages that are being sent may take another second.
func (s *Server) Close() {
	if s == nil {
		return
	}
	ctx, cancel := context.WithTimeout(context.Background(), closeMax)
	defer cancel()
	if s.http.Shutdown(ctx) != nil {
		_ = s.http.Close() // whoever still reads has had his time
	}
	<-s.gone
}

func (s *Server) routes() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /{$}", s.console)
	mux.HandleFunc("GET /metrics", s.metrics)
	mux.HandleFunc("GET /healthz", s.health)
	mux.HandleFunc("GET /readyz", s.ready)
	if s.opts.Profiles {
		mux.HandleFunc("GET /debug/pprof/", pprof.Index)
		mux.HandleFunc("GET /debug/pprof/profile", pprof.Profile)
		mux.HandleFunc("GET /debug/pprof/trace", pprof.Trace)
		mux.HandleFunc("GET /debug/pprof/symbol", pprof.Symbol)
	}
	return mux
}
