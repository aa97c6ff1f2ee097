package server

import (
	"slices"
	"strings"

	"github.com/xadb/xadb/server/auth"
	"github.com/xadb/xadb/server/lex"
	"github.com/xadb/xadb/server/wire"
)

// columnsUnder are the columns that showcolumns.tsv has under a heading.
func columnsUnder(heading string) (out []wire.Column) {
	_, block, _ := strings.Cut(showColumnsFile, "# "+heading+"\n")
	block, _, _ = strings.Cut(block, "\n\n")
	for _, line := range strings.Split(strings.TrimSpace(block), "\n") {
		out = append(out, showColumn(strings.Split(line, "\t")))
	}
	return out
}

// replicaStatus is SHOW REPLICA STATUS of who is none: no row, of columns that programs
// look for. old: by the names of MySQL 8.0, of sources that were called masters.
func replicaStatus(old bool) func(*session, *lex.Cursor, showOptions) (*Result, error) {
	columns := columnsUnder("SHOW REPLICA STATUS")
	if old {
		columns = slices.Clone(columns)
		words := strings.NewReplacer("Get_Source", "Get_master", "Replica_", "Slave_", "Source", "Master")
		for i := range columns {
			columns[i].Name = words.Replace(columns[i].Name)
		}
	}
	return func(_ *session, c *lex.Cursor, _ showOptions) (*Result, error) {
		if c.Accept("FOR", "CHANNEL") {
			if _, err := c.Text(); err != nil {
				return nil, err
			}
		}
		return ended(c, &Result{Columns: columns})
	}
}

// showPrivileges is SHOW PRIVILEGES: those that can be granted here.
func showPrivileges() *Result {
	res := &Result{Columns: textColumns("Privilege", "Context", "Comment")}
	for _, p := range auth.Described() {
		res.Rows = append(res.Rows, textRow(p[0], p[1], p[2]))
	}
	return res
}
