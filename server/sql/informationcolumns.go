package sql

import (
	"cmp"
	_ "embed"
	"slices"
	"strconv"
	"strings"
	"sync"

	gms "github.com/dolthub/go-mysql-server/sql"
	"github.com/dolthub/go-mysql-server/sql/plan"
	"github.com/dolthub/go-mysql-server/sql/transform"

	"github.com/xadb/xadb/server/exec"
	"github.com/xadb/xadb/server/types"
)

//go:embed informationcolumns.txt
var informationColumnsFile string

// informationColumns are what clients are told of the columns of information_schema, by the
// names of tables and columns in capitals.
var informationColumns = sync.OnceValue(func() map[string]map[string]toldColumn {
	out := map[string]map[string]toldColumn{}
	for line := range strings.Lines(informationColumnsFile) {
		f := strings.Fields(line)
		if f[0] == "#" {
			continue
		}
		columns := map[string]toldColumn{}
		for at, text := range f[1:] {
			c := informationColumn(f[0], strings.Split(text, ":"))
			columns[strings.ToUpper(c.Name)] = toldColumn{c, at}
		}
		out[f[0]] = columns
	}
	return out
})

// informationNames are the names that MySQL has for the columns of a table of
// information_schema: those of the same letters, or, where all are there, at the same places.
func informationNames(table string, names []string) []string {
	known := informationColumns()[strings.ToUpper(table)]
	out := slices.Clone(names)
	for i, name := range names {
		if c, is := known[strings.ToUpper(name)]; is {
			out[i] = c.Name
		}
	}
	if len(known) == len(names) {
		for _, c := range known {
			out[c.at] = c.Name
		}
	}
	return out
}

// inMySQLsNames is a schema with these names.
func inMySQLsNames(table string, s gms.Schema) gms.Schema {
	var names []string
	for _, c := range s {
		names = append(names, c.Name)
	}
	out := slices.Clone(s)
	for i, name := range informationNames(table, names) {
		if name != out[i].Name {
			named := *out[i]
			named.Name = name
			out[i] = &named
		}
	}
	return out
}

// A toldColumn is a column at its place in its table.
type toldColumn struct {
	exec.Column
	at int
}

func informationColumn(table string, f []string) exec.Column {
	number := func(i, bits int) uint64 {
		n, _ := strconv.ParseUint(f[i], 10, bits) // the file is made so
		return n
	}
	c := exec.Column{
		Name: f[0], OrgName: f[0], DB: infoSchemaName, Table: table, OrgTable: table,
		Type: byte(number(1, 8)), Length: uint32(number(2, 32)), Flags: uint16(number(3, 16)), Decimals: uint8(number(4, 8)),
	}
	if len(f) > 5 {
		db, of, _ := strings.Cut(f[5], ".")
		if c.DB = db; of != "" {
			c.OrgTable = of
		}
	}
	return c
}

const infoSchemaName = "information_schema"

// informationTables are the tables of information_schema in a plan, in capitals, by the names
// that the plan has for them.
func informationTables(node gms.Node) map[string]string {
	out := map[string]string{}
	name := func(n gms.Node) string {
		t, ok := n.(*plan.ResolvedTable)
		if !ok || t.SqlDatabase == nil || !strings.EqualFold(t.SqlDatabase.Name(), infoSchemaName) {
			return ""
		}
		return strings.ToUpper(t.Name())
	}
	transform.Inspect(node, func(n gms.Node) bool {
		switch n := n.(type) {
		case *plan.TableAlias:
			if t := name(n.Child); t != "" {
				out[strings.ToLower(n.Name())] = t
			}
			return false
		default:
			if t := name(n); t != "" {
				out[strings.ToLower(t)] = t
			}
		}
		return true
	})
	return out
}

// tellInformation makes columns that come from information_schema as they are what MySQL
// tells of them.
func tellInformation(node gms.Node, schema gms.Schema, out []column, letters map[string]string) {
	var tables map[string]string
	for i, s := range schema {
		if !strings.EqualFold(s.DatabaseSource, infoSchemaName) {
			continue
		}
		if tables == nil {
			tables = informationTables(node)
		}
		table := tables[strings.ToLower(s.Source)]
		c, ok := informationColumns()[table][strings.ToUpper(s.Name)]
		if !ok {
			continue
		}
		col := &out[i]
		told := &col.Column
		told.DB, told.OrgTable, told.OrgName = c.DB, c.OrgTable, c.OrgName
		told.Table = cmp.Or(letters[strings.ToLower(s.Source)], s.Source)
		told.Flags = told.Flags&^types.FlagNotNull | c.Flags&types.FlagNotNull
		if sameEncoding(col, c.Column) || c.Type == types.WireNull && col.Length == 0 || isMoment(col.Type) && isMoment(c.Type) {
			told.Type, told.Length, told.Flags, told.Decimals = c.Type, c.Length, c.Flags, c.Decimals
		}
	}
}

// isMoment: DATETIME and TIMESTAMP come alike.
func isMoment(t byte) bool { return t == types.WireDateTime || t == types.WireTimestamp }
