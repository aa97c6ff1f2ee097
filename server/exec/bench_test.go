package exec

import (
	"fmt"
	"testing"

	"github.com/xadb/xadb/binlog"
)

// BenchmarkPoint is one statement on one row of ten thousand, without its
// commit.
func BenchmarkPoint(b *testing.B) {
	s := newServer(b)
	c := s.session("a")
	c.must("create database d")
	c.must("create table t (id int primary key, v int, pad varchar(60))")
	c.open = s.log.BeginWith(mysqlReads)
	for i := range 10_000 {
		c.must("insert into t values (?, ?, 'xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx')", int64(i), int64(i))
	}
	if err := s.log.Commit(bg, c.open); err != nil {
		b.Fatal(err)
	}
	c.open = nil
	for _, sql := range []string{
		"select v from t where id = ?", "update t set v = v + 1 where id = ?", "select sum(v) from t where id between ? and 100",
	} {
		b.Run(sql, func(b *testing.B) {
			stmt, err := s.exec.Parse(sql)
			if err != nil {
				b.Fatal(err)
			}
			b.ReportAllocs()
			for i := range b.N {
				txn := s.log.BeginWith(mysqlReads)
				env := c.env
				env.Txn = Over(txn)
				if _, err := s.exec.Execute(bg, env, stmt, []binlog.Value{int64(i % 10_000)}); err != nil {
					b.Fatal(err)
				}
				if err := s.log.Rollback(txn); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
	b.Run("parse", func(b *testing.B) {
		b.ReportAllocs()
		for i := range b.N {
			if _, err := s.exec.Parse(fmt.Sprintf("select v from t where id = %d", i)); err != nil {
				b.Fatal(err)
			}
		}
	})
}
