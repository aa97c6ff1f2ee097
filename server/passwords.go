package server

import (
	"github.com/go-mysql-org/go-mysql/mysql"

	"github.com/xadb/xadb/server/auth"
	"github.com/xadb/xadb/server/lex"
	"github.com/xadb/xadb/server/mysqlerr"
)

// passwordDefaults are what the variables say of passwords.
func (srv *Server) passwordDefaults() auth.Defaults {
	return auth.Defaults{
		Lifetime: srv.globalNumber("default_password_lifetime", 0), History: srv.globalNumber("password_history", 0),
		Reuse: srv.globalNumber("password_reuse_interval", 0), RequireCurrent: srv.globalNumber("password_require_current", 0) == 1,
	}
}

// expired reports whether an account's password has to be changed first.
func (srv *Server) expired(a *auth.Account) bool {
	return a.ExpiredAt(srv.clock.Now(), srv.passwordDefaults())
}

// takenExpired reports whether a command is taken while the password has expired:
// statements, of which admissible decides, and what leads to nothing but them.
func takenExpired(command byte) bool {
	switch command {
	case mysql.COM_QUERY, mysql.COM_STMT_PREPARE, mysql.COM_STMT_EXECUTE, mysql.COM_STMT_SEND_LONG_DATA, mysql.COM_STMT_CLOSE, mysql.COM_PING:
		return true
	}
	return false
}

// admissible refuses what the account may not do now: anything but a new password while
// that has expired, and more statements in an hour than it may.
func (s *session) admissible(sql string) error {
	first, second := firstTwo(sql)
	if s.expired && sql != "" && !(first.Is("ALTER") && second.Is("USER")) && !(first.Is("SET") && second.Is("PASSWORD")) {
		return mysqlerr.New(mysqlerr.MustChangePassword)
	}
	if !s.srv.accounts.Limited() || first.Is("EXECUTE") { // the statement that it runs counts
		return nil
	}
	if e := s.rights().Account.Statement(changesData(sql, first, second), s.srv.clock.Now()); e != nil {
		return e
	}
	return nil
}

func firstTwo(sql string) (first, second lex.Token) {
	l := lex.New(sql)
	return l.Next(), l.Next()
}

// changing are the first words of what max_updates counts.
var changing = []string{
	"INSERT", "REPLACE", "UPDATE", "DELETE", "LOAD", "CREATE", "ALTER", "DROP", "RENAME", "TRUNCATE", "GRANT", "REVOKE", "OPTIMIZE",
}

func changesData(sql string, first, second lex.Token) bool {
	if first.Is("WITH") { // ahead of UPDATE or DELETE, which no name in it can be
		l := lex.New(sql)
		for t := l.Next(); t.Kind != lex.EOF && t.Kind != lex.Bad; t = l.Next() {
			if t.Is("UPDATE") || t.Is("DELETE") {
				return true
			}
		}
		return false
	}
	for _, w := range changing {
		if first.Is(w) {
			return true
		}
	}
	return first.Is("SET") && second.Is("PASSWORD")
}
