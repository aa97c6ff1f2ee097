package exec

import (
	"fmt"
	"testing"
)

// A whole number that meets a date is a date, in a scan and in a key: ts <
// 20240203 must not mean every row.
func TestNumbersThatMeetDates(t *testing.T) {
	c := newServer(t).session("a")
	c.must("CREATE DATABASE db")
	c.env.DB = "db"
	for _, kind := range []string{"datetime", "timestamp", "date"} {
		c.must("CREATE TABLE " + kind + " (k " + kind + " PRIMARY KEY, v " + kind + ")")
		for _, day := range []string{"2024-02-02", "2024-02-03", "2024-02-04"} {
			c.must("INSERT INTO " + kind + " VALUES ('" + day + "', '" + day + "')")
		}
		for where, want := range map[string]string{
			"%s = 20240203":                    "1",
			"%s = 20240203000000":              "1",
			"%s < 20240203":                    "1",
			"20240203 <= %s":                   "2",
			"%s BETWEEN 20240202 AND 20240203": "2",
			"%s IN (20240203, 20240204)":       "2",
			"%s <> 20240203":                   "2",
			"%s > 0":                           "3",
			"%s = 20240299":                    "0",
			"%s > 99999999999999":              "0",
			"%s = NULL":                        "0",
			"%s > 20240202 + 1":                "1",
			"%s = 240203":                      "1",
		} {
			for _, column := range []string{"k", "v"} {
				sql := fmt.Sprintf("SELECT COUNT(*) FROM %s WHERE "+where, kind, column)
				r := c.must(sql)
				if got := cell(r.Rows[0][0], r.Columns[0]); got != want {
					t.Errorf("%s: %s, want %s", sql, got, want)
				}
			}
		}
	}
}
