package sql

import (
	"fmt"
	"time"

	gms "github.com/dolthub/go-mysql-server/sql"
	"github.com/dolthub/go-mysql-server/sql/expression"
	"github.com/dolthub/go-mysql-server/sql/expression/function"
	gtypes "github.com/dolthub/go-mysql-server/sql/types"

	"github.com/xadb/xadb/server/mysqlerr"
)

// getLock is GET_LOCK(name, timeout) that ends with its statement: the library's
// own waits on when the statement was killed or its client is gone, and asks for
// the lock ten thousand times a second.
type getLock struct {
	expression.BinaryExpressionStub
	ls *gms.LockSubsystem
}

var (
	_ gms.FunctionExpression = (*getLock)(nil)
	_ gms.CollationCoercible = (*getLock)(nil)
)

// lockPause is how long it waits before it asks again.
const lockPause = 5 * time.Millisecond

func newGetLock(ls *gms.LockSubsystem) gms.Function {
	return gms.Function2{Name: "get_lock", Fn: func(name, timeout gms.Expression) gms.Expression {
		return &getLock{expression.BinaryExpressionStub{LeftChild: name, RightChild: timeout}, ls}
	}}
}

// Eval implements gms.Expression. A negative timeout is none.
func (g *getLock) Eval(ctx *gms.Context, row gms.Row) (any, error) {
	v, err := g.RightChild.Eval(ctx, row)
	if v == nil || err != nil {
		return nil, err
	}
	lock, err := g.LeftChild.Eval(ctx, row)
	if err != nil {
		return nil, err
	}
	if lock == nil || lock == "" {
		return nil, mysqlerr.New(mysqlerr.UserLockWrongName, map[bool]string{true: "NULL"}[lock == nil])
	}
	timeout, _, err := gtypes.Int64.Convert(ctx, v)
	if err != nil {
		return nil, err
	}
	once := function.CreateNewGetLock(g.ls)(g.LeftChild, expression.NewLiteral(int64(0), gtypes.Int64))
	seconds := timeout.(int64)
	for begin := time.Now(); ; {
		got, err := once.Eval(ctx, row)
		if got != int8(0) || err != nil || seconds >= 0 && time.Since(begin).Seconds() >= float64(seconds) {
			return got, err
		}
		select {
		case <-ctx.Done():
			return nil, ctx.Err()
		case <-time.After(lockPause):
		}
	}
}

// FunctionName implements gms.FunctionExpression.
func (*getLock) FunctionName() string { return "get_lock" }

// Description implements gms.FunctionExpression.
func (*getLock) Description() string { return "gets a named lock." }

// String implements fmt.Stringer.
func (g *getLock) String() string { return fmt.Sprintf("get_lock(%s, %s)", g.LeftChild, g.RightChild) }

// Type implements gms.Expression.
func (*getLock) Type() gms.Type { return gtypes.Int8 }

// IsNullable implements gms.Expression.
func (*getLock) IsNullable() bool { return true }

// CollationCoercibility implements gms.CollationCoercible.
func (*getLock) CollationCoercibility(*gms.Context) (gms.CollationID, byte) {
	return gms.Collation_binary, 5
}

// WithChildren implements gms.Expression.
func (g *getLock) WithChildren(children ...gms.Expression) (gms.Expression, error) {
	if len(children) != 2 {
		return nil, gms.ErrInvalidChildrenNumber.New(g, len(children), 2)
	}
	return &getLock{expression.BinaryExpressionStub{LeftChild: children[0], RightChild: children[1]}, g.ls}, nil
}
