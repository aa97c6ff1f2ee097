package peers

import (
	"testing"
	"time"
)

// SQLAlchemy's own suite for the makers of dialects: what it knows of MySQL holds here.
// Left out is what fails on MySQL 9.7 too: rows that refer to their own table, which the
// suite cannot delete between two tests, dates that a driver without types makes texts,
// and the digits of a FLOAT.
func TestSQLAlchemySuite(t *testing.T) {
	const packages = "/usr/lib/python3/dist-packages/"
	if !need(t, "/usr/bin/python3", packages+"sqlalchemy/__init__.py", packages+"pymysql/__init__.py", packages+"pytest/__init__.py") {
		return
	}
	addr := serve(t).Addr
	mustExec(t, dial(t, addr, ""), "CREATE DATABASE test", "CREATE DATABASE test_schema", "CREATE DATABASE test_schema_2")
	out, err := runFor(t, 2*time.Minute, "env", "-C", "testdata/alchemysuite", "/usr/bin/python3", "-B", "-W", "ignore", "-m", "pytest",
		"--dburi", "mysql+pymysql://root@"+addr+"/test?charset=utf8mb4",
		"-k", "not CTETest and not JoinTest and not RowFetchTest and not select_direct and not float_custom_scale")
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
}
