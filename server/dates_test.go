package server

import (
	"testing"

	"github.com/cockroachdb/pebble/v2/vfs"
)

// A DATE and whole days are a DATE, with hours a DATETIME, as in MySQL.
func TestDatesAndIntervals(t *testing.T) {
	srv := startSQL(t, openLog(t, vfs.NewMem()))
	db := dialAs(t, srv, "root", "")
	mustExec(t, db, "CREATE DATABASE d", "CREATE TABLE d.t (d DATE, t DATETIME)", "INSERT INTO d.t VALUES ('2024-03-01', '2024-03-01 10:00:00')")
	for query, want := range map[string]string{
		"SELECT d - INTERVAL 1 DAY FROM d.t":                        "2024-02-29",
		"SELECT d + INTERVAL 1 MONTH FROM d.t":                      "2024-04-01",
		"SELECT INTERVAL 1 YEAR + d FROM d.t":                       "2025-03-01",
		"SELECT d - INTERVAL 1 HOUR FROM d.t":                       "2024-02-29 23:00:00",
		"SELECT t - INTERVAL 1 DAY FROM d.t":                        "2024-02-29 10:00:00",
		"SELECT DATE_SUB(d, INTERVAL 1 DAY) FROM d.t":               "2024-02-29",
		"SELECT d FROM d.t WHERE d = '2024-02-29' + INTERVAL 1 DAY": "2024-03-01",
	} {
		if got := listed(t, db, query); got != want {
			t.Errorf("%s: %s, want %s", query, got, want)
		}
	}
}
