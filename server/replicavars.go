package server

import (
	"strings"

	"github.com/xadb/xadb/binlog"
	"github.com/xadb/xadb/server/auth"
	"github.com/xadb/xadb/server/mysqlerr"
)

// Dumps of servers with GTIDs begin with SET @@SESSION.SQL_LOG_BIN = 0 and SET
// @@GLOBAL.GTID_PURGED = '+...'. Neither can be obeyed: every committed
// transaction is in the binary log (I7), and its GTIDs are the store's own. Both
// are accepted, so that such a dump loads, and answered by a warning.

// checkLogged checks SET of sql_log_bin.
func (s *session) checkLogged(ctx assignContext, stored string) error {
	if err := s.rights().RequireAny(auth.Super | auth.SystemVariablesAdmin); err != nil {
		return err
	}
	if s.txn != nil && stored != s.value(sysVars["sql_log_bin"], false) {
		return mysqlerr.New(mysqlerr.InTransactionSQLLogBin)
	}
	if stored == "0" && s.srv.store.Binlog() != nil {
		ctx.remark("sql_log_bin=0: what the session commits is in the binary log all the same")
	}
	return nil
}

// assignPurged is SET of gtid_purged to a set that purgedSet has checked. What is
// executed here need not be said; of other servers' transactions the log has no
// record, and of this one's it will not claim what it has not done.
func (s *session) assignPurged(ctx assignContext, stored string) error {
	set, err := binlog.ParseGTIDSet(strings.TrimPrefix(stored, "+"))
	if err != nil {
		return mysqlerr.Wrap(err, mysqlerr.MalformedGTIDSet, stored)
	}
	if log := s.srv.store.Binlog(); log != nil {
		set.Subtract(log.ExecutedGTIDs())
	}
	switch {
	case set.IsEmpty():
	case set.Last(s.srv.store.UUID()) > 0:
		return mysqlerr.New(mysqlerr.WrongValueForVar, "gtid_purged", stored)
	default:
		ctx.remark("gtid_purged: transactions of other servers are not kept")
	}
	return nil
}

// purgedSet checks a value of gtid_purged: a set, or a + and what to add.
func purgedSet(text string) error {
	if _, err := binlog.ParseGTIDSet(strings.TrimPrefix(text, "+")); err != nil {
		return mysqlerr.Wrap(err, mysqlerr.MalformedGTIDSet, text)
	}
	return nil
}

// remark warns of something that the statement cannot have.
func (ctx assignContext) remark(what string) {
	e := mysqlerr.New(mysqlerr.NotSupportedYet, what)
	*ctx.remarks = append(*ctx.remarks, Diagnostic{Level: "Warning", Code: e.Code, Message: e.Message})
}
