package sql

import (
	"cmp"
	"slices"

	"github.com/xadb/xadb/server/auth"
	"github.com/xadb/xadb/server/catalog"
	"github.com/xadb/xadb/server/exec"
	"github.com/xadb/xadb/server/mysqlerr"
)

// ends refuses a view that is a table of its own, as it may be after a table has got another
// name: the library would bind it for ever. within are the views that it is a table of.
func (c *call) ends(db string, v catalog.View, within []tableID) error {
	id := tableID{db, v.Name}
	if slices.Contains(within, id) {
		return mysqlerr.New(mysqlerr.ViewRecursive, within[0].db, within[0].name)
	}
	if c.ending[id] {
		return nil
	}
	within = append(slices.Clone(within), id)
	list, err := namedBy(db, v)
	if err == nil {
		err = c.eachView(list, func(db string, v catalog.View) error { return c.ends(db, v, within) })
	}
	if err == nil {
		if c.ending == nil {
			c.ending = map[tableID]bool{}
		}
		c.ending[id] = true
	}
	return err
}

// withoutItself refuses a new view that would be a table of its own. The one that it takes the
// place of is not there any more, says MySQL.
func (c *call) withoutItself(db string, v catalog.View) error {
	own := tableID{db, v.Name}
	var look func(db string, v catalog.View) error
	look = func(db string, v catalog.View) error {
		list, err := namedBy(db, v)
		if err == nil && slices.Contains(list, own) {
			err = mysqlerr.New(mysqlerr.NoSuchTable, own.db, own.name)
		}
		if err != nil {
			return err
		}
		return c.eachView(list, look)
	}
	return look(db, v)
}

// eachView calls f with those tables that are views.
func (c *call) eachView(list []tableID, f func(db string, v catalog.View) error) error {
	for _, id := range list {
		v, is, err := c.catalog().View(c.env.Txn, id.db, id.name)
		if err == nil && is {
			err = f(id.db, v)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// namedBy is what a view's query names. db is that of names without one.
func namedBy(db string, v catalog.View) (list []tableID, err error) {
	tree, err := exec.ParseTree(v.Query)
	if err != nil {
		return nil, err
	}
	for _, need := range tree.Needs.List() {
		if need.Level == auth.AtTable {
			list = append(list, tableID{cmp.Or(need.DB, db), need.Table})
		}
	}
	return list, nil
}
