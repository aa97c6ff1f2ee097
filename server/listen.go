package server

import (
	"context"
	"errors"
	"fmt"
	"net"
	"time"

	"github.com/xadb/xadb/server/mysqlerr"
	"github.com/xadb/xadb/server/wire"
)

// CheckListen refuses what is no address.
func CheckListen(listen string) error {
	if _, _, err := net.SplitHostPort(listen); err != nil {
		return fmt.Errorf("server: listen address %q: %w; write it as host:port, such as %s", listen, err, ListenDefault)
	}
	return nil
}

// Listen begins to listen, for Options.Listener: who opens a store in between
// knows that the address is free, before there is a store. Clients that come
// meanwhile wait.
func Listen(listen string) (net.Listener, error) {
	if err := CheckListen(listen); err != nil {
		return nil, err
	}
	l, err := net.Listen("tcp", listen)
	if err != nil {
		return nil, fmt.Errorf("server: cannot listen on %s: %w; another server may run there: stop it, "+
			"or choose another address with --listen", listen, err)
	}
	return l, nil
}

// Addr is the address that the server listens on; nil with Options.InProcess.
func (srv *Server) Addr() net.Addr {
	if srv.listener == nil {
		return nil
	}
	return srv.listener.Addr()
}

func (srv *Server) closeListener() {
	for _, l := range []net.Listener{srv.listener, srv.maria} {
		if l != nil {
			_ = l.Close() // it may be closed already
		}
	}
}

// Serve accepts clients until ctx ends or Shutdown is called; then it returns
// nil. It does not wait for the connections: Shutdown does. With
// Options.InProcess there is nothing to accept from.
func (srv *Server) Serve(ctx context.Context) error {
	if srv.listener == nil {
		return nil
	}
	defer context.AfterFunc(ctx, srv.closeListener)()
	srv.startWatch()
	if srv.maria == nil {
		return srv.serveListener(ctx, srv.listener, false)
	}
	other := make(chan error, 1)
	go func() {
		defer srv.closeListener()
		other <- srv.serveListener(ctx, srv.maria, true)
	}()
	err := srv.serveListener(ctx, srv.listener, false)
	srv.closeListener()
	return errors.Join(err, <-other)
}

// serveListener accepts the clients of one listener, for whom the server is a
// MariaDB or not.
func (srv *Server) serveListener(ctx context.Context, l net.Listener, mariaDB bool) error {
	for {
		nc, err := l.Accept()
		if err == nil {
			if refused := srv.accept(nc, mariaDB); refused != nil {
				wire.Refuse(nc, refused)
			}
			continue
		}
		if errors.Is(err, net.ErrClosed) {
			return nil
		}
		var temporary net.Error
		if !errors.As(err, &temporary) {
			return fmt.Errorf("server: accept: %w", err)
		}
		srv.log.Warn("cannot accept a connection", "error", err)
		if !srv.pause(ctx, acceptPause) {
			return nil
		}
	}
}

// acceptPause keeps a server that is out of file descriptors from spinning.
const acceptPause = 50 * time.Millisecond

func (srv *Server) pause(ctx context.Context, d time.Duration) bool {
	t := srv.clock.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C():
		return true
	case <-ctx.Done():
	case <-srv.ctx.Done():
	}
	return false
}

// accept starts a connection's goroutine, or says why it does not.
func (srv *Server) accept(nc net.Conn, mariaDB bool) *mysqlerr.Error {
	c := &conn{srv: srv, nc: &meter{nc, &srv.traffic}, since: srv.clock.Now(), mariaDB: mariaDB}
	srv.mu.Lock()
	defer srv.mu.Unlock()
	switch {
	case srv.closing:
		return mysqlerr.New(mysqlerr.ServerShutdown)
	case len(srv.conns) > srv.maxConnections(): // admitOne decides about the last
		srv.traffic.refused.Add(1)
		return mysqlerr.New(mysqlerr.ConCount)
	}
	srv.conns[c] = struct{}{}
	srv.traffic.connected(len(srv.conns))
	srv.wg.Add(1)
	srv.traffic.accepted.Add(1)
	go srv.serve(c)
	return nil
}

// Connect is a connection to the server without a socket, on which the client
// speaks the protocol. Closing it ends the statement that it runs.
func (srv *Server) Connect() (net.Conn, error) {
	client, own := net.Pipe()
	if refused := srv.accept(own, false); refused != nil {
		_ = errors.Join(client.Close(), own.Close()) // nobody has used them
		return nil, fmt.Errorf("server: connect: %w", refused)
	}
	return pipe{client, srv, own}, nil
}

// A pipe is the client's end of a connection without a socket.
type pipe struct {
	net.Conn
	srv *Server
	own net.Conn // the server's end
}

// Close implements net.Conn. A client that goes while its statement runs does
// not want it any more; over a network the server would not hear of that.
func (p pipe) Close() error {
	p.srv.mu.Lock()
	for c := range p.srv.conns {
		if c.nc.(*meter).Conn == p.own {
			c.cancelStatement()
		}
	}
	p.srv.mu.Unlock()
	return p.Conn.Close()
}
