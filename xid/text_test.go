package xid

import (
	"errors"
	"math"
	"strings"
	"testing"
)

func TestTextForms(t *testing.T) {
	for _, c := range []struct {
		x                    XID
		text, sql, converted string
	}{
		{must(t, 1, "i", ""), "X'69',X'',1", "'i'", "0x69"},
		{must(t, 1, "a", "b"), "X'61',X'62',1", "'a','b'", "0x6162"},
		{must(t, 7, "a", "b"), "X'61',X'62',7", "'a','b',7", "0x6162"},
		{must(t, 0, "a", ""), "X'61',X'',0", "'a','',0", "0x61"},
		{must(t, -2, "a", ""), "X'61',X'',-2", "'a','',-2", "0x61"},
		{must(t, 1, "AZaz09 _-", ""), "X'415a617a3039205f2d',X'',1", "'AZaz09 _-'", "0x415A617A3039205F2D"},
		{must(t, 1, "a'b", ""), "X'612762',X'',1", "X'612762'", "0x612762"},
		{must(t, 2, "a", "\x00\xff"), "X'61',X'00ff',2", "X'61',X'00ff',2", "0x6100FF"},
		{must(t, 1, "é", "b"), "X'c3a9',X'62',1", "X'c3a9',X'62'", "0xC3A962"},
	} {
		if c.x.String() != c.text || c.x.SQL() != c.sql || c.x.ConvertXID() != c.converted {
			t.Errorf("got %s  %s  %s\nwant %s  %s  %s", c.x, c.x.SQL(), c.x.ConvertXID(), c.text, c.sql, c.converted)
		}
	}
}

func TestTextMax(t *testing.T) {
	x := must(t, math.MinInt64, strings.Repeat("g", PartMax), strings.Repeat("b", PartMax))
	if len(x.String()) != TextMax {
		t.Fatalf("longest text is %d bytes, TextMax is %d", len(x.String()), TextMax)
	}
}

func TestParseText(t *testing.T) {
	if x, err := ParseText("X'6A',X'6b6C',-7"); err != nil || x != must(t, -7, "j", "kl") {
		t.Errorf("hex digits of both cases: %v, %v", x, err)
	}
	for _, s := range []string{
		"", ",,", "X'69'", "X'69',X''", "X'69',X'',1,1", "'i','',1", "x'69',X'',1", "X'',X'69',1",
		"X'6',X'',1", "X'6g',X'',1", "X'69,X'',1", "X'69',X',1", "X'69',X'',", "X'69',X'',+1",
		"X'69',X'',01", "X'69',X'',-0", "X'69',X'',0x1", "X'69',X'',1 ", " X'69',X'',1", "X'69', X'',1",
		"X'69',X'',-1", "X'69',X'',9223372036854775808", "X'69',X'',-9223372036854775809",
		"X'" + strings.Repeat("69", 65) + "',X'',1", "X'69',X'" + strings.Repeat("69", 65) + "',1",
		"X'" + strings.Repeat("69", 4096) + "',X'',1",
	} {
		if x, err := ParseText(s); !errors.Is(err, ErrInvalid) || x != (XID{}) {
			t.Errorf("ParseText(%.40q) = %v, %v; want ErrInvalid", s, x, err)
		}
	}
}

func TestLimitsOfSQLAndBinlog(t *testing.T) {
	for _, c := range []struct {
		formatID    int64
		sql, binlog bool
	}{
		{0, true, true}, {1, true, true}, {FormatIDMaxSQL, true, true},
		{FormatIDMaxSQL + 1, false, false}, {math.MaxInt64, false, false},
		{-2, false, true}, {math.MinInt32, false, true}, {math.MinInt32 - 1, false, false}, {math.MinInt64, false, false},
	} {
		x := must(t, c.formatID, "g", "")
		for name, check := range map[string]struct {
			err error
			ok  bool
		}{"CheckSQL": {CheckSQL(x), c.sql}, "CheckBinlog": {CheckBinlog(x), c.binlog}} {
			if (check.err == nil) != check.ok || check.err != nil && !errors.Is(check.err, ErrInvalid) {
				t.Errorf("%s with formatID %d: %v", name, c.formatID, check.err)
			}
		}
	}
}

func FuzzParseText(f *testing.F) {
	for _, s := range []string{
		"X'69',X'',1", "X'6A',X'6b',-7", "X'69',X'',-1", "'a','b',7", "X'69',X'',9223372036854775807", ",,", "X'',X'',1",
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		x, err := ParseText(s)
		if err != nil {
			if !errors.Is(err, ErrInvalid) {
				t.Fatalf("error of another kind: %v", err)
			}
			return
		}
		if !strings.EqualFold(x.String(), s) {
			t.Fatalf("%q came back as %s", s, x)
		}
		if y, err := Decode(x.Encode(nil)); err != nil || y != x {
			t.Fatalf("%q: Decode(Encode) = %v, %v", s, y, err)
		}
	})
}
