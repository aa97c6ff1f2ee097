package server

import (
	"testing"

	"github.com/xadb/xadb/xid"
)

// Names of branches that are text are text to clients, which put quotes around them
// in XA COMMIT; others are bytes.
func TestRecoverListsText(t *testing.T) {
	for _, tt := range []struct {
		gtrid   string
		convert bool
		charset uint16
	}{
		{"my xid", false, charsetUTF8MB4},
		{"é", false, charsetUTF8MB4},
		{"\xff\x00", false, charsetBinary},
		{"\xff\x00", true, charsetUTF8MB4},
	} {
		x, err := xid.New(1, []byte(tt.gtrid), nil)
		if err != nil {
			t.Fatal(err)
		}
		r := recoverResult([]xid.Prepared{{XID: x}}, tt.convert, "")
		if r.Columns[3].Charset != tt.charset {
			t.Errorf("%q: collation %d, want %d", tt.gtrid, r.Columns[3].Charset, tt.charset)
		}
		if !tt.convert && string(r.Rows[0][3].([]byte)) != tt.gtrid {
			t.Errorf("%q: %q", tt.gtrid, r.Rows[0][3])
		}
	}
}
