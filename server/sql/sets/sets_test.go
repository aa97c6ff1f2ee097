package sets

import (
	"testing"

	gms "github.com/dolthub/go-mysql-server/sql"

	"github.com/xadb/xadb/server/types"
)

// The library of this version has the tables that are completed: it answers with what was
// put there, and knows each set and collation by our number.
func TestCompleted(t *testing.T) {
	for _, cs := range types.Charsets() {
		set, err := gms.ParseCharacterSet(string(cs))
		if err != nil || set.Encoder() == nil {
			t.Errorf("%s: %v, no encoder", cs, err)
			continue
		}
		if own, ok := set.Encoder().(encoder); cs.Recodes() && (!ok || own.set != cs) {
			t.Errorf("%s: the encoder is %T", cs, set.Encoder())
		}
	}
	for _, c := range types.Collations() {
		id := gms.CollationID(c)
		if id.Name() != c.Name() || id.Sorter() == nil || id.CharacterSet().Name() != string(c.Charset()) {
			t.Errorf("%s: the library has %s of %s", c.Name(), id.Name(), id.CharacterSet().Name())
		}
	}
}

func TestEncoder(t *testing.T) {
	e := encoder{"latin2"}
	if b, ok := e.Encode([]byte("čŕ?日")); string(b) != "\xe8\xe0??" || !ok {
		t.Errorf("%x", b)
	}
	if s, ok := e.Decode([]byte("\xe8\xe0")); string(s) != "čŕ" || !ok {
		t.Errorf("%q", s)
	}
	if up, low := e.Uppercase("čŕß"), e.Lowercase("ČŔ"); up != "ČŔß" || low != "čŕ" {
		t.Errorf("%q, %q", up, low)
	}
	if _, ok := (encoder{"gbk"}).Decode([]byte("\xff")); ok {
		t.Error("no code is read")
	}
}
