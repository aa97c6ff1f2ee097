package server

import (
	"context"
	"errors"
	"strings"

	"github.com/xadb/xadb/engine"
	"github.com/xadb/xadb/server/lex"
	"github.com/xadb/xadb/server/mysqlerr"
	"github.com/xadb/xadb/server/xa"
)

// viewNameMax bounds the name of a read view, in bytes.
const viewNameMax = 64

// runCreateView is CREATE READ VIEW name.
func (s *session) runCreateView(_ context.Context, c *lex.Cursor) (*Result, error) {
	name, err := viewName(c)
	if err != nil {
		return nil, err
	}
	return &Result{}, s.srv.store.CreateView(name)
}

// runDropView is DROP READ VIEW name. Who reads from it goes on.
func (s *session) runDropView(_ context.Context, c *lex.Cursor) (*Result, error) {
	name, err := viewName(c)
	if err != nil {
		return nil, err
	}
	return &Result{}, s.srv.store.ReleaseView(name)
}

func viewName(c *lex.Cursor) (string, error) {
	c.Next()
	if err := c.Expect("READ", "VIEW"); err != nil {
		return "", err
	}
	name, err := c.Name()
	switch {
	case err != nil:
		return "", err
	case name == "" || len(name) > viewNameMax:
		return "", mysqlerr.New(mysqlerr.WrongSpec, name)
	}
	return strings.Clone(name), c.End()
}

// setReadView checks SET xadb_read_view before it is kept.
func (s *session) setReadView(name string) error {
	if s.txn != nil || s.machine.State() != xa.NonExisting {
		return mysqlerr.New(mysqlerr.CantChangeTrx)
	}
	if name == "" {
		return nil
	}
	t := s.srv.store.Begin(s.id, engine.TxnOptions{})
	defer s.drop(t)
	return t.ReadView(name)
}

// inView runs a SELECT with the hint READVIEW(name): in a transaction of its
// own, which does not see what the session's has written.
func (s *session) inView(ctx context.Context, st statement, name string) (*Result, error) {
	if st.stmt.Kind() == Locking {
		return nil, mysqlerr.New(mysqlerr.WrongUsage, "READVIEW", "a locking read")
	}
	if err := s.machine.Allow(xa.Table); err != nil {
		return nil, err
	}
	t, err := s.begin(mode{isolation: repeatableRead, readOnly: true, view: name}, false)
	if err != nil {
		return nil, err
	}
	defer s.drop(t.t)
	return s.executeIn(ctx, t, st)
}

// fromView says what is wrong with a read view.
func fromView(err error) *mysqlerr.Error {
	for _, known := range []struct {
		cause error
		code  uint16
	}{
		{engine.ErrUnknownView, mysqlerr.ReadViewUnknown}, {engine.ErrViewExpired, mysqlerr.ReadViewExpired},
		{engine.ErrViewLost, mysqlerr.ReadViewLost}, {engine.ErrViewExists, mysqlerr.ReadViewExists},
		{engine.ErrTooManyViews, mysqlerr.ReadViewsTooMany},
	} {
		if errors.Is(err, known.cause) {
			text := strings.TrimPrefix(err.Error(), known.cause.Error()+": ")
			return mysqlerr.Wrap(err, known.code, text)
		}
	}
	return nil
}
