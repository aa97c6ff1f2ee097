package server

import (
	"fmt"
	"math"
	"strconv"
	"strings"

	"github.com/go-mysql-org/go-mysql/mysql"

	"github.com/xadb/xadb/binlog"
	"github.com/xadb/xadb/server/auth"
	"github.com/xadb/xadb/server/exec"
	"github.com/xadb/xadb/server/mysqlerr"
	"github.com/xadb/xadb/server/types"
	"github.com/xadb/xadb/server/wire"
)

// A varType says how a system variable's value is written and shown.
type varType uint8

const (
	textVar varType = iota
	boolVar         // stored "0" or "1"; SHOW says OFF or ON
	intVar
	enumVar
)

// A varScope says where a variable lives.
type varScope uint8

const (
	bothScopes  varScope = iota
	globalOnly           // SET GLOBAL only
	sessionOnly          // SET SESSION only
)

// A sysVar is one row of the table of known variables. Many are there because
// connectors read or set them; what a client sets is kept and shown, and the
// few that the server obeys are in settings.
type sysVar struct {
	name     string
	typ      varType
	def      string
	scope    varScope
	readOnly bool
	// dynamic: who forgets GLOBAL hears of that first, for MySQL lets it be set.
	dynamic bool
	// noDefault: there is no DEFAULT to set it to.
	noDefault bool
	// constant: it may be set, but only to what it is. Another value would
	// change what statements do, and does not here.
	constant bool
	mariaDB  bool     // known to clients of Options.MariaDBListener alone
	min, max int64    // of intVar
	step     int64    // of intVar: values are multiples of it
	enum     []string // of enumVar; an index is accepted, too
}

// values are the global values that differ from the defaults. A *values is
// never changed, only replaced.
type values map[string]string

var sysVars = makeSysVars()

// aliases are older names of the same variable.
var aliases = map[string]string{
	"tx_isolation": "transaction_isolation", "tx_read_only": "transaction_read_only",
	"storage_engine": "default_storage_engine", "identity": "last_insert_id", "pseudo_slave_mode": "pseudo_replica_mode",
	"rpl_semi_sync_master_enabled":              "rpl_semi_sync_source_enabled",
	"rpl_semi_sync_master_timeout":              "rpl_semi_sync_source_timeout",
	"rpl_semi_sync_master_wait_point":           "rpl_semi_sync_source_wait_point",
	"rpl_semi_sync_master_wait_for_slave_count": "rpl_semi_sync_source_wait_for_replica_count",
}

func lookupVar(name string) (*sysVar, error) {
	name = strings.ToLower(name)
	if to, ok := aliases[name]; ok {
		name = to
	}
	v, ok := sysVars[name]
	if !ok {
		return nil, mysqlerr.New(mysqlerr.UnknownSystemVariable, name)
	}
	return v, nil
}

// normalize checks a value and gives it its stored form.
func (v *sysVar) normalize(value binlog.Value) (string, error) {
	text := valueText(value)
	switch v.typ {
	case boolVar:
		switch strings.ToUpper(text) {
		case "1", "ON", "TRUE":
			return "1", nil
		case "0", "OFF", "FALSE":
			return "0", nil
		}
		return "", v.wrongValue(value)
	case intVar:
		if _, isText := value.([]byte); isText || value == nil {
			return "", mysqlerr.New(mysqlerr.WrongTypeForVar, v.name)
		}
		n, err := strconv.ParseInt(text, 10, 64)
		if _, large := value.(uint64); large && err != nil {
			n, err = math.MaxInt64, nil
		}
		if err != nil {
			return "", mysqlerr.New(mysqlerr.WrongTypeForVar, v.name)
		}
		n = min(max(n, v.min), v.max)
		return strconv.FormatInt(n-n%max(v.step, 1), 10), nil
	case enumVar:
		for i, e := range v.enum {
			if strings.EqualFold(e, text) || strconv.Itoa(i) == text {
				return e, nil
			}
		}
		if v.name == "lc_time_names" && value != nil {
			return "", mysqlerr.New(mysqlerr.UnknownLocale, text)
		}
		return "", v.wrongValue(value)
	}
	if value == nil && (v.name == "gtid_purged" || v.name == "gtid_next") {
		return "", v.wrongValue(value)
	}
	if value == nil && v.name != "long_query_time" && v.name != "timestamp" {
		return "", nil
	}
	if n, is := value.(int64); is {
		text = v.numbered(n, text)
	}
	return v.checkText(value, text)
}

// checkText checks the text variables whose value means something here.
func (v *sysVar) checkText(value binlog.Value, text string) (string, error) {
	switch {
	case len(text) > varValueMax:
		return "", v.wrongValue(value)
	case v.name == "sql_mode":
		return sqlModeOf(text)
	case v.name == "gtid_purged":
		return text, purgedSet(text)
	case v.name == "time_zone":
		if _, err := parseZone(text); err != nil {
			return "", mysqlerr.New(mysqlerr.UnknownTimeZone, text)
		}
	case v.name == "long_query_time":
		n, err := strconv.ParseFloat(text, 64)
		if _, isText := value.([]byte); isText || err != nil || math.IsNaN(n) {
			return "", mysqlerr.New(mysqlerr.WrongTypeForVar, v.name)
		}
		return strconv.FormatFloat(min(max(n, 0), secondsMax), 'f', 6, 64), nil
	case v.name == "timestamp":
		n, err := strconv.ParseFloat(text, 64)
		if _, isText := value.([]byte); isText || err != nil {
			return "", mysqlerr.New(mysqlerr.WrongTypeForVar, v.name)
		}
		if !(n <= timestampMax) {
			return "", v.wrongValue(value)
		}
		return strconv.FormatFloat(max(n, 0), 'f', 6, 64), nil
	case strings.HasPrefix(v.name, "character_set_"):
		if text != "" && !knownCharset(text) {
			return "", mysqlerr.New(mysqlerr.UnknownCharacterSet, text)
		}
		if cs, _, ok := types.CharsetByName(text); ok && v.name == "character_set_client" && cs.BytesMin() > 1 {
			return "", v.wrongValue(value) // statements are never in these
		}
	case v.name == "default_collation_for_utf8mb4":
		if !knownCollation(text) {
			return "", mysqlerr.New(mysqlerr.UnknownCollation, text)
		}
		if c, _ := types.CollationByName(text); c != types.CollationGeneralCI && c != types.CollationModern {
			return "", mysqlerr.New(mysqlerr.InvalidDefaultCollation, text)
		}
	case strings.HasPrefix(v.name, "collation_"):
		if !knownCollation(text) {
			return "", mysqlerr.New(mysqlerr.UnknownCollation, text)
		}
	}
	return text, nil
}

// varValueMax bounds the text of a variable, in bytes.
const varValueMax = 4 << 10

func (v *sysVar) wrongValue(value binlog.Value) error {
	shown := "NULL"
	if value != nil {
		shown = valueText(value)
	}
	return mysqlerr.New(mysqlerr.WrongValueForVar, v.name, shown)
}

// typed is a stored value as SELECT @@name gives it.
func (v *sysVar) typed(stored string) (wire.Column, binlog.Value) {
	switch v.typ {
	case boolVar, intVar:
		n, err := strconv.ParseInt(stored, 10, 64)
		if err != nil {
			n = 0
		}
		col := intColumn(v.name)
		if v.typ == boolVar {
			col.Length = 1
		} else if n >= 0 {
			col.Flags |= mysql.UNSIGNED_FLAG
		}
		return col, n
	}
	if v.name == "timestamp" || v.name == "long_query_time" {
		if f, err := strconv.ParseFloat(stored, 64); err == nil {
			col := columnFor(v.name, f)
			col.Length, col.Decimals = doubleWidth, secondsDigits
			return col, f
		}
	}
	col := textColumn(v.name)
	col.Length = sysVarLength
	return col, []byte(stored)
}

// shown is a stored value as SHOW VARIABLES gives it.
func (v *sysVar) shown(stored string) string {
	if v.typ != boolVar {
		return stored
	}
	if stored == "1" {
		return "ON"
	}
	return "OFF"
}

// value is what the session sees; global asks for what new sessions begin with.
func (s *session) value(v *sysVar, global bool) string {
	switch v.name {
	case "last_insert_id":
		return strconv.FormatUint(s.lastInsert, 10)
	case "rand_seed1", "rand_seed2":
		return "0" // they are never told
	case "pseudo_thread_id":
		if own, ok := s.vars[v.name]; ok {
			return own
		}
		return strconv.FormatUint(uint64(s.id), 10)
	case "timestamp":
		now := s.now()
		return fmt.Sprintf("%d.%06d", now.Unix(), now.Nanosecond()/1000)
	case "error_count", "warning_count":
		return strconv.Itoa(len(s.diagnostics))
	case "max_binlog_size", "binlog_expire_logs_seconds", "max_binlog_total_size", "gtid_purged":
		if log := s.srv.store.Binlog(); log != nil {
			return s.srv.binlogVariable(v.name)
		}
	case "gtid_executed":
		if log := s.srv.store.Binlog(); log != nil {
			return log.ExecutedGTIDs().String()
		}
		return ""
	case "version":
		return s.srv.versionFor(s.mariaDB)
	case "in_transaction":
		return map[bool]string{false: "0", true: "1"}[s.txn != nil]
	}
	if tracking, ok := s.srv.tracking(v); ok {
		return tracking
	}
	globals := s.globals
	if global || v.scope == globalOnly {
		globals = s.srv.globals.Load()
	} else if own, ok := s.vars[v.name]; ok {
		return own
	}
	if g, ok := (*globals)[v.name]; ok {
		return g
	}
	return s.srv.defaultOf(v)
}

// defaultOf is a variable's value until somebody sets it.
func (srv *Server) defaultOf(v *sysVar) string {
	if fixed, ok := srv.fixedVars[v.name]; ok {
		return fixed
	}
	return v.def
}

// assign checks SET of one system variable.
func (s *session) assign(ctx assignContext, v *sysVar, value binlog.Value) (assignment, error) {
	if err := ctx.check(v); err != nil {
		return nil, err
	}
	if ctx.global {
		if err := s.rights().RequireAny(auth.Super | auth.SystemVariablesAdmin); err != nil {
			return nil, err
		}
	}
	if w := v.deprecated(); w != nil && ctx.remarks != nil {
		*ctx.remarks = append(*ctx.remarks, exec.WarningsOf([]*mysqlerr.Error{w})...)
	}
	stored, err := "", error(nil)
	switch {
	case value == defaultValue && v.noDefault:
		return nil, mysqlerr.New(mysqlerr.NoDefault, v.name)
	case value != defaultValue:
		if err = v.checkKind(value); err == nil {
			stored, err = v.normalize(value)
		}
		if text := valueText(value); err == nil && v.typ == intVar && stored != text && ctx.remarks != nil {
			w := mysqlerr.New(mysqlerr.TruncatedWrongValue, v.name, text)
			*ctx.remarks = append(*ctx.remarks, Diagnostic{Level: "Warning", Code: w.Code, Message: w.Message})
		}
	case ctx.global || v.scope == sessionOnly:
		stored = s.srv.defaultOf(v)
	default:
		stored = s.value(v, true)
	}
	if err != nil {
		return nil, err
	}
	if v.constant && !sameValue(stored, v.def) || v.name == slowQueryLog && stored == "1" && s.srv.slow.out == nil {
		return nil, mysqlerr.New(mysqlerr.IncorrectGlobalLocal, v.name, "read only")
	}
	switch v.name {
	case "binlog_row_image", "binlog_rows_query_log_events", compressionOn, compressionLevel: // of sessions, too: it is about who reads the log
		err = s.rights().RequireAny(auth.Super | auth.SystemVariablesAdmin)
	case "sql_log_bin":
		err = s.checkLogged(ctx, stored)
	case mandatoryRoles:
		err = s.rights().Require(auth.RoleAdmin)
	}
	return func() error { return s.carryOut(ctx, v, stored) }, err
}

// carryOut gives a variable a value that assign has checked.
func (s *session) carryOut(ctx assignContext, v *sysVar, stored string) error {
	switch v.name {
	case "gtid_next":
		if err := s.assignNextGTID(ctx, stored); err != nil {
			return err
		}
	case "gtid_purged":
		return s.assignPurged(ctx, stored)
	case "last_insert_id":
		n, err := strconv.ParseUint(stored, 10, 64)
		s.lastInsert = n
		return err
	case "rand_seed1", "rand_seed2":
		return s.seed(v.name, stored)
	}
	if ctx.global {
		if err := s.srv.setBinlogVariable(v.name, stored); err != nil {
			return err
		}
		if err := s.srv.setMandatoryRoles(v.name, stored); err != nil {
			return err
		}
		s.srv.setGlobal(v.name, stored)
		if other, value := companion(v.name, stored); other != nil {
			s.srv.setGlobal(other.name, value)
		}
		return s.srv.setTracking(v, stored)
	}
	if v.name == "xadb_read_view" {
		if err := s.setReadView(stored); err != nil {
			return err
		}
	}
	if v.name == "autocommit" && stored == "1" && !s.settings.autocommit {
		if err := s.autocommitOn(ctx); err != nil {
			return err
		}
	}
	if s.vars == nil {
		s.vars = map[string]string{}
	}
	s.vars[v.name] = strings.Clone(stored)
	if other, value := companion(v.name, stored); other != nil {
		s.vars[other.name] = value
		s.tracker.setVariable(other, value)
	}
	s.settings = decodeSettings(s)
	s.tracker.setVariable(v, stored)
	return nil
}

// companion is the variable of the collation that a character set has, or of the character
// set of a collation, and what it is when the other one has been set.
func companion(name, stored string) (*sysVar, string) {
	kind, of, _ := strings.Cut(name, "set_")
	if of == "" {
		kind, of, _ = strings.Cut(name, "_")
	}
	switch {
	case of != "connection" && of != "database" && of != "server":
	case kind == "character_":
		return sysVars["collation_"+of], defaultCollation(stored)
	case kind == "collation":
		c, _ := types.CollationByName(stored)
		return sysVars["character_set_"+of], string(c.Charset())
	}
	return nil, ""
}

// sameValue compares values as SET has them: 0 is 0.000.
func sameValue(a, b string) bool {
	if strings.Contains(b, ".") {
		x, xerr := strconv.ParseFloat(a, 64)
		y, yerr := strconv.ParseFloat(b, 64)
		return xerr == nil && yerr == nil && x == y
	}
	return strings.EqualFold(a, b)
}

// onlyGlobally are variables whose value for the session follows the global one.
var onlyGlobally = map[string]bool{"max_allowed_packet": true, "max_user_connections": true}

// check refuses the wrong scope.
func (ctx assignContext) check(v *sysVar) error {
	switch {
	case !ctx.global && onlyGlobally[v.name]:
		return mysqlerr.New(mysqlerr.VariableReadOnly, "SESSION", v.name, "GLOBAL")
	case !ctx.global && v.scope == globalOnly && v.dynamic:
		return mysqlerr.New(mysqlerr.GlobalVariable, v.name)
	case v.readOnly:
		return mysqlerr.New(mysqlerr.IncorrectGlobalLocal, v.name, "read only")
	case ctx.global && v.scope == sessionOnly:
		return mysqlerr.New(mysqlerr.LocalVariable, v.name)
	case !ctx.global && v.scope == globalOnly:
		return mysqlerr.New(mysqlerr.GlobalVariable, v.name)
	}
	return nil
}
