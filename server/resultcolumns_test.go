package server

import (
	"fmt"
	"strings"
	"testing"

	"github.com/cockroachdb/datadriven"
	"github.com/cockroachdb/pebble/v2/vfs"
	"github.com/go-mysql-org/go-mysql/client"
	"github.com/go-mysql-org/go-mysql/mysql"
)

// What testdata/told/columns says of results, MySQL 9 has told a client: for each column
// its name, its origin, and its type with length, decimals, collation and flags. A
// prepared statement says the same; where it does not, that stands behind it.
func TestResultColumns(t *testing.T) {
	srv := startSQL(t, openLog(t, vfs.NewMem()))
	conn, err := client.Connect(srv.Addr().String(), "root", "", "")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close() }()
	datadriven.RunTest(t, "testdata/told/columns", func(t *testing.T, d *datadriven.TestData) string {
		var out strings.Builder
		for _, query := range strings.Split(d.Input, "\n") {
			r, err := conn.Execute(query)
			switch {
			case err != nil:
				fmt.Fprintln(&out, err)
				continue
			case r.Resultset == nil || len(r.Fields) == 0:
				continue
			}
			text := fieldsText(r.Fields)
			out.WriteString(text)
			if prepared := preparedFields(t, conn, query); prepared != text {
				out.WriteString("prepared: " + prepared)
			}
		}
		return out.String()
	})
}

func preparedFields(t *testing.T, conn *client.Conn, query string) string {
	stmt, err := conn.Prepare(query)
	if err != nil {
		t.Fatalf("%s: %v", query, err)
	}
	defer func() { _ = stmt.Close() }()
	r, err := stmt.Execute()
	if err != nil {
		t.Fatalf("%s: %v", query, err)
	}
	return fieldsText(r.Fields)
}

func fieldsText(fields []*mysql.Field) string {
	var out strings.Builder
	for _, f := range fields {
		origin := strings.Trim(fmt.Sprintf("%s.%s<%s.%s", f.Schema, f.Table, f.OrgTable, f.OrgName), ".<")
		fmt.Fprintf(&out, "%s [%s] %d(%d,%d) %d %#x\n", f.Name, origin, f.Type, f.ColumnLength, f.Decimal, f.Charset, f.Flag)
	}
	return out.String()
}
