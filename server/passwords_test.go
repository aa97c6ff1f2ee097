package server

import (
	"context"
	"strings"
	"testing"

	"github.com/cockroachdb/pebble/v2/vfs"

	"github.com/xadb/xadb/server/mysqlerr"
)

// A password that has expired lets in no client that cannot say so, and lets a session
// do nothing but change it; also behind a crash.
func TestExpiredPasswords(t *testing.T) {
	fs := vfs.NewCrashableMem()
	srv := secured(t, fs, nil)
	root := dialAs(t, srv, "root", "")
	mustExec(t, root, "CREATE USER ann IDENTIFIED BY 'a'", "CREATE USER bob IDENTIFIED BY 'b' PASSWORD EXPIRE", "GRANT CREATE USER ON *.* TO ann")
	ctx := context.Background()
	ann, err := dialAs(t, srv, "ann:a", "").Conn(ctx)
	if err == nil {
		_, err = ann.ExecContext(ctx, "ALTER USER CURRENT_USER() PASSWORD EXPIRE")
	}
	if err == nil {
		err = ann.PingContext(ctx)
	}
	if err != nil {
		t.Fatal(err)
	}
	for sql, want := range map[string]uint16{
		"SELECT 1": mysqlerr.MustChangePassword, "SET @a = 1": mysqlerr.MustChangePassword, "SET PASSWORD FOR bob = 'x'": mysqlerr.MustChangePassword,
		"ALTER USER ann ACCOUNT LOCK": mysqlerr.MustChangePassword, "ALTER USER USER() ACCOUNT LOCK": mysqlerr.ParseError,
	} {
		if _, err := ann.ExecContext(ctx, sql); code(err) != want {
			t.Errorf("%s: %v", sql, err)
		}
	}
	if _, err := ann.PrepareContext(ctx, "SELECT 1"); code(err) != mysqlerr.MustChangePassword {
		t.Error(err)
	}
	srv2 := secured(t, fs.CrashClone(vfs.CrashCloneCfg{}), nil)
	for _, who := range []string{"ann:a", "bob:b"} {
		if err := dialAs(t, srv2, who, "").Ping(); code(err) != mysqlerr.MustChangePasswordLogin {
			t.Error(err)
		}
	}
	mustExec(t, ann, "ALTER USER USER() IDENTIFIED BY 'a2'", "SELECT 1")
	mustExec(t, root, "SET PASSWORD FOR bob = 'b2'")
	for _, who := range []string{"ann:a2", "bob:b2"} {
		if err := dialAs(t, srv, who, "").Ping(); err != nil {
			t.Error(err)
		}
	}
}

// Logins that fail lock an account that asks for it, until it is unlocked.
func TestFailedLoginsLock(t *testing.T) {
	srv, root := office(t)
	mustExec(t, root, "ALTER USER ann FAILED_LOGIN_ATTEMPTS 2 PASSWORD_LOCK_TIME 3", "ALTER USER bob FAILED_LOGIN_ATTEMPTS 1 PASSWORD_LOCK_TIME UNBOUNDED")
	try := func(who string, want uint16, text string) {
		t.Helper()
		err := dialAs(t, srv, who, "").Ping()
		if code(err) != want || err != nil && !strings.Contains(err.Error(), text) {
			t.Error(who, err)
		}
	}
	three := "Account is blocked for 3 day(s) (3 day(s) remaining) due to 2 consecutive failed logins."
	try("ann:x", mysqlerr.AccessDenied, "")
	try("ann:a", 0, "")
	for _, again := range []string{"ALTER USER ann ACCOUNT UNLOCK", "ALTER USER ann PASSWORD_LOCK_TIME 3", "FLUSH PRIVILEGES"} {
		try("ann:x", mysqlerr.AccessDenied, "")
		try("ann:x", mysqlerr.BlockedByFailures, three)
		mustExec(t, root, "ALTER USER ann COMMENT 'it stays locked'")
		try("ann:a", mysqlerr.BlockedByFailures, three)
		mustExec(t, root, again)
		try("ann:a", 0, "")
	}
	try("bob:x", mysqlerr.BlockedByFailures, "for unlimited day(s) (unlimited day(s) remaining) due to 1 consecutive")
	mustExec(t, root, "RENAME USER bob TO rob")
	try("rob:b", mysqlerr.BlockedByFailures, "")
}

// Limits of an hour.
func TestHourlyLimits(t *testing.T) {
	srv, root := office(t)
	mustExec(t, root, "ALTER USER cy WITH MAX_QUERIES_PER_HOUR 3 MAX_UPDATES_PER_HOUR 1 MAX_CONNECTIONS_PER_HOUR 2")
	cy := dialAs(t, srv, "cy:c", "")
	mustExec(t, cy, "INSERT INTO d.t VALUES (7, 'x')")
	refused := func(sql, name string) {
		t.Helper()
		if _, err := cy.Exec(sql); code(err) != mysqlerr.UserLimitReached || !strings.Contains(err.Error(), name) {
			t.Error(err)
		}
	}
	refused("UPDATE d.t SET v = 'y' WHERE id = 7", "'max_updates' resource (current value: 1)")
	mustExec(t, cy, "SELECT 1")
	refused("SELECT 1", "'max_questions' resource (current value: 3)")
	for _, want := range []uint16{0, mysqlerr.UserLimitReached} {
		if err := dialAs(t, srv, "cy:c", "").Ping(); code(err) != want {
			t.Error(err)
		}
	}
	mustExec(t, root, "FLUSH USER_RESOURCES")
	mustExec(t, cy, "SELECT 1", "UPDATE d.t SET v = 'y' WHERE id = 7")
	mustExec(t, root, "ALTER USER cy WITH MAX_QUERIES_PER_HOUR 0")
	mustExec(t, cy, "SELECT 1", "SELECT 1", "SELECT 1", "SELECT 1")
}

// Two passwords of one account, and those that may not come again.
func TestSeveralPasswords(t *testing.T) {
	srv, root := office(t)
	good := func(who string, want uint16) {
		t.Helper()
		for range 2 { // the second time it is known in memory
			if err := dialAs(t, srv, who, "").Ping(); code(err) != want {
				t.Error(who, err)
			}
		}
	}
	mustExec(t, root, "ALTER USER ann IDENTIFIED BY 'a2' RETAIN CURRENT PASSWORD", "CREATE USER nat IDENTIFIED WITH mysql_native_password BY 'n'",
		"SET PASSWORD FOR nat = 'n2' RETAIN CURRENT PASSWORD")
	for _, who := range []string{"ann:a", "ann:a2", "nat:n", "nat:n2"} {
		good(who, 0)
	}
	mustExec(t, root, "ALTER USER ann DISCARD OLD PASSWORD", "ALTER USER nat IDENTIFIED WITH mysql_native_password BY 'n3'")
	good("nat:n2", mysqlerr.AccessDenied)
	good("nat:n", 0)
	if err := dialAs(t, srv, "ann:a", "").Ping(); code(err) != mysqlerr.AccessDenied {
		t.Error(err)
	}
	ann := dialAs(t, srv, "ann:a2", "")
	mustExec(t, root, "ALTER USER ann PASSWORD REQUIRE CURRENT PASSWORD HISTORY 1")
	for sql, want := range map[string]uint16{
		"SET PASSWORD = 'a3'":                                         mysqlerr.MissingCurrentPassword,
		"SET PASSWORD = 'a3' REPLACE 'a'":                             mysqlerr.IncorrectCurrentPassword,
		"ALTER USER USER() IDENTIFIED BY 'x' RETAIN CURRENT PASSWORD": mysqlerr.SpecificAccessDenied,
	} {
		if _, err := ann.Exec(sql); code(err) != want {
			t.Errorf("%s: %v", sql, err)
		}
	}
	mustExec(t, ann, "SET PASSWORD = 'a3' REPLACE 'a2'")
	if _, err := ann.Exec("SET PASSWORD = 'a3' REPLACE 'a3'"); code(err) != mysqlerr.PasswordReused {
		t.Error(err)
	}
}
