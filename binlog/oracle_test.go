package binlog

import (
	"bytes"
	"fmt"
	"math"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/cockroachdb/pebble/v2/vfs"
	"github.com/go-mysql-org/go-mysql/replication"
	"pgregory.net/rapid"
)

var columnTypes = []Type{
	TypeTiny, TypeShort, TypeLong, TypeFloat, TypeDouble, TypeLongLong, TypeInt24, TypeDate, TypeYear, TypeVarchar,
	TypeBit, TypeTimestamp2, TypeDateTime2, TypeTime2, TypeNewDecimal, TypeEnum, TypeSet, TypeBlob, TypeString, TypeJSON,
	TypeGeometry, TypeVector,
}

// documents are a few in binary form, with their text; package types has the
// format, and its own comparison with go-mysql.
var documents = map[string]string{"\x05\x01\x00": "1", "\x04\x01": "true", "\x0c\x01a": `"a"`}

func drawColumn(t *rapid.T, i int) Column {
	c := Column{
		Name:     fmt.Sprintf("c%d", i),
		Type:     rapid.SampledFrom(columnTypes).Draw(t, "type"),
		Nullable: rapid.Bool().Draw(t, "nullable"),
	}
	c.Invisible = rapid.IntRange(0, 4).Draw(t, "invisible") == 0
	if c.Type.hasSign() && c.Type != TypeYear {
		c.Unsigned = rapid.Bool().Draw(t, "unsigned")
	}
	if c.Type.isText() || c.Type.isNamed() {
		c.Collation = rapid.SampledFrom([]uint16{CollationBinary, CollationUTF8MB4, 224, 255, 300}).Draw(t, "collation")
	}
	switch c.Type {
	case TypeVarchar:
		c.Length = rapid.SampledFrom([]int{0, 1, 255, 256, 65535}).Draw(t, "length")
	case TypeString:
		c.Length = rapid.SampledFrom([]int{0, 1, 255, 256, 512, 768, 1023}).Draw(t, "length")
	case TypeJSON:
		c.Length = 4
	case TypeGeometry:
		c.Length, c.Shape = 4, uint8(rapid.IntRange(0, 7).Draw(t, "shape"))
	case TypeVector:
		c.Length, c.Collation = 4, CollationBinary
		c.Dimensions = rapid.SampledFrom([]int{0, 1, 250, 251, 16383}).Draw(t, "dimensions")
	case TypeBlob:
		c.Length = rapid.IntRange(1, 4).Draw(t, "length")
	case TypeBit:
		c.Length = rapid.IntRange(1, 64).Draw(t, "length")
	case TypeEnum:
		c.Length = rapid.IntRange(1, 2).Draw(t, "length")
		c.Members = rapid.SampledFrom([][]string{nil, {"a", "b", "c"}}).Draw(t, "members")
	case TypeSet:
		c.Length = rapid.SampledFrom([]int{1, 2, 3, 4, 8}).Draw(t, "length")
		c.Members = rapid.SampledFrom([][]string{nil, {"x", "", "z"}}).Draw(t, "members")
	case TypeNewDecimal:
		c.Scale = uint8(rapid.IntRange(0, 30).Draw(t, "scale"))
		c.Precision = uint8(rapid.IntRange(max(1, int(c.Scale)), 65).Draw(t, "precision"))
	case TypeTime2, TypeDateTime2, TypeTimestamp2:
		c.FSP = uint8(rapid.IntRange(0, 6).Draw(t, "fsp"))
	}
	return c
}

func drawTable(t *rapid.T) *Table {
	tbl := &Table{ID: rapid.Uint64Range(1<<24, tableIDMax).Draw(t, "id"), DB: "db", Name: "t"}
	n := rapid.SampledFrom([]int{1, 3, 7, 8, 9, 20}).Draw(t, "columns")
	for i := range n {
		tbl.Columns = append(tbl.Columns, drawColumn(t, i))
	}
	if rapid.Bool().Draw(t, "keyed") {
		tbl.PrimaryKey = []int{n - 1}
		tbl.RowKey = tbl.PrimaryKey
	}
	return tbl
}

func drawMicro(t *rapid.T, fsp uint8) int {
	unit := microUnit[fsp]
	return rapid.IntRange(0, 999999).Draw(t, "micro") / unit * unit
}

func drawValue(t *rapid.T, c *Column) Value {
	if c.Nullable && rapid.IntRange(0, 3).Draw(t, "null") == 0 {
		return nil
	}
	sizes := map[Type]int{TypeTiny: 8, TypeShort: 16, TypeInt24: 24, TypeLong: 32, TypeLongLong: 64}
	switch c.Type {
	case TypeTiny, TypeShort, TypeInt24, TypeLong, TypeLongLong:
		bits := sizes[c.Type]
		if c.Unsigned {
			return rapid.Uint64Range(0, math.MaxUint64>>(64-bits)).Draw(t, "uint")
		}
		return rapid.Int64Range(math.MinInt64>>(64-bits), math.MaxInt64>>(64-bits)).Draw(t, "int")
	case TypeFloat:
		f := float64(rapid.Float32Range(-math.MaxFloat32, math.MaxFloat32).Draw(t, "float"))
		if c.Unsigned {
			return math.Abs(f)
		}
		return f
	case TypeDouble:
		f := rapid.Float64Range(-math.MaxFloat64, math.MaxFloat64).Draw(t, "double")
		if c.Unsigned {
			return math.Abs(f)
		}
		return f
	case TypeNewDecimal:
		return drawDecimal(t, c)
	case TypeVarchar, TypeString:
		return rapid.SliceOfN(rapid.Byte(), 0, min(c.Length, 300)).Draw(t, "bytes")
	case TypeJSON:
		return []byte(rapid.SampledFrom([]string{"\x05\x01\x00", "\x04\x01", "\x0c\x01a"}).Draw(t, "document"))
	case TypeGeometry, TypeVector:
		return rapid.SliceOfN(rapid.Byte(), 0, 300).Draw(t, "bytes")
	case TypeBlob:
		return rapid.SliceOfN(rapid.Byte(), 0, map[int]int{1: 255, 2: 300, 3: 300, 4: 300}[c.Length]).Draw(t, "bytes")
	case TypeBit:
		return rapid.Uint64Range(0, math.MaxUint64>>(64-c.Length)).Draw(t, "bit")
	case TypeEnum, TypeSet:
		most := uint64(math.MaxUint64) >> (64 - 8*c.Length)
		if c.Members != nil && c.Type == TypeEnum {
			most = 3
		} else if c.Members != nil {
			most = 7
		}
		return rapid.Uint64Range(0, most).Draw(t, "number")
	case TypeYear:
		return rapid.SampledFrom([]int64{0, 1901, 2026, 2155}).Draw(t, "year")
	}
	return drawTemporal(t, c)
}

func drawDecimal(t *rapid.T, c *Column) Value {
	digit := rapid.SampledFrom([]byte("0129"))
	whole := string(rapid.SliceOfN(digit, 0, int(c.Precision-c.Scale)).Draw(t, "whole"))
	frac := string(rapid.SliceOfN(digit, 0, int(c.Scale)).Draw(t, "frac"))
	if whole == "" {
		whole = "0"
	}
	if frac != "" {
		whole += "." + frac
	}
	if !c.Unsigned && rapid.Bool().Draw(t, "negative") {
		whole = "-" + whole
	}
	return Decimal(whole)
}

func drawTemporal(t *rapid.T, c *Column) Value {
	date := DateTime{
		Year: rapid.IntRange(0, 9999).Draw(t, "year"), Month: rapid.IntRange(0, 12).Draw(t, "month"),
		Day: rapid.IntRange(0, 31).Draw(t, "day"),
	}
	hour, minute, second := rapid.IntRange(0, 23), rapid.IntRange(0, 59), rapid.IntRange(0, 59)
	switch c.Type {
	case TypeDate:
		return date
	case TypeDateTime2:
		date.Hour, date.Minute, date.Second = hour.Draw(t, "h"), minute.Draw(t, "m"), second.Draw(t, "s")
		date.Micro = drawMicro(t, c.FSP)
		return date
	case TypeTimestamp2:
		if rapid.IntRange(0, 4).Draw(t, "zero") == 0 {
			return DateTime{}
		}
		return DateTime{
			rapid.IntRange(1971, 2037).Draw(t, "year"), rapid.IntRange(1, 12).Draw(t, "month"), rapid.IntRange(1, 28).Draw(t, "day"),
			hour.Draw(t, "h"), minute.Draw(t, "m"), second.Draw(t, "s"), drawMicro(t, c.FSP),
		}
	}
	return Duration{
		rapid.Bool().Draw(t, "negative"), rapid.IntRange(0, hourMax).Draw(t, "h"),
		minute.Draw(t, "m"), second.Draw(t, "s"), drawMicro(t, c.FSP),
	}
}

func drawImage(t *rapid.T, tbl *Table) []Value {
	image := make([]Value, len(tbl.Columns))
	for i := range image {
		image[i] = drawValue(t, &tbl.Columns[i])
	}
	return image
}

func drawRows(t *rapid.T, tbl *Table, kind RowsKind) []RowChange {
	rows := make([]RowChange, rapid.SampledFrom([]int{1, 2, 40}).Draw(t, "rows"))
	for i := range rows {
		if kind != WriteRows {
			rows[i].Before = drawImage(t, tbl)
		}
		if kind != DeleteRows {
			rows[i].After = drawImage(t, tbl)
		}
	}
	if kind == UpdateRows && rapid.Bool().Draw(t, "few change") {
		changed := rapid.IntRange(0, len(tbl.Columns)-1).Draw(t, "changed")
		for i, r := range rows {
			after := rows[i].After[changed]
			rows[i].After = slices.Clone(r.Before)
			rows[i].After[changed] = after
		}
	}
	return rows
}

// lacks is whether an image of a kind of change lacks a column.
func lacks(m RowImage, tbl *Table, kind RowsKind, rows []RowChange, before bool, col int) bool {
	key := tbl.RowKey != nil && tbl.RowKey[0] == col
	changed := func(col int) bool {
		for _, r := range rows {
			if !reflect.DeepEqual(r.Before[col], r.After[col]) {
				return true
			}
		}
		return false
	}
	blob := tbl.Columns[col].Type == TypeBlob
	switch {
	case m == FullImage, kind == WriteRows, before && tbl.RowKey == nil, before && key:
		return false
	case before:
		return m == MinimalImage || blob
	case m == NoBlobImage && !blob, changed(col):
		return false
	}
	for i := range tbl.Columns {
		if changed(i) || m == NoBlobImage && tbl.Columns[i].Type != TypeBlob {
			return true
		}
	}
	return lacks(m, tbl, kind, rows, true, col) // nothing would be left
}

// TestRowsOracle writes rows of any table and compares what go-mysql reads
// out of the file, and what our own decoder does, with what went in.
func TestRowsOracle(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		tbl := drawTable(t)
		kind := rapid.SampledFrom([]RowsKind{WriteRows, UpdateRows, DeleteRows}).Draw(t, "kind")
		rows := drawRows(t, tbl, kind)
		c := NewCache(0)
		m := rapid.SampledFrom([]RowImage{FullImage, MinimalImage, NoBlobImage}).Draw(t, "image")
		c.SetRowImage(m)
		if err := c.AddRows(tbl, kind, rows); err != nil {
			t.Fatal(err)
		}
		file := writeOneGroup(t, &PendingGroup{Kind: DML, Cache: c, InternalXID: 1, Time: testTime})
		absent(m, tbl, kind, rows)
		compareGoMySQL(t, file, tbl, kind, rows)
		compareOwn(t, file, tbl, rows)
	})
}

// absent takes out of the images what they are to lack.
func absent(m RowImage, tbl *Table, kind RowsKind, rows []RowChange) {
	var lacking [2][]int
	for col := range tbl.Columns {
		for i := range lacking {
			there := i == 0 && kind != WriteRows || i == 1 && kind != DeleteRows
			if there && lacks(m, tbl, kind, rows, i == 0, col) {
				lacking[i] = append(lacking[i], col)
			}
		}
	}
	for _, r := range rows {
		for i, image := range [][]Value{r.Before, r.After} {
			if image == nil {
				continue
			}
			for _, col := range lacking[i] {
				image[col] = Absent{}
			}
		}
	}
}

func writeOneGroup(t *rapid.T, g *PendingGroup) []byte {
	fs := vfs.NewMem()
	l, err := Open(testDir, testOptions(fs), Pos{}, nil)
	if err != nil {
		t.Fatal(err)
	}
	if err := l.Start(); err != nil {
		t.Fatal(err)
	}
	if _, _, err := l.Append(g); err != nil {
		t.Fatal(err)
	}
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	f, err := fs.UnsafeGetFileDataBuffer(testDir + "/binlog.000001")
	if err != nil {
		t.Fatal(err)
	}
	return f
}

func compareGoMySQL(t *rapid.T, file []byte, tbl *Table, kind RowsKind, rows []RowChange) {
	p := replication.NewBinlogParser()
	p.SetVerifyChecksum(true)
	p.SetTimestampStringLocation(time.UTC)
	var images [][]any
	var skipped [][]int
	err := p.ParseReader(bytes.NewReader(file[4:]), func(ev *replication.BinlogEvent) error {
		switch e := ev.Event.(type) {
		case *replication.RowsEvent:
			if len(ev.RawData) > rowsEventSize && len(e.Rows) > 2 {
				t.Errorf("event of %d bytes with %d images", len(ev.RawData), len(e.Rows))
			}
			images = append(images, e.Rows...)
			skipped = append(skipped, e.SkippedColumns...)
		case *replication.TableMapEvent:
			compareTableMap(t, e, tbl)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	var want [][]Value
	for _, r := range rows {
		if kind != WriteRows {
			want = append(want, r.Before)
		}
		if kind != DeleteRows {
			want = append(want, r.After)
		}
	}
	if len(images) != len(want) {
		t.Fatalf("%d images, want %d", len(images), len(want))
	}
	for i, image := range images {
		for j := range tbl.Columns {
			_, is := want[i][j].(Absent)
			if is != slices.Contains(skipped[i], j) {
				t.Fatalf("image %d, %v: go-mysql skips %v", i, tbl.Columns[j], skipped[i])
			}
			if is {
				continue
			}
			if got, want := fmt.Sprint(image[j]), goMySQLText(&tbl.Columns[j], want[i][j]); got != want {
				t.Fatalf("image %d, %v: go-mysql reads %q, want %q", i, tbl.Columns[j], got, want)
			}
		}
	}
}

func compareTableMap(t *rapid.T, e *replication.TableMapEvent, tbl *Table) {
	if e.TableID != tbl.ID || string(e.Schema) != tbl.DB || string(e.Table) != tbl.Name {
		t.Errorf("table %d %s.%s", e.TableID, e.Schema, e.Table)
	}
	if len(e.PrimaryKey) != len(tbl.PrimaryKey) || len(tbl.PrimaryKey) > 0 && int(e.PrimaryKey[0]) != tbl.PrimaryKey[0] {
		t.Errorf("primary key %v, want %v", e.PrimaryKey, tbl.PrimaryKey)
	}
	names, unsigned := e.ColumnNameString(), e.UnsignedMap()
	collations, setCollations := e.CollationMap(), e.EnumSetCollationMap()
	enums, sets, shapes := e.EnumStrValueMap(), e.SetStrValueMap(), e.GeometryTypeMap()
	visible := e.VisibilityMap()
	counted := !slices.ContainsFunc(tbl.Columns, func(c Column) bool { return c.Type == TypeVector }) // which go-mysql does not count
	for i, c := range tbl.Columns {
		if len(visible) > 0 && visible[i] == c.Invisible || len(visible) == 0 && c.Invisible {
			t.Errorf("column %d: visible %t, want %v", i, visible[i], c)
		}
		_, nullable := e.Nullable(i)
		if names[i] != c.Name || unsigned[i] != c.Unsigned || nullable != c.Nullable {
			t.Errorf("column %d: name %q unsigned %t nullable %t, want %v", i, names[i], unsigned[i], nullable, c)
		}
		if counted && c.Type.isText() && collations[i] != c.collation() || c.Type.isNamed() && setCollations[i] != c.collation() {
			t.Errorf("column %d: collation %d or %d, want %d", i, collations[i], setCollations[i], c.collation())
		}
		if c.Type == TypeGeometry && shapes[i] != uint64(c.Shape) {
			t.Errorf("column %d: shape %d, want %d", i, shapes[i], c.Shape)
		}
		members := map[Type][]string{TypeEnum: enums[i], TypeSet: sets[i]}[c.Type]
		if len(members) != len(c.Members) || len(members) > 0 && !reflect.DeepEqual(members, c.Members) {
			t.Errorf("column %d: members %q, want %q", i, members, c.Members)
		}
	}
}

// goMySQLText is how go-mysql's value for v prints.
func goMySQLText(c *Column, v Value) string {
	fraction := func(micro int) string {
		if c.FSP == 0 {
			return ""
		}
		return fmt.Sprintf(".%06d", micro)[:c.FSP+1]
	}
	switch v := v.(type) {
	case nil:
		return "<nil>"
	case float64:
		if c.Type == TypeFloat {
			return fmt.Sprint(float32(v))
		}
	case uint64:
		if !c.Type.hasSign() {
			return fmt.Sprint(int64(v))
		}
	case []byte:
		switch c.Type {
		case TypeBlob, TypeGeometry, TypeVector:
			return fmt.Sprint(v)
		case TypeJSON:
			return documents[string(v)]
		}
		return string(v)
	case Decimal:
		return string(plainDecimal(c, v))
	case DateTime:
		if c.Type == TypeDate {
			return fmt.Sprintf("%04d-%02d-%02d", v.Year, v.Month, v.Day)
		}
		micro := v.Micro
		v.Micro = 0
		return v.String() + fraction(micro)
	case Duration:
		micro := v.Micro
		if v == (Duration{Negative: true}) {
			v.Negative = false
		}
		v.Micro = 0
		if micro == 0 { // go-mysql leaves out a fraction of zeros
			return v.String()
		}
		return v.String() + fraction(micro)
	}
	return fmt.Sprint(v)
}

// plainDecimal is d with all digits behind the point and none too many before.
func plainDecimal(c *Column, d Decimal) Decimal {
	negative, whole, frac, _ := splitDecimal(string(d))
	if whole == "" {
		whole = "0"
	}
	if c.Scale > 0 {
		whole += "." + frac + strings.Repeat("0", int(c.Scale)-len(frac))
	}
	if negative {
		whole = "-" + whole
	}
	return Decimal(whole)
}
