package xadbsql

import (
	"context"
	"crypto/rand"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"log/slog"
	"sync"

	"github.com/cockroachdb/pebble/v2/vfs"

	"github.com/xadb/xadb/engine"
	"github.com/xadb/xadb/internal/clock"
	"github.com/xadb/xadb/server"
	"github.com/xadb/xadb/tclog"
)

func init() { sql.Register("xadb", Driver{}) }

// A Driver opens stores. It is registered as "xadb".
type Driver struct{}

// OpenConnector implements driver.DriverContext.
func (Driver) OpenConnector(name string) (driver.Connector, error) {
	s, err := parse(name)
	if err != nil {
		return nil, err
	}
	return &opener{source: s}, nil
}

// Open implements driver.Driver. database/sql calls OpenConnector: a connection
// alone would leave the store open.
func (Driver) Open(string) (driver.Conn, error) {
	return nil, errors.New("xadbsql: a connection needs sql.Open, which closes the store again")
}

// An opener is a Connector that opens the store with its first connection, and
// closes it when the sql.DB is closed.
type opener struct {
	source source

	mu     sync.Mutex // guards what follows; held while the store is opened
	closed bool
	store  *tclog.Log
	srv    *server.Server
	to     driver.Connector
}

// Driver implements driver.Connector.
func (*opener) Driver() driver.Driver { return Driver{} }

// Connect implements driver.Connector.
func (o *opener) Connect(ctx context.Context) (driver.Conn, error) {
	to, err := o.connector(ctx)
	if err != nil {
		return nil, err
	}
	return to.Connect(ctx)
}

func (o *opener) connector(ctx context.Context) (driver.Connector, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	switch {
	case o.closed:
		return nil, fmt.Errorf("xadbsql: the store in %s was closed with its sql.DB", o.source.dir)
	case o.to != nil:
		return o.to, nil
	}
	return o.to, o.open(ctx)
}

// open opens the store and a server over it.
func (o *opener) open(ctx context.Context) (err error) {
	o.store, err = tclog.Open(ctx, o.source.dir, tclog.Options{
		Engine: engine.Options{
			FS: vfs.Default, Clock: clock.Real, Rand: rand.Reader, Logger: slog.New(slog.DiscardHandler),
		},
		ServerID: 1, Binlog: o.source.binlog,
	})
	if err != nil {
		return fmt.Errorf("xadbsql: open the store in %s: %w", o.source.dir, err)
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, o.store.Close(ctx))
			o.store = nil
		}
	}()
	if err := server.Purge(ctx, o.store); err != nil {
		return fmt.Errorf("xadbsql: remove what dropped tables have left in %s: %w", o.source.dir, err)
	}
	o.srv, err = server.New(server.Options{
		Store: server.NewStore(o.store), Executor: server.NewExecutor(o.store), DataDir: o.source.dir, InProcess: true,
	})
	if err != nil {
		return fmt.Errorf("xadbsql: %w", err)
	}
	if o.to, err = NewConnector(o.srv, o.source.client); err != nil {
		return errors.Join(err, o.srv.Shutdown(ctx))
	}
	return nil
}

// Close ends the server and closes the store. database/sql calls it in
// sql.DB.Close, when no connection is left.
func (o *opener) Close() error {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.closed = true; o.store == nil {
		return nil
	}
	ctx := context.Background()
	err := errors.Join(o.srv.Shutdown(ctx), o.store.Close(ctx))
	o.store, o.srv, o.to = nil, nil, nil
	return err
}
