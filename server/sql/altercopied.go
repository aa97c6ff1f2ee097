package sql

import (
	"fmt"

	"github.com/xadb/xadb/server/exec"
)

// tellCopied tells how many rows an ALTER TABLE has copied, which follows from what it asks
// for, whatever is done here: none where MySQL changes a table in place. It is refused if
// the statement says a way in which MySQL does not do it.
func (a *alteration) tellCopied(r *exec.Result) error {
	t, err := a.open()
	if err != nil {
		return err
	}
	change := exec.ChangeOf(a.env, a.stmt.tree, a.old, t, a.list)
	if err := change.Refuse(); err != nil && !a.private {
		return err
	}
	if a.private || change.Copies() {
		r.AffectedRows, err = exec.CountRows(a.ctx, a.env.Txn, t)
	}
	if a.private || !change.OnlyNames() {
		r.Info = told(r)
	}
	return err
}

// told is what the answer says of rows and warnings.
func told(r *exec.Result) string {
	return fmt.Sprintf("Records: %d  Duplicates: 0  Warnings: %d", r.AffectedRows, r.Warnings)
}
