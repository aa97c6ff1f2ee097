package server

import (
	"context"
	"io"
	"time"

	"github.com/go-mysql-org/go-mysql/mysql"

	"github.com/xadb/xadb/binlog"
	"github.com/xadb/xadb/server/lex"
	"github.com/xadb/xadb/server/wire"
	"github.com/xadb/xadb/server/xa"
	"github.com/xadb/xadb/tclog"
)

// BackupStatement has a running server send a backup of its store. Its rows are
// pieces of the stream, and the last one, whose data is NULL, says what is in it.
// An answer without that row is not a whole backup.
const BackupStatement = "BACKUP STORE"

// backupPiece bounds the bytes of the stream in one row.
const backupPiece = 256 << 10

var backupColumns = []wire.Column{
	{Name: "data", Type: mysql.MYSQL_TYPE_LONG_BLOB, Charset: charsetBinary, Length: backupPiece, Flags: mysql.BLOB_FLAG | mysql.BINARY_FLAG},
	intColumn("index"), intColumn("commit_number"), textColumn("time"), intColumn("bytes"),
}

// runBackup is BACKUP STORE. It needs no transaction, and does not end one.
func (s *session) runBackup(ctx context.Context, st statement) (*Result, error) {
	c, err := lex.NewCursor(st.sql)
	if err != nil {
		return nil, err
	}
	if err := c.Expect("BACKUP", "STORE"); err != nil {
		return nil, err
	}
	if err := c.End(); err != nil {
		return nil, err
	}
	if err := copiers.Check(s.rights(), s.db); err != nil {
		return nil, err
	}
	if err := s.machine.Allow(xa.Other); err != nil {
		return nil, err
	}
	if err := st.out.Columns(backupColumns); err != nil {
		return nil, err
	}
	w := &rowStream{out: st.out}
	info, err := s.srv.store.Backup(ctx, w, tclog.BackupOptions{})
	if err == nil {
		err = w.flush()
	}
	if err != nil {
		return nil, err
	}
	return &Result{Columns: backupColumns, Rows: [][]binlog.Value{{
		nil, info.Index, info.CommitNo, []byte(info.Time.Format(time.RFC3339Nano)), info.Bytes,
	}}}, nil
}

// A rowStream sends what is written to it as rows.
type rowStream struct {
	out Sink
	buf []byte
}

var _ io.Writer = (*rowStream)(nil)

// Write implements io.Writer.
func (w *rowStream) Write(b []byte) (n int, err error) {
	for len(b) > 0 {
		piece := b[:min(len(b), backupPiece-len(w.buf))]
		w.buf = append(w.buf, piece...)
		n, b = n+len(piece), b[len(piece):]
		if len(w.buf) == backupPiece {
			if err := w.flush(); err != nil {
				return n, err
			}
		}
	}
	return n, nil
}

func (w *rowStream) flush() error {
	if len(w.buf) == 0 {
		return nil
	}
	row := make([]binlog.Value, len(backupColumns))
	row[0] = w.buf
	err := w.out.Row(row)
	w.buf = w.buf[:0]
	return err
}
