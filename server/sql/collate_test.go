package sql

import "testing"

// TestCollations: PAD SPACE and NO PAD, case and accents, wherever the library
// compares, groups, sorts and hashes.
func TestCollations(t *testing.T) {
	s := open(t)
	s.must(`create table p (id int primary key, g varchar(9) collate utf8mb4_general_ci, m varchar(9) collate utf8mb4_0900_ai_ci,
		b varchar(9) collate utf8mb4_bin, s varchar(9) collate utf8mb4_0900_as_cs, l varchar(9) character set latin1)`)
	for i, v := range []string{"a", "A ", "ä", "b\t", "b"} {
		s.must("insert into p values (?, ?, ?, ?, ?, ?)", int64(i+1), []byte(v), []byte(v), []byte(v), []byte(v), []byte(v))
	}
	for query, want := range map[string]string{
		"select id from p where g = 'a' and length(g) > 0 order by id":                             "1|2|3",
		"select id from p where m = 'a' and length(m) > 0 order by id":                             "1|3",
		"select id from p where b = 'A' and length(b) > 0":                                         "2",
		"select id from p where s = 'A' and length(s) > 0":                                         "",
		"select id from p where s = 'A ' and length(s) > 0":                                        "2",
		"select id from p where l = 'a ' and length(l) > 0 order by id":                            "1|2",
		"select id from p where g in ('a   ', 'c') and length(g) > 0 order by id":                  "1|2|3",
		"select id from p where b in ('A   ', 'c') and length(b) > 0 order by id":                  "2",
		"select id from p where g < 'b' and id > 3 and length(g) > 0":                              "4",
		"select id from p where b < 'b' and id > 3 and length(b) > 0":                              "4",
		"select id from p where g collate utf8mb4_bin = 'a' and length(g) > 0":                     "1",
		"select group_concat(id order by id), count(*) from p group by g order by min(g)":          "1,2,3,3|4,1|5,1",
		"select count(*) from p group by m order by 1":                                             "1|1|1|2",
		"select count(*) from p group by b order by 1":                                             "1|1|1|1|1",
		"select count(distinct g), count(distinct m), count(distinct b), count(distinct l) from p": "3,4,5,4",
		"select count(*) from (select distinct g from p) x":                                        "3",
		"select count(*) from (select distinct m from p) x":                                        "4",
		"select count(*) from (select g from p union select g from p) x":                           "3",
		"select x.id, y.id from p x join p y on x.g = y.g where x.id < y.id order by 1, 2":         "1,2|1,3|2,3",
		"select x.id, y.id from p x join p y on x.m = y.m where x.id < y.id order by 1, 2":         "1,3",
		"select id from p order by b, length(b)":                                                   "2|1|4|5|3",
		"select id from p order by g desc, id":                                                     "5|4|1|2|3",
		"select id from p where id in (select min(id) from p group by g) order by id":              "1|4|5",
		"select (select count(distinct g) from p)":                                                 "3",
		"select id from p union all select id from p where g = 'a  ' order by id limit 3":          "1|1|2",
		"select 'a' = 'A ', 'a' = 'a\t', 'a' = 'b'":                                                "1,0,0",
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
}

// TestDecimalJoin: a hash join finds equal DECIMALs.
func TestDecimalJoin(t *testing.T) {
	s := open(t)
	s.must("create table m (id int primary key, a decimal(9,2), b decimal(12,4), n int)")
	s.must("insert into m values (1, 1.5, 1.5, 2), (2, 2, 7, 1), (3, null, null, null)")
	for query, want := range map[string]string{
		"select x.id, y.id from m x join m y on x.a = y.a order by 1": "1,1|2,2",
		"select x.id, y.id from m x join m y on x.a = y.b order by 1": "1,1",
		"select x.id, y.id from m x join m y on x.a = y.n order by 1": "2,1",
	} {
		if got := resultText(s.must(query)); got != want {
			t.Errorf("%s: %s, want %s", query, got, want)
		}
	}
}

// TestPrefixJoin: a join over an index of beginnings finds equal texts only, and
// none for NULL.
func TestPrefixJoin(t *testing.T) {
	s := open(t)
	s.must("create table m (id int primary key, a text, key (a(1)))")
	s.must("insert into m values (1, 'ab'), (2, 'ac'), (3, null), (4, 'AB ')")
	if got := resultText(s.must("select x.id, y.id from m x join m y on x.a = y.a order by 1, 2")); got != "1,1|1,4|2,2|4,1|4,4" {
		t.Error(got)
	}
	if got := resultText(s.must("select id from m where a = 'ab' and length(a) > 0 order by id")); got != "1|4" {
		t.Error(got)
	}
}

// The library counts distinct values by a text of its own, which times have not.
func TestCountDistinctTimes(t *testing.T) {
	s := open(t)
	s.must("create table clock (id int primary key, at time(2))")
	s.must("insert into clock values (1, '-838:59:59'), (2, '10:00:00.5'), (3, '10:00:00.50'), (4, null)")
	if got := s.must("select count(distinct at) from clock").Rows[0][0]; got != int64(2) {
		t.Errorf("%v", got)
	}
}
