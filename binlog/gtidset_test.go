package binlog

import (
	"errors"
	"testing"

	"github.com/go-mysql-org/go-mysql/mysql"
	"pgregory.net/rapid"
)

// TestGTIDSetModel runs a set beside a map.
func TestGTIDSetModel(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		uuids := []UUID{testUUID, otherUUID, {}}
		var s GTIDSet
		model := map[GTID]bool{}
		for range rapid.IntRange(0, 40).Draw(t, "steps") {
			u := rapid.SampledFrom(uuids).Draw(t, "uuid")
			first := rapid.Int64Range(-1, 40).Draw(t, "first")
			last := first + rapid.Int64Range(-1, 5).Draw(t, "more")
			s.AddRange(u, first, last)
			if first >= 1 {
				for n := first; n <= last; n++ {
					model[GTID{u, n}] = true
				}
			}
		}
		for _, u := range uuids {
			most := int64(0)
			for n := int64(-1); n < 50; n++ {
				if s.Contains(GTID{u, n}) != model[GTID{u, n}] {
					t.Fatalf("%v contains %v: %t", s, GTID{u, n}, !model[GTID{u, n}])
				}
				if model[GTID{u, n}] {
					most = n
				}
			}
			if s.Last(u) != most {
				t.Fatalf("last of %v is %d, want %d", s, s.Last(u), most)
			}
		}
		checkGTIDForms(t, s)
		c := s.Clone()
		c.Add(GTID{otherUUID, 1000})
		if s.Contains(GTID{otherUUID, 1000}) || c.Equal(s) || !c.ContainsSet(s) || s.ContainsSet(c) {
			t.Fatalf("clone: %v of %v", c, s)
		}
		var less GTIDSet
		for range rapid.IntRange(0, 10).Draw(t, "less") {
			first := rapid.Int64Range(1, 40).Draw(t, "from")
			less.AddRange(rapid.SampledFrom(uuids).Draw(t, "of"), first, first+rapid.Int64Range(0, 9).Draw(t, "length"))
		}
		var rest GTIDSet
		for g := range model {
			if !less.Contains(g) {
				rest.Add(g)
			}
		}
		difference := s.Clone()
		if difference.Subtract(less); !difference.Equal(rest) {
			t.Fatalf("%v without %v is %v, want %v", s, less, difference, rest)
		}
		var union GTIDSet
		union.AddSet(s)
		if union.AddSet(c); !union.Equal(c) {
			t.Fatalf("union %v, want %v", union, c)
		}
	})
}

// checkGTIDForms sends a set through its text and its bytes, and through
// go-mysql's.
func checkGTIDForms(t *rapid.T, s GTIDSet) {
	parsed, err := ParseGTIDSet(s.String())
	if err != nil || !parsed.Equal(s) {
		t.Fatalf("text of %v: %v, %v", s, parsed, err)
	}
	var decoded GTIDSet
	if err := decoded.Decode(s.Encode(nil)); err != nil || !decoded.Equal(s) {
		t.Fatalf("bytes of %v: %v, %v", s, decoded, err)
	}
	theirs, err := mysql.ParseMysqlGTIDSet(s.String())
	if err != nil || theirs.String() != s.String() {
		t.Fatalf("go-mysql reads %v as %v, %v", s, theirs, err)
	}
	if enc := theirs.Encode(); string(enc) != string(s.Encode(nil)) {
		t.Fatalf("go-mysql encodes %v as % x, we as % x", s, enc, s.Encode(nil))
	}
}

func TestParseGTIDSet(t *testing.T) {
	const u = "3e11fa47-71ca-11e1-9e33-c80aa9429562"
	for _, c := range []struct{ in, want string }{
		{"", ""},
		{" \n", ""},
		{",,", ""},
		{u + ":1", u + ":1"},
		{"3E11FA4771CA11E19E33C80AA9429562:1", u + ":1"},
		{" " + u + " : 1 - 3 :\n5:4,\n" + u + ":7", u + ":1-5:7"},
		{u + ":9223372036854775806", u + ":9223372036854775806"},
		{u + ":2," + "01020000-0000-0000-0000-000000000000:1", "01020000-0000-0000-0000-000000000000:1," + u + ":2"},
	} {
		s, err := ParseGTIDSet(c.in)
		if err != nil || s.String() != c.want {
			t.Errorf("%q: %q, %v; want %q", c.in, s, err, c.want)
		}
	}
	for _, in := range []string{
		u, u + ":", u + ":0", u + ":-1", u + ":1-", u + ":2-1", u + ":x", u + ":+1", u + ":9223372036854775807", u + ":1--2",
		u + ":tag:1", "3e11fa47:1", "zz11fa47-71ca-11e1-9e33-c80aa9429562:1", "3e11fa47x71ca-11e1-9e33-c80aa9429562:1",
	} {
		if s, err := ParseGTIDSet(in); !errors.Is(err, ErrInvalid) {
			t.Errorf("%q: %q, %v", in, s, err)
		}
	}
}

func FuzzParseGTIDSet(f *testing.F) {
	f.Add("3e11fa47-71ca-11e1-9e33-c80aa9429562:1-5:7")
	f.Add(" 3E11FA4771CA11E19E33C80AA9429562 : 1 , ")
	f.Add(":::")
	f.Fuzz(func(t *testing.T, in string) {
		s, err := ParseGTIDSet(in)
		if err != nil {
			return
		}
		if again, err := ParseGTIDSet(s.String()); err != nil || !again.Equal(s) {
			t.Errorf("%q: %v, then %v, %v", in, s, again, err)
		}
	})
}

func FuzzDecodeGTIDSet(f *testing.F) {
	var s GTIDSet
	s.AddRange(testUUID, 1, 5)
	s.AddRange(otherUUID, 7, 7)
	f.Add(s.Encode(nil))
	f.Add(GTIDSet{}.Encode(nil))
	f.Fuzz(func(t *testing.T, in []byte) {
		var s GTIDSet
		if s.Decode(in) == nil && string(s.Encode(nil)) != string(in) {
			t.Errorf("% x decodes to %v, which is % x", in, s, s.Encode(nil))
		}
	})
}
