package server

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"

	"github.com/xadb/xadb/binlog"
	"github.com/xadb/xadb/server/reword"
	tables "github.com/xadb/xadb/server/rows"
	"github.com/xadb/xadb/server/types"
)

// settings are the variables that the server itself obeys.
type settings struct {
	autocommit bool
	isolation  isolation
	// snapshotIsolation is xadb_snapshot_isolation.
	snapshotIsolation bool
	noForeignKeys     bool            // foreign_key_checks=0
	collation         types.Collation // collation_server
	among             types.Collation // collation_connection
	timestamp         time.Time       // that statements take for now; zero: the clock's
	safeUpdates       bool            // sql_safe_updates
	lenientOptions    bool            // innodb_strict_mode=0
	rowImage          binlog.RowImage // binlog_row_image
	rowsQuery         bool            // binlog_rows_query_log_events
	compression       int             // binlog_transaction_compression_level_zstd; 0 without binlog_transaction_compression
	step              tables.Step     // auto_increment_increment and auto_increment_offset
	readOnly          bool            // of new transactions
	lockTimeout       time.Duration
	idleTimeout       time.Duration
	// readTimeout and writeTimeout are net_read_timeout and net_write_timeout;
	// 0 if nobody has set them: those of Options.Wire.
	readTimeout, writeTimeout time.Duration
	maxTime                   time.Duration // of a SELECT; 0: no limit
	readView                  string        // xadb_read_view; "": what is newest
	slow                      time.Duration // long_query_time
	notes                     bool          // sql_notes: what is only a note is told
	selectLimit               uint64        // rows of a SELECT without a LIMIT of its own
	ddlTimeout                time.Duration // of a statement of DDL, for each wait for a lock
	globalTimeout             time.Duration // lock_wait_timeout
	sqlMode                   string        // sql_mode, but for how texts are read
	reading                   reword.Mode   // the rest of it
	location                  *time.Location
	charset                   charsetOf
}

// decodeSettings reads the variables that the server obeys.
func decodeSettings(s *session) settings {
	get := func(name string) string { return s.value(sysVars[name], false) }
	seconds := func(name string) time.Duration {
		n, err := strconv.ParseInt(get(name), 10, 64)
		if err != nil {
			n = 1
		}
		return time.Duration(n) * time.Second
	}
	ifSet := func(name string) time.Duration {
		if _, own := s.vars[name]; !own && (*s.globals)[name] == "" {
			return 0
		}
		return seconds(name)
	}
	s.tracker.configure(get)
	zone, err := parseZone(get("time_zone"))
	if err != nil {
		zone = time.UTC
	}
	image, err := binlog.ParseRowImage(get("binlog_row_image"))
	if err != nil {
		image = binlog.FullImage
	}
	reading, mode := reword.SplitMode(get("sql_mode"))
	collation, _ := types.CollationByName(get("collation_server"))
	among, _ := types.CollationByName(get("collation_connection"))
	return settings{
		autocommit: get("autocommit") == "1", isolation: isolationNames[get("transaction_isolation")],
		snapshotIsolation: get("xadb_snapshot_isolation") == "1", noForeignKeys: get("foreign_key_checks") != "1", collation: collation, among: among,
		timestamp: decodeTimestamp(s.vars["timestamp"]), safeUpdates: get("sql_safe_updates") == "1",
		lenientOptions: get("innodb_strict_mode") != "1",
		readOnly:       get("transaction_read_only") == "1", lockTimeout: seconds("innodb_lock_wait_timeout"),
		idleTimeout: seconds("wait_timeout"), readTimeout: ifSet("net_read_timeout"), writeTimeout: ifSet("net_write_timeout"),
		maxTime: seconds("max_execution_time") / 1000, readView: get("xadb_read_view"),
		notes: get("sql_notes") == "1", selectLimit: decodeLimit(get("sql_select_limit")),
		globalTimeout: seconds("lock_wait_timeout"),
		ddlTimeout:    min(seconds("lock_wait_timeout"), seconds("innodb_lock_wait_timeout")),
		slow:          decodeSeconds(get("long_query_time")), sqlMode: mode, reading: reading, location: zone,
		step:    tables.Step{Width: decodeLimit(get("auto_increment_increment")), Offset: decodeLimit(get("auto_increment_offset"))},
		charset: s.charset(), rowImage: image, rowsQuery: get("binlog_rows_query_log_events") == "1", compression: decodeCompression(get),
	}
}

// decodeLimit is a number of rows; the largest is no limit.
func decodeLimit(text string) uint64 {
	n, err := strconv.ParseUint(text, 10, 64)
	if err != nil {
		return math.MaxInt64
	}
	return n
}

// decodeSeconds is a variable of seconds with a fraction.
func decodeSeconds(text string) time.Duration {
	n, err := strconv.ParseFloat(text, 64)
	if err != nil || n < 0 || n > secondsMax {
		return secondsMax * time.Second
	}
	return time.Duration(n * float64(time.Second))
}

// timestampMax is MySQL's largest timestamp, of the last second before the year 3002.
const timestampMax = 32536771199

// decodeTimestamp is what the session takes for now; zero if that is the clock's.
func decodeTimestamp(text string) time.Time {
	n, err := strconv.ParseFloat(text, 64)
	if err != nil || n == 0 {
		return time.Time{}
	}
	return time.UnixMicro(int64(math.Round(n * 1e6)))
}

// now is the time of the session's statements.
func (s *session) now() time.Time {
	if !s.settings.timestamp.IsZero() {
		return s.settings.timestamp
	}
	return s.srv.clock.Now()
}

// secondsMax is MySQL's largest long_query_time: a year.
const secondsMax = 31536000

var isolationNames = map[string]isolation{
	"READ-UNCOMMITTED": readUncommitted, "READ-COMMITTED": readCommitted,
	"REPEATABLE-READ": repeatableRead, "SERIALIZABLE": serializable,
}

// parseZone knows SYSTEM, offsets such as +02:00, and names.
func parseZone(name string) (*time.Location, error) {
	if strings.EqualFold(name, "SYSTEM") {
		return time.Local, nil
	}
	if name != "" && (name[0] == '+' || name[0] == '-') {
		t, err := time.Parse("15:04", padHour(name[1:]))
		if err != nil || t.Hour() > 14 {
			return nil, fmt.Errorf("server: time zone %q", name)
		}
		seconds := t.Hour()*3600 + t.Minute()*60
		if name[0] == '-' {
			seconds = -seconds
		}
		return time.FixedZone(name, seconds), nil
	}
	if name == "" || strings.EqualFold(name, "local") {
		return nil, fmt.Errorf("server: time zone %q", name)
	}
	return time.LoadLocation(name)
}

func padHour(s string) string {
	if strings.IndexByte(s, ':') == 1 {
		return "0" + s
	}
	return s
}
