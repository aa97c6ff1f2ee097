package sql

import "testing"

// TestMakeTime: what MySQL 9 answers.
func TestMakeTime(t *testing.T) {
	s := open(t)
	for query, want := range map[string]string{
		"select maketime(12,15,30), maketime(-12,15,30), maketime(838,59,59)":                                                       "12:15:30,-12:15:30,838:59:59",
		"select maketime(839,0,0), maketime(-839,0,0)":                                                                              "838:59:59,-838:59:59",
		"select maketime(12,60,30), maketime(12,-1,30), maketime(12,15,60), maketime(0,0,-1)":                                       "NULL,NULL,NULL,NULL",
		"select maketime(12,15,59.9), maketime(12,15,30.123456), maketime(1.6, 2.5, 3.9999999)":                                     "12:15:59.9,12:15:30.123456,02:03:04.000000",
		"select maketime('12','15','30.5'), maketime(12,15,'x')":                                                                    "12:15:30.500000,12:15:00.000000",
		"select maketime(null,1,1), maketime(1,null,1), maketime(1,1,null)":                                                         "NULL,NULL,NULL",
		"select id, maketime(id, 2, id+0.5) from c where id = 7":                                                                    "7,07:02:07.5",
		"select count(*) from c where maketime(id, n, 0) > '10:00:00'":                                                              "9",
		"select concat(maketime(1,2,3), ''), hour(maketime(23,2,3)), maketime(1,2,3) + interval 1 hour":                             "01:02:03,23,02:02:03",
		"select {fn concat('a', {d '2024-1-2'})}, id from c where {d '2024-01-02'} < {ts '2024-01-02 00:00:01'} and id = {x 2 + 1}": "a2024-01-02,3",
	} {
		if got := resultText(s.must(query)); got != want {
			t.Errorf("%s: %s, want %s", query, got, want)
		}
	}
}
