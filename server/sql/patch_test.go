package sql

import "testing"

// TestShowTriggersMode: the mode in which a trigger was made is shown, and can be
// asked for.
func TestShowTriggersMode(t *testing.T) {
	s := open(t)
	s.must("create trigger tr before insert on c for each row set new.n = 1")
	for query, place := range map[string]int{"show triggers": 6, "show triggers where sql_mode like '%STRICT_TRANS%'": 6, "show create trigger tr": 1} {
		r := s.must(query)
		if len(r.Rows) != 1 || string(r.Rows[0][place].([]byte)) != "ONLY_FULL_GROUP_BY,STRICT_TRANS_TABLES,NO_ZERO_IN_DATE,NO_ZERO_DATE,ERROR_FOR_DIVISION_BY_ZERO,NO_ENGINE_SUBSTITUTION" {
			t.Errorf("%s: %v", query, resultText(r))
		}
	}
	if r := s.must("show triggers where sql_mode like '%ANSI%'"); len(r.Rows) != 0 {
		t.Error(resultText(r))
	}
}
