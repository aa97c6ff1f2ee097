package sql

import (
	"strings"
	"testing"

	"github.com/xadb/xadb/binlog"
	"github.com/xadb/xadb/engine"
	"github.com/xadb/xadb/server/exec"
	"github.com/xadb/xadb/server/types"
)

// texts is a result as text, a line a row.
func resultText(r *exec.Result) string {
	var lines []string
	for _, row := range r.Rows {
		var fields []string
		for i, v := range row {
			if v == nil {
				fields = append(fields, "NULL")
				continue
			}
			t := types.Type{Kind: types.VarChar}
			switch v.(type) {
			case binlog.DateTime:
				t = types.Type{Kind: types.DateTime, FSP: r.Columns[i].Decimals}
			case binlog.Duration:
				t = types.Type{Kind: types.Time, FSP: r.Columns[i].Decimals}
			case float64:
				t = types.Type{Kind: types.Double}
			}
			fields = append(fields, string(types.Text(v, t)))
		}
		lines = append(lines, strings.Join(fields, ","))
	}
	return strings.Join(lines, "|")
}

// TestSpecialTypes: ENUM, SET, BIT and JSON through the library: names and
// numbers, order, keys, documents.
func TestSpecialTypes(t *testing.T) {
	s := open(t)
	s.must(`create table x (id int primary key, e enum('small','big','Mid'), f set('r','w','x'), b bit(10), j json, key (e), key (f), unique key (b))`)
	s.must(`replace into x values (1, 'big', 'x,r', b'101', '{"b": 1, "a": [1, 2.5, 1e1], "a": {"k": "v"}}')`)
	s.must(`replace into x values (2, 1, 3, 7, '[1, 18446744073709551615]'), (3, 'MID', '', 0, 'null')`)
	s.must(`replace into x values (4, NULL, NULL, NULL, NULL)`)
	for query, want := range map[string]string{
		"select id, e, f, j from x where id < 3 union all select 9, null, null, null": `1,big,r,x,{"a": {"k": "v"}, "b": 1}|2,small,r,w,[1, 18446744073709551615]|9,NULL,NULL,NULL`,
		"select id from x where e = 'BIG' and length(e) = 3":                          "1",
		"select id from x where e = 2 and length(e) = 3":                              "1",
		"select id from x where e > 'c' and length(e) > 0 order by id":                "2|3",
		"select id from x where e in ('mid', 'small') and length(f) >= 0 order by id": "2|3",
		"select id from x where f = 'r,x' and length(f) > 0":                          "1",
		"select id from x where find_in_set('w', f)":                                  "2",
		"select e + 0, f + 0, b + 0 from x order by id":                               "2,5,5|1,3,7|3,0,0|NULL,NULL,NULL",
		"select e from x where e is not null order by e, length(f)":                   "small|big|Mid",
		"select max(e), min(e) from x having max(e) > ''":                             "small,big",
		"select concat(e, '-', f) from x where id = 1":                                "big-r,x",
		"select e, count(*) from x group by e order by e":                             "NULL,1|small,1|big,1|Mid,1",
		"select j->'$.b', j->>'$.a.k', json_extract(j, '$.a.k') from x where id = 1":  `1,v,"v"`,
		"select json_set(j, '$.c', 1.5) from x where id = 1":                          `{"a": {"k": "v"}, "b": 1, "c": 1.5}`,
		"select json_type(j), json_length(j) from x where id = 2":                     "ARRAY,2",
		"select id from x where json_contains(j, '1', '$.b')":                         "1",
		"select hex(b), bin(b) from x where id = 1":                                   "5,101",
		"select x.id from x join x y on x.e = y.e and x.f = y.f order by 1":           "1|2|3",
		"select count(distinct e), count(distinct j) from x":                          "3,3",
	} {
		r, err := s.run(t.Context(), query)
		if err != nil {
			t.Errorf("%s: %v", query, err)
			continue
		}
		if got := resultText(r); got != want {
			t.Errorf("%s: %s, want %s", query, got, want)
		}
	}
	for change, want := range map[string]string{
		"replace into x (id, e) values (9, 'none')":            "ERROR 1265 (01000): Data truncated for column 'e' at row 1",
		"replace into x (id, e) values (9, 9)":                 "ERROR 1265 (01000): Data truncated for column 'e' at row 1",
		"replace into x (id, f) values (9, 'q')":               "ERROR 1265 (01000): Data truncated for column 'f' at row 1",
		"replace into x (id, b) values (9, 1024)":              "ERROR 1406 (22001): Data too long for column 'b' at row 1",
		"replace into x (id, j) values (9, '{bad')":            `ERROR 3140 (22032): Invalid JSON text: "Missing a name for object member." at position 1 in value for column 'x.j'.`,
		"update x, o set x.j = '[1' where x.id = o.a":          `ERROR 3140 (22032): Invalid JSON text: "Missing a comma or ] after an array element." at position 2 in value for column 'x.j'.`,
		"alter table x add column k json, add primary key (k)": "ERROR 1068 (42000): Multiple primary key defined",
	} {
		if _, err := s.run(t.Context(), change); err == nil || err.Error() != want {
			t.Errorf("%s: %v, want %s", change, err, want)
		}
	}
	s.must("update x, o set x.j = json_set(x.j, '$.d', 7), x.e = 'mid' where x.id = 1 and o.a = 1")
	if got := resultText(s.must("select e, j from x where id = 1 and length(e)")); got != `Mid,{"a": {"k": "v"}, "b": 1, "d": 7}` {
		t.Error(got)
	}
	s.must("alter table x modify e enum('small','big','Mid','new') default 'new', add column z set('p','q') default 'q'") // row 4 has NULL
}

// TestExactSums: SUM and AVG of exact numbers are DECIMAL.
func TestExactSums(t *testing.T) {
	s := open(t)
	s.must("create table x (id int primary key, g int, n bigint, u bigint unsigned, d decimal(10,2), f double)")
	s.must("insert into x values (1, 1, 9223372036854775807, 18446744073709551615, 1.25, 1.5), (2, 1, 9223372036854775807, 18446744073709551615, 2.5, 2), (3, 2, null, null, null, null)")
	for query, want := range map[string]string{
		"select sum(n), sum(u), sum(d), sum(f) from x having sum(n) > 0":                          "18446744073709551614,36893488147419103230,3.75,3.5",
		"select avg(n), avg(u), avg(d), avg(f) from x":                                            "9223372036854775807.0000,18446744073709551615.0000,1.875000,1.75",
		"select g, sum(n), avg(g) from x group by g order by g":                                   "1,18446744073709551614,1.0000|2,NULL,2.0000",
		"select sum(n) + 1, sum(n) / 2 from x":                                                    "18446744073709551615,9223372036854775807.0000",
		"select sum(distinct n), avg(distinct id) from x":                                         "9223372036854775807,2.0000",
		"select x from (select sum(n) x from x) y":                                                "18446744073709551614",
		"select (select sum(n) from x)":                                                           "18446744073709551614",
		"select sum(n) from x where id = 3 group by g":                                            "NULL",
		"select sum(id) s from x group by g order by sum(id) desc, g":                             "3|3",
		"select sum(id * 2), sum(d * 2), avg(id + 0.5) from x group by g order by sum(id * 2), g": "6,7.50,2.00000|6,NULL,3.50000",
	} {
		r, err := s.run(t.Context(), query)
		if err != nil {
			t.Errorf("%s: %v", query, err)
			continue
		}
		if got := resultText(r); got != want {
			t.Errorf("%s: %s, want %s", query, got, want)
		}
		if c := r.Columns[0]; strings.HasPrefix(query, "select sum(n)") && c.Type != byte(binlog.TypeNewDecimal) {
			t.Errorf("%s: column of type %d", query, c.Type)
		}
	}
}

// TestAlterTypes: ALTER TABLE keeps what the library forgets of other columns,
// and obeys what it does not understand; names of an ENUM keep their meaning.
func TestAlterTypes(t *testing.T) {
	s := open(t)
	s.must(`create table x (id int primary key, f float(8,2), z int(6) zerofill, e enum('a','b'), g set('a','b'), t time(2), n nchar(3), b bit(3), j json)`)
	s.must(`insert into x values (1, 12345.5, 42, 'b', 'a,b', '01:02:03.45', 'é', b'101', '{"a": 1.0}')`)
	s.must("alter table x add column y int")
	want := "1,12345.5,42,b,a,b,é,5,{\"a\": 1.0},NULL"
	row := func() string {
		return resultText(s.must("select id, f, z, e, g, n, b + 0, j, y from x"))
	}
	if got := row(); got != want {
		t.Errorf("%s, want %s", got, want)
	}
	s.must("alter table x modify e enum('new','b','a'), modify g set('b','c','a'), modify y int(3) zerofill, modify t time(1)")
	want = strings.Replace(want, "a,b,", "b,a,", 1)
	if got := row(); got != want {
		t.Errorf("with other members: %s, want %s", got, want)
	}
	if got := resultText(s.must("select e + 0, g + 0 from x")); got != "2,5" {
		t.Errorf("with other members: %s", got)
	}
	def, _, err := s.quick.Catalog().Find(exec.Over(s.log.BeginWith(engine.TxnOptions{})), "d", "x")
	if err != nil {
		t.Fatal(err)
	}
	var list []string
	for _, c := range def.Columns {
		list = append(list, c.Type.SQL())
	}
	if got := strings.Join(list, " "); got != "int float(8,2) int(6) unsigned zerofill enum('new','b','a') set('b','c','a') time(1) char(3) bit(3) json int(3) unsigned zerofill" {
		t.Error(got)
	}
	for statement, want := range map[string]string{
		"alter table x modify e enum('new')":                                          "ERROR 1265 (01000): Data truncated for column 'e'",
		"alter table x modify n varchar(3) character set latin1, modify f float(3,1)": "ERROR 1264 (22003): Out of range value for column 'f' at row 1",
		"alter table x modify j int":                                                  "ERROR 1366",
		"alter table x add unique key (j)":                                            "ERROR 3152 (42000): JSON column 'j' supports indexing only via generated columns on a specified JSON path.",
		"alter table x add column k point not null":                                   "ERROR 1138 (22004)",
		"alter table x add column k enum('a','A')":                                    "ERROR 1291 (HY000): Column 'k' has duplicated value 'A' in ENUM",
		"alter table x add column k set('a,b')":                                       "ERROR 1367 (22007): Illegal set 'a,b' value found during parsing",
		"alter table x add column k json default '1'":                                 "ERROR 1101 (42000): BLOB, TEXT, GEOMETRY or JSON column 'k' can't have a default value",
	} {
		if _, err := s.run(t.Context(), statement); err == nil || !strings.HasPrefix(err.Error(), want) {
			t.Errorf("%s: %v, want %s", statement, err, want)
		}
	}
	if got := row(); got != want {
		t.Errorf("after statements that failed: %s, want %s", got, want)
	}
}
