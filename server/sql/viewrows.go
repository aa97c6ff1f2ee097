package sql

import (
	gms "github.com/dolthub/go-mysql-server/sql"

	"github.com/xadb/xadb/server/auth"
	"github.com/xadb/xadb/server/updatable"
)

// viewRows are the rows of VIEWS: of all that the client may see, whether or not it could
// read them. A view whose tables are gone takes no changes. What a view reads is told to
// those who may SHOW it.
func viewRows(ctx *gms.Context) (gms.RowIter, error) {
	c := callOf(ctx)
	var rows []gms.Row
	for _, db := range (provider{c.Engine}).AllDatabases(ctx) {
		d, is := db.(*database)
		if !is {
			continue
		}
		list, err := c.catalog().Views(c.env.Txn, d.def.Name)
		if err != nil {
			return nil, err
		}
		for _, v := range list {
			if !c.env.Rights.SeesTable(d.def.Name, v.Name) {
				continue
			}
			query, changes, security := v.Query, "NO", "DEFINER"
			if c.env.Rights.OnTable(d.def.Name, v.Name)&auth.ShowView == 0 {
				query = ""
			}
			look, _ := updatable.At(permanent{viewSource{c}}, d.def.Name, v) // of a view that is not valid: NO
			if look.Updatable {
				changes = "YES"
			}
			if v.Invoker {
				security = "INVOKER"
			}
			client, connection := v.Written.Names()
			rows = append(rows, gms.Row{
				"def", d.def.Name, v.Name, query, look.Check, changes, v.Definer.User + "@" + v.Definer.Host, security,
				client, connection,
			})
		}
	}
	return gms.RowsToRowIter(rows...), c.failed
}
