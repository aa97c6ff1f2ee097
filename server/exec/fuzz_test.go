package exec

import (
	"errors"
	"testing"

	"github.com/xadb/xadb/binlog"
	"github.com/xadb/xadb/server/mysqlerr"
)

// FuzzStatement parses and runs any text: an answer or an error of MySQL's,
// never a panic. What failed has left nothing behind.
func FuzzStatement(f *testing.F) {
	for _, sql := range differentialScript {
		f.Add(sql)
	}
	for _, sql := range []string{
		"select ? from t where id = ?", "select * from t for share;", "/*!40101 select 1 */", "select 'a' 'b'", "\x00", "(((",
		"select * from t where id = x'ff' or id = b'1'", "insert into t values (0x, 1)", "select -x'41', not x'', +'a'",
		"select * from t where s between '2020' and now(6) order by 1, 2 desc limit 1, 1", "select :v1, :v9999999999", "show create table t",
		"select binary 'a' = 'A' collate utf8mb4_bin, _utf8mb4'x', 1e400, .5, 5., 1e-400", "select sum(id), min(s) + 1 from t having 1",
	} {
		f.Add(sql)
	}
	s := newServer(f)
	c := s.session("a")
	c.must("create database d")
	c.must("create table t (id int primary key, s varchar(5), n decimal(5,2), d datetime)")
	c.must("insert into t values (1, 'a', 1.5, '2024-01-01'), (2, null, null, null)")
	f.Fuzz(func(t *testing.T, sql string) {
		stmt, err := s.exec.Parse(sql)
		if err != nil {
			var e *mysqlerr.Error
			if !errors.As(err, &e) {
				t.Fatalf("an error without a number: %v", err)
			}
			return
		}
		txn := s.log.BeginWith(mysqlReads)
		defer func() { _ = s.log.Rollback(txn) }()
		env := c.env
		env.Txn = Over(txn)
		_, err = s.exec.Execute(bg, env, stmt, make([]binlog.Value, stmt.NumParams))
		var e *mysqlerr.Error
		if err != nil && !errors.As(err, &e) {
			t.Fatalf("%q: an error without a number: %v", sql, err)
		}
		if err != nil && txn.HasWrites() {
			t.Fatalf("%q failed and left writes: %v", sql, err)
		}
	})
}
