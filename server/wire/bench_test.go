package wire

import (
	"io"
	"net"
	"testing"
	"time"

	"github.com/go-mysql-org/go-mysql/mysql"

	"github.com/xadb/xadb/binlog"
)

// A sinkhole is a connection without a network: the same bytes come again and
// again, what is written is gone.
type sinkhole struct {
	net.Conn
	in   []byte
	rest []byte
}

func (s *sinkhole) Read(p []byte) (int, error) {
	if len(s.rest) == 0 {
		s.rest = s.in
	}
	n := copy(p, s.rest)
	s.rest = s.rest[n:]
	return n, nil
}

func (*sinkhole) Write(p []byte) (int, error)      { return io.Discard.Write(p) }
func (*sinkhole) SetReadDeadline(time.Time) error  { return nil }
func (*sinkhole) SetWriteDeadline(time.Time) error { return nil }

// One command in, one row of three columns out.
func BenchmarkRoundTrip(b *testing.B) {
	row := []binlog.Value{int64(42), []byte("some text"), binlog.DateTime{Year: 2024, Month: 2, Day: 29, Hour: 12, Second: 7}}
	columns := []Column{
		{Name: "id", Type: mysql.MYSQL_TYPE_LONG}, {Name: "v", Type: mysql.MYSQL_TYPE_VAR_STRING},
		{Name: "at", Type: mysql.MYSQL_TYPE_DATETIME},
	}
	for name, write := range map[string]func(*Conn, []Column, []binlog.Value) error{
		"text": (*Conn).WriteTextRow, "binary": (*Conn).WriteBinaryRow,
	} {
		b.Run(name, func(b *testing.B) {
			c := newConn(&sinkhole{in: []byte{9, 0, 0, 0, 3, 'S', 'E', 'L', 'E', 'C', 'T', ' ', '1'}}, Options{}.withDefaults())
			b.ReportAllocs()
			for b.Loop() {
				if _, err := c.ReadCommand(always); err != nil {
					b.Fatal(err)
				}
				if err := c.WriteColumns(columns, 0); err != nil {
					b.Fatal(err)
				}
				if err := write(c, columns, row); err != nil {
					b.Fatal(err)
				}
				if err := c.WriteEOF(0, 0); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// A thousand rows of one result.
func BenchmarkRows(b *testing.B) {
	row := []binlog.Value{int64(42), []byte("some text"), nil, 1.5}
	columns := []Column{
		{Type: mysql.MYSQL_TYPE_LONG}, {Type: mysql.MYSQL_TYPE_VAR_STRING}, {Type: mysql.MYSQL_TYPE_LONG},
		{Type: mysql.MYSQL_TYPE_DOUBLE, Decimals: decimalsAny},
	}
	for name, caps := range map[string]uint32{"plain": 0, "compressed": mysql.CLIENT_COMPRESS} {
		b.Run(name, func(b *testing.B) {
			c := newConn(&sinkhole{}, Options{}.withDefaults())
			if caps != 0 {
				c.compress(zlibPacking{})
			}
			b.ReportAllocs()
			for b.Loop() {
				for range 1000 {
					if err := c.WriteTextRow(columns, row); err != nil {
						b.Fatal(err)
					}
				}
				if err := c.Flush(); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
