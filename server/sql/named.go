package sql

import (
	"cmp"

	gms "github.com/dolthub/go-mysql-server/sql"
	"github.com/dolthub/vitess/go/vt/sqlparser"

	"github.com/xadb/xadb/server/catalog"
	"github.com/xadb/xadb/server/exec"
	"github.com/xadb/xadb/server/mysqlerr"
	"github.com/xadb/xadb/server/sql/spell"
	"github.com/xadb/xadb/server/updatable"
)

// nameAll is a statement whose names mean to the library what they mean.
func (c *call) nameAll(s sqlparser.Statement) (sqlparser.Statement, error) {
	if !c.stmt.named {
		return s, nil
	}
	own := updatable.Copy(s) // the tree is the prepared statement's
	n := &spell.Namer{Warn: c.remark}
	err := n.Statement(own, updatable.NewReader(viewSource{c}, c.env.DB))
	if err != nil && err != spell.ErrUnknownName {
		return nil, err
	}
	if err == nil {
		return own, spell.Out(own)
	}
	own = updatable.Copy(s)
	if err := spell.Out(own); err != nil {
		return nil, cmp.Or(c.wrongName(s), err)
	}
	return own, nil
}

// nameError is what is wrong with a statement's names if the library has not found one.
func (c *call) nameError(s sqlparser.Statement, err error) error {
	if !gms.ErrAmbiguousColumnName.Is(err) && !gms.ErrColumnNotFound.Is(err) && !gms.ErrTableColumnNotFound.Is(err) && !gms.ErrTableNotFound.Is(err) {
		return err
	}
	return cmp.Or(c.wrongName(s), err)
}

// wrongName is what is wrong with a statement's names; nil if nothing is.
func (c *call) wrongName(s sqlparser.Statement) error {
	n := &spell.Namer{Strict: true}
	err := n.Statement(updatable.Copy(s), updatable.NewReader(viewSource{c}, c.env.DB))
	if mysqlerr.Is(err, mysqlerr.BadField) || mysqlerr.Is(err, mysqlerr.NonUniq) {
		return err
	}
	return nil
}

// nameView has the names in the query of a view mean to the library what they mean.
func (c *call) nameView(s sqlparser.Statement, db string) (changed bool, err error) {
	if !spell.HasNames(s) {
		return false, nil
	}
	n := &spell.Namer{}
	if err = n.Statement(s, updatable.NewReader(permanent{viewSource{c}}, db)); err == spell.ErrUnknownName {
		return false, nil
	}
	return n.Changed, err
}

// permanent is what views see: no temporary tables.
type permanent struct{ viewSource }

// Temporary implements updatable.Source.
func (permanent) Temporary(updatable.Name) *catalog.Table { return nil }

// remark warns that a name means two things.
func (c *call) remark(e *mysqlerr.Error) {
	c.s.Warn(&gms.Warning{Level: "Warning", Code: mysqlerr.NonUniq, Message: e.Message})
	c.remarks = append(c.remarks, exec.Diagnostic{Level: "Warning", Code: mysqlerr.NonUniq, Message: e.Message})
}
