package server

import (
	_ "embed"
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/go-mysql-org/go-mysql/mysql"

	"github.com/xadb/xadb/server/lex"
	"github.com/xadb/xadb/server/types"
	"github.com/xadb/xadb/server/wire"
)

//go:embed showcolumns.tsv
var showColumnsFile string

// openNames are columns' names that go on with a name of the client's.
var openNames = []string{"Tables_in_", "Grants for ", "CREATE USER for "}

// showColumns are the columns of results that no table has, as MySQL describes them, by
// their names.
var showColumns = sync.OnceValue(func() map[string][]wire.Column {
	out := map[string][]wire.Column{}
	for _, block := range strings.Split(showColumnsFile, "\n\n") {
		var list []wire.Column
		status := false
		for _, line := range strings.Split(strings.TrimSpace(block), "\n") {
			if strings.HasPrefix(line, "#") {
				status = line == "# SHOW STATUS"
			} else if line != "" {
				list = append(list, showColumn(strings.Split(line, "\t")))
			}
		}
		if len(list) > 0 {
			out[columnsKey(list, status)] = list
		}
	}
	return out
})

// showColumn is one line of showColumnsFile.
func showColumn(f []string) wire.Column {
	var n [5]uint64
	for i, text := range f[5:] {
		v, err := strconv.ParseUint(text, 10, 32)
		if err != nil {
			panic("server: showcolumns.tsv: " + err.Error())
		}
		n[i] = v
	}
	return wire.Column{
		Name: f[0], OrgName: f[1], DB: f[2], Table: f[3], OrgTable: f[4],
		Type: byte(n[0]), Length: uint32(n[1]), Decimals: byte(n[2]), Charset: uint16(n[3]), Flags: uint16(n[4]),
	}
}

// columnsKey is what showColumns knows a result by. SHOW STATUS and SHOW VARIABLES have
// the same names.
func columnsKey(list []wire.Column, status bool) string {
	var key strings.Builder
	if status {
		key.WriteString("STATUS ")
	}
	for _, c := range list {
		name := c.Name
		for _, open := range openNames {
			if strings.HasPrefix(name, open) {
				name = open
			}
		}
		key.WriteString(strings.ToLower(name) + "\t")
	}
	return key.String()
}

// describeShow gives the columns of a SHOW, or of another statement that reads no table,
// the types and origins that MySQL tells of them. A value keeps the form that it has.
func describeShow(sql string, columns []wire.Column) []wire.Column {
	l := lex.New(sql)
	first := l.Next()
	if first.Is("SELECT") || len(columns) == 0 {
		return columns
	}
	status := false
	for range 2 {
		status = status || l.Next().Is("STATUS")
	}
	like := showColumns()[columnsKey(columns, status && columns[0].Name == "Variable_name")]
	if len(like) != len(columns) {
		return columns
	}
	out := slices.Clone(columns)
	for i := range out {
		out[i] = asMySQL(out[i], like[i])
	}
	return out
}

func asMySQL(c, like wire.Column) wire.Column {
	name := c.Name
	if formOf(c.Type) == formOf(like.Type) {
		c = like
	} else {
		c.DB, c.Table, c.OrgTable, c.OrgName = like.DB, like.Table, like.OrgTable, like.OrgName
		c.Flags = c.Flags&^mysql.NOT_NULL_FLAG | like.Flags&(mysql.NOT_NULL_FLAG|types.FlagNoDefault)
	}
	if c.Name = name; c.OrgName == "=" {
		c.OrgName = name
	}
	return c
}

// formOf tells apart types whose values go to the client in different forms.
func formOf(t byte) byte {
	switch t {
	case mysql.MYSQL_TYPE_TINY, mysql.MYSQL_TYPE_SHORT, mysql.MYSQL_TYPE_INT24, mysql.MYSQL_TYPE_LONG, mysql.MYSQL_TYPE_LONGLONG:
		return mysql.MYSQL_TYPE_LONGLONG
	case mysql.MYSQL_TYPE_VARCHAR, mysql.MYSQL_TYPE_VAR_STRING, mysql.MYSQL_TYPE_STRING, mysql.MYSQL_TYPE_BLOB, mysql.MYSQL_TYPE_TINY_BLOB,
		mysql.MYSQL_TYPE_MEDIUM_BLOB, mysql.MYSQL_TYPE_LONG_BLOB, mysql.MYSQL_TYPE_ENUM, mysql.MYSQL_TYPE_SET:
		return mysql.MYSQL_TYPE_VAR_STRING
	case mysql.MYSQL_TYPE_DATETIME, mysql.MYSQL_TYPE_TIMESTAMP:
		return mysql.MYSQL_TYPE_DATETIME
	}
	return t
}
