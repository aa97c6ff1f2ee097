package xadbsql

import (
	"context"
	"database/sql/driver"
	"fmt"
	"net"

	"github.com/go-sql-driver/mysql"

	"github.com/xadb/xadb/server"
)

// NewConnector connects to a server in this process. config is the client's,
// nil for root without a password; where it says to connect to is ignored.
func NewConnector(srv *server.Server, config *mysql.Config) (driver.Connector, error) {
	if config == nil {
		config = mysql.NewConfig()
		config.User = "root"
	}
	own := config.Clone()
	own.Net, own.Addr = "pipe", "xadb"
	own.DialFunc = func(context.Context, string, string) (net.Conn, error) { return srv.Connect() }
	c, err := mysql.NewConnector(own)
	if err != nil {
		return nil, fmt.Errorf("xadbsql: %w", err)
	}
	return c, nil
}
