package server

import (
	"context"

	"github.com/xadb/xadb/server/lex"
	"github.com/xadb/xadb/server/mysqlerr"
	"github.com/xadb/xadb/server/xa"
)

// runInstance is ALTER INSTANCE RELOAD TLS [FOR CHANNEL mysql_main], by which
// connections to come get the certificate that the files hold now; those that there
// are keep theirs. If the files are no good, all stays as it was.
func (s *session) runInstance(ctx context.Context, c *lex.Cursor) (*Result, error) {
	c.Next()
	c.Next()
	if !c.Accept("RELOAD", "TLS") {
		for !c.AtEnd() {
			c.Next()
		}
		return nil, mysqlerr.New(mysqlerr.NotSupportedYet, "ALTER INSTANCE, but for RELOAD TLS")
	}
	if c.Accept("FOR", "CHANNEL") && !c.Accept("mysql_main") {
		return nil, mysqlerr.New(mysqlerr.NotSupportedYet, "ALTER INSTANCE RELOAD TLS for another channel than mysql_main")
	}
	if c.Accept("NO", "ROLLBACK", "ON", "ERROR") {
		return nil, mysqlerr.New(mysqlerr.NotSupportedYet, "NO ROLLBACK ON ERROR: without a certificate clients would be left without TLS")
	}
	if err := c.End(); err != nil {
		return nil, err
	}
	if err := s.machine.Allow(xa.Boundary); err != nil {
		return nil, err
	}
	if err := s.commit(ctx); err != nil {
		return nil, err
	}
	reload := s.srv.opts.ReloadTLS
	if reload == nil {
		return nil, mysqlerr.New(mysqlerr.TLSSetup, "no TLS is offered; start the server with a certificate")
	}
	if err := reload(); err != nil {
		return nil, mysqlerr.New(mysqlerr.TLSSetup, err)
	}
	return &Result{}, nil
}
