package server

import (
	"context"
	"encoding/binary"
	"io"
	"net"
	"strings"
	"testing"

	"github.com/cockroachdb/pebble/v2/vfs"
	"github.com/go-mysql-org/go-mysql/mysql"

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
	st, err := ann.PrepareContext(ctx, "SELECT 1")
	if err == nil {
		_, err = st.ExecContext(ctx)
	}
	if code(err) != mysqlerr.MustChangePassword {
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
		"SET PASSWORD = 'a3'":             mysqlerr.MissingCurrentPassword,
		"SET PASSWORD = 'a3' REPLACE 'a'": mysqlerr.IncorrectCurrentPassword,
		"SET PASSWORD = '*14E65567ABDB5135D0CFD9A70B3032C179A49EE7' REPLACE 'a2'": mysqlerr.PasswordReused,
		"ALTER USER USER() IDENTIFIED BY 'x' RETAIN CURRENT PASSWORD":             mysqlerr.SpecificAccessDenied,
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

// While the password has expired, no command but a statement is taken, nor is a login
// as somebody else; what a new password takes may be prepared.
func TestCommandsOfExpired(t *testing.T) {
	srv := secured(t, vfs.NewMem(), nil)
	nc := loggedIn(t, srv)
	query(t, nc, "ALTER USER root@localhost PASSWORD EXPIRE")
	for command, data := range map[byte]string{
		mysql.COM_INIT_DB: "d", mysql.COM_FIELD_LIST: "t\x00", mysql.COM_STATISTICS: "", mysql.COM_PROCESS_KILL: "\x01\x00\x00\x00",
		mysql.COM_DEBUG: "", mysql.COM_STMT_RESET: "\x01\x00\x00\x00", mysql.COM_SET_OPTION: "\x01\x00", mysql.COM_RESET_CONNECTION: "",
		mysql.COM_STMT_FETCH: "\x01\x00\x00\x00\x01\x00\x00\x00", mysql.COM_REFRESH: "\x01", mysql.COM_REGISTER_SLAVE: "\x01",
		mysql.COM_BINLOG_DUMP: "\x04\x00\x00\x00\x00\x00\x01\x00\x00\x00", mysql.COM_BINLOG_DUMP_GTID: "", mysql.COM_SHUTDOWN: "",
		mysql.COM_CHANGE_USER: "root\x00\x00\x00\x2d\x00mysql_native_password\x00",
	} {
		if got := ask(t, nc, command, data); errorCode(got) != mysqlerr.MustChangePassword {
			t.Errorf("%d: %q", command, got)
		}
	}
	if got := ask(t, nc, mysql.COM_PING, ""); got[0] != mysql.OK_HEADER {
		t.Errorf("%q", got)
	}
	if got := ask(t, nc, mysql.COM_QUERY, ""); errorCode(got) != mysqlerr.EmptyQuery {
		t.Errorf("%q", got)
	}
	if got := ask(t, nc, mysql.COM_STMT_PREPARE, "ALTER USER USER() IDENTIFIED BY 'new'"); got[0] != mysql.OK_HEADER {
		t.Fatalf("%q", got)
	}
	if got := ask(t, nc, mysql.COM_STMT_EXECUTE, "\x01\x00\x00\x00\x00\x01\x00\x00\x00"); got[0] != mysql.OK_HEADER {
		t.Errorf("%q", got)
	}
	query(t, nc, "SET @a = 1")
}

// Who leaves on hearing that the quick comparison has not found a password right has
// made a guess.
func TestGuessesThatLeaveCount(t *testing.T) {
	srv, root := office(t)
	mustExec(t, root, "ALTER USER ann FAILED_LOGIN_ATTEMPTS 2 PASSWORD_LOCK_TIME 1")
	for range 2 {
		nc := raw(t, srv)
		packet(t, nc)
		login := binary.LittleEndian.AppendUint32(nil, mysql.CLIENT_PROTOCOL_41|mysql.CLIENT_SECURE_CONNECTION|mysql.CLIENT_PLUGIN_AUTH)
		login = append(login, make([]byte, 4+1+23)...)
		login = append(append(append(login, "ann\x00\x20"...), make([]byte, 32)...), "caching_sha2_password\x00"...)
		write(t, nc, framed(1, login))
		if _, got := packet(t, nc); string(got) != "\x01\x04" {
			t.Fatalf("%q", got)
		}
		if err := nc.(*net.TCPConn).CloseWrite(); err != nil {
			t.Fatal(err)
		}
		if _, err := io.Copy(io.Discard, nc); err != nil { // until the server has noticed
			t.Fatal(err)
		}
	}
	if err := dialAs(t, srv, "ann:a", "").Ping(); code(err) != mysqlerr.BlockedByFailures {
		t.Error(err)
	}
}

// EXECUTE counts once, as the statement that it runs, and WITH by what is behind it.
func TestHourlyLimitsOfPrepared(t *testing.T) {
	srv, root := office(t)
	mustExec(t, root, "ALTER USER cy WITH MAX_QUERIES_PER_HOUR 4 MAX_UPDATES_PER_HOUR 1")
	ctx := context.Background()
	cy, err := dialAs(t, srv, "cy:c", "").Conn(ctx)
	for _, sql := range []string{"PREPARE s FROM 'DO 1'", "EXECUTE s", "EXECUTE s"} {
		if err == nil {
			_, err = cy.ExecContext(ctx, sql)
		}
	}
	if err != nil {
		t.Fatal(err)
	}
	if _, err := cy.ExecContext(ctx, "WITH x AS (SELECT 1 AS a) UPDATE d.t SET v = 'y' WHERE id = (SELECT a FROM x)"); code(err) == mysqlerr.UserLimitReached {
		t.Error(err)
	}
	mustExec(t, root, "ALTER USER cy WITH MAX_QUERIES_PER_HOUR 9")
	for n, want := range []bool{false, true} {
		if _, err := cy.ExecContext(ctx, "WITH x AS (SELECT 1 AS a) DELETE FROM d.t WHERE id IN (SELECT 77 FROM x)"); (code(err) == mysqlerr.UserLimitReached) != want {
			t.Error(n, err)
		}
	}
}
