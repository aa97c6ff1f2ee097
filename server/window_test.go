package server

import (
	"testing"

	"github.com/xadb/xadb/server/mysqlerr"
)

// Frames, sums and names of windows are MySQL's: what it answers was recorded.
func TestWindows(t *testing.T) {
	db := shop(t)
	mustExec(t, db, "CREATE TABLE ww (id INT PRIMARY KEY, g INT, y BIGINT, s VARCHAR(9), d DATE, x DECIMAL(8,2))",
		"INSERT INTO ww VALUES (1,1,9007199254740993,'a','2024-01-01',1.25), (2,1,2,'A ','2024-01-02',2.5), (3,2,3,'b','2024-01-02',NULL), (4,2,NULL,NULL,NULL,7)",
		"CREATE VIEW vw AS SELECT id, SUM(x) OVER w AS s FROM ww WINDOW w AS (ORDER BY id)", "CREATE TABLE none (id INT PRIMARY KEY, y INT)")
	for query, want := range map[string]string{
		"SELECT SUM(y) OVER (ORDER BY g), COUNT(*) OVER (ORDER BY g), AVG(y) OVER (ORDER BY g), LAST_VALUE(id) OVER (ORDER BY g) FROM ww ORDER BY id": "9007199254740995,2,4503599627370497.5000,2 9007199254740995,2,4503599627370497.5000,2 9007199254740998,4,3002399751580332.6667,4 9007199254740998,4,3002399751580332.6667,4",
		"SELECT SUM(x) OVER w FROM ww WINDOW w AS (ORDER BY id) ORDER BY id":                                                                          "1.25 3.75 3.75 10.75",
		"SELECT SUM(id) OVER v FROM ww WINDOW v AS (w ORDER BY id), w AS (PARTITION BY g) ORDER BY id":                                                "1 3 3 7",
		"SELECT s FROM vw ORDER BY id": "1.25 3.75 3.75 10.75",
		"SELECT MAX(x) OVER (ORDER BY id), AVG(x) OVER (PARTITION BY g), STD(id) OVER (ORDER BY id) FROM ww ORDER BY id":                                                                          "1.25,1.875000,0 2.50,1.875000,0.5 2.50,7.000000,0.816496580927726 7.00,7.000000,1.118033988749895",
		"SELECT COUNT(*) OVER (ORDER BY id DESC RANGE BETWEEN 1 PRECEDING AND CURRENT ROW), COUNT(*) OVER (ORDER BY id ROWS BETWEEN 2 FOLLOWING AND 3 FOLLOWING) FROM ww ORDER BY id":             "2,2 2,1 2,0 1,0",
		"SELECT COUNT(*) OVER (ORDER BY d DESC RANGE BETWEEN INTERVAL 1 DAY PRECEDING AND CURRENT ROW), COUNT(*) OVER (ORDER BY y RANGE BETWEEN 1 PRECEDING AND 1 FOLLOWING) FROM ww ORDER BY id": "3,1 2,2 2,2 1,1",
		"SELECT COUNT(*) OVER (PARTITION BY s COLLATE utf8mb4_general_ci), RANK() OVER (ORDER BY s COLLATE utf8mb4_general_ci) FROM ww ORDER BY id":                                               "2,2 2,2 1,4 1,1",
		"SELECT SUM(y) OVER (ORDER BY id), ROW_NUMBER() OVER (ORDER BY id), NTILE(2) OVER (ORDER BY id) FROM none":                                                                                "",
		"SELECT STD(id), VARIANCE(id), VAR_SAMP(x), STDDEV('3') FROM ww":                                                                                                                          "1.118033988749895,1.25,9.145833333333334,0",
		"SELECT g, STDDEV_SAMP(id) FROM ww GROUP BY g HAVING VAR_POP(id) < 1 ORDER BY STD(id), g":                                                                                                 "1,0.7071067811865476 2,0.7071067811865476",
	} {
		if got := listed(t, db, query); got != want {
			t.Errorf("%s:\ngot  %s\nwant %s", query, got, want)
		}
	}
	for clause, want := range map[string]uint16{
		"SUM(y) OVER w FROM ww WINDOW v AS (ORDER BY g)":                     mysqlerr.WindowUnknown,
		"SUM(y) OVER w FROM ww":                                              mysqlerr.WindowUnknown,
		"SUM(y) OVER v FROM ww WINDOW w AS (v), v AS (w)":                    mysqlerr.WindowCircle,
		"SUM(y) OVER (w PARTITION BY g) FROM ww WINDOW w AS ()":              mysqlerr.WindowPartitions,
		"SUM(y) OVER (w ORDER BY id) FROM ww WINDOW w AS (ORDER BY g)":       mysqlerr.WindowOrders,
		"SUM(y) OVER (w ORDER BY id) FROM ww WINDOW w AS (ROWS CURRENT ROW)": mysqlerr.WindowFrames,
		"SUM(y) OVER w FROM ww WINDOW w AS (ORDER BY g), w AS (ORDER BY id)": mysqlerr.WindowTwice,
	} {
		if _, err := db.Exec("SELECT " + clause); code(err) != want {
			t.Errorf("%s: %v, want %d", clause, err, want)
		}
	}
}
