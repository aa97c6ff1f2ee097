package main

import (
	"context"
	"database/sql"
	"encoding/hex"
	"fmt"
	"strings"

	"github.com/xadb/xadb/xid"
)

// serverBranches are those of a running server.
type serverBranches struct {
	addr string
	db   *sql.DB
}

func dialBranches(ctx context.Context, f serverFlags) (branches, error) {
	db, err := f.dial(ctx)
	if err != nil {
		return nil, err
	}
	return &serverBranches{f.addr, db}, nil
}

func (b *serverBranches) list(ctx context.Context) (list []xid.Prepared, err error) {
	rows, err := b.db.QueryContext(ctx, "XA RECOVER CONVERT XID")
	if err != nil {
		return nil, fmt.Errorf("asking %s: %w", b.addr, err)
	}
	defer rows.Close()
	for rows.Next() {
		var formatID, gtridLen, bqualLen int64
		var data string
		if err := rows.Scan(&formatID, &gtridLen, &bqualLen, &data); err != nil {
			return nil, fmt.Errorf("reading the answer of %s: %w", b.addr, err)
		}
		x, err := fromRecover(formatID, gtridLen, bqualLen, data)
		if err != nil {
			return nil, fmt.Errorf("reading the answer of %s: %w", b.addr, err)
		}
		list = append(list, xid.Prepared{XID: x})
	}
	return list, rows.Err()
}

// fromRecover is the XID of one row of XA RECOVER CONVERT XID.
func fromRecover(formatID, gtridLen, bqualLen int64, data string) (xid.XID, error) {
	raw, err := hex.DecodeString(strings.TrimPrefix(data, "0x"))
	if err != nil {
		return xid.XID{}, err
	}
	if gtridLen < 0 || bqualLen < 0 || gtridLen+bqualLen != int64(len(raw)) {
		return xid.XID{}, fmt.Errorf("%w: %d and %d bytes in %s", xid.ErrInvalid, gtridLen, bqualLen, data)
	}
	return xid.New(formatID, raw[:gtridLen], raw[gtridLen:])
}

func (b *serverBranches) decide(ctx context.Context, x xid.XID, commit bool) error {
	if err := xid.CheckSQL(x); err != nil {
		return fmt.Errorf("%w; stop the server and use --data", err)
	}
	statement := "XA ROLLBACK "
	if commit {
		statement = "XA COMMIT "
	}
	_, err := b.db.ExecContext(ctx, statement+x.String())
	return err
}

func (b *serverBranches) close() error { return b.db.Close() }

func (b *serverBranches) where() string { return "the server on " + b.addr }

func (b *serverBranches) flag() string { return "--addr " + b.addr }
