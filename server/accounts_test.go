package server

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"database/sql"
	"fmt"
	"math/big"
	"net"
	"os/exec"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/cockroachdb/pebble/v2/vfs"
	"github.com/go-mysql-org/go-mysql/mysql"

	"github.com/xadb/xadb/binlog"
	"github.com/xadb/xadb/server/mysqlerr"
	"github.com/xadb/xadb/tclog"
)

// selfSigned is a certificate for tests.
var selfSigned = sync.OnceValues(func() (*tls.Config, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, err
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), NotAfter: time.Now().Add(time.Hour)}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	return &tls.Config{Certificates: []tls.Certificate{{Certificate: [][]byte{der}, PrivateKey: key}}}, err
})

// secured is a server with TLS and the executor.
func secured(t testing.TB, fs vfs.FS, change func(*Options)) *Server {
	t.Helper()
	conf, err := selfSigned()
	if err != nil {
		t.Fatal(err)
	}
	l := openLog(t, fs)
	return start(t, func(o *Options) {
		o.Store, o.Executor, o.TLS = NewStore(l), NewExecutor(l), conf
		if change != nil {
			change(o)
		}
	})
}

// Passwords of both kinds, with TLS and without: there the password goes under
// the server's key.
func TestPasswordsOfClients(t *testing.T) {
	srv := secured(t, vfs.NewMem(), nil)
	root := dialAs(t, srv, "root", "")
	mustExec(t, root, "CREATE USER sha IDENTIFIED BY 'pass w\\'ord', nat IDENTIFIED WITH mysql_native_password BY 'secret', "+
		"open_user, far@'192.0.2.%' IDENTIFIED BY 'x'", "CREATE USER tls IDENTIFIED BY 'x' REQUIRE SSL", "CREATE USER locked IDENTIFIED BY 'x' ACCOUNT LOCK")
	for _, tt := range []struct {
		who, params string
		want        uint16
	}{
		{"sha:pass w'ord", "?tls=skip-verify", 0},
		{"sha:pass w'ord", "?tls=skip-verify", 0}, // the quick way
		{"nat:secret", "?tls=skip-verify", 0},
		{"sha:pass word", "", mysqlerr.AccessDenied},
		{"sha", "", mysqlerr.AccessDenied},
		{"nat:Secret", "", mysqlerr.AccessDenied},
		{"tls:x", "?tls=skip-verify", 0},
		{"tls:x", "", mysqlerr.AccessDenied},
		{"locked:x", "", mysqlerr.AccountLocked},
		{"open_user", "", 0},
		{"open_user:x", "", mysqlerr.AccessDenied},
		{"far:x", "", mysqlerr.AccessDenied},
	} {
		if err := dialAs(t, srv, tt.who, tt.params).Ping(); code(err) != tt.want || (err == nil) != (tt.want == 0) {
			t.Errorf("%s %s: %v, want %d", tt.who, tt.params, err, tt.want)
		}
	}
	mustExec(t, root, "ALTER USER sha IDENTIFIED BY 'new'") // the quick way is closed again
	for _, params := range []string{"", "?tls=skip-verify"} {
		if err := dialAs(t, srv, "sha:new", params).Ping(); err != nil {
			t.Errorf("with %q: %v", params, err)
		}
	}
	mustExec(t, dialAs(t, srv, "sha:new", ""), "SET PASSWORD = 'own'")
	if err := dialAs(t, srv, "sha:own", "").Ping(); err != nil {
		t.Error(err)
	}
	if err := dialAs(t, srv, "sha:new", "").Ping(); code(err) != mysqlerr.AccessDenied {
		t.Error(err)
	}
}

// A distant listener's clients seem to come from another machine while far is set.
type distant struct {
	net.Listener
	far *atomic.Bool
}

func (l distant) Accept() (net.Conn, error) {
	nc, err := l.Listener.Accept()
	if err == nil && l.far.Load() {
		nc = stranger{nc}
	}
	return nc, err
}

type stranger struct{ net.Conn }

func (stranger) RemoteAddr() net.Addr { return &net.TCPAddr{IP: net.IPv4(192, 0, 2, 7), Port: 1} }

// What an account may do from another machine: nothing without a password (A4),
// nothing where its host says otherwise, nothing in the clear where TLS is asked
// for, which the machine itself is spared.
func TestStrangers(t *testing.T) {
	var far atomic.Bool
	l, err := Listen("127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	srv := secured(t, vfs.NewMem(), func(o *Options) { o.Listener, o.RequireSecure = distant{l, &far}, true })
	root := dialAs(t, srv, "root", "")
	mustExec(t, root, "ALTER USER root@localhost IDENTIFIED BY 's3cret'",
		"CREATE USER ann IDENTIFIED BY 'a', open_user, near@localhost IDENTIFIED BY 'n', far@'192.0.2.%' IDENTIFIED BY 'f'")
	const tls = "?tls=skip-verify"
	check := func(who, params string, fromFar bool, want uint16) {
		t.Helper()
		far.Store(fromFar)
		defer far.Store(false)
		if err := dialAs(t, srv, who, params).Ping(); code(err) != want || (err == nil) != (want == 0) {
			t.Errorf("%s %s, far %v: %v, want %d", who, params, fromFar, err, want)
		}
	}
	check("ann:a", tls, true, 0)
	check("ann:a", "", true, mysqlerr.SecureTransportRequired)
	check("ann:a", "", false, 0)
	check("ann:b", tls, true, mysqlerr.AccessDenied)
	check("open_user", "", false, 0)
	check("open_user", tls, true, mysqlerr.AccessDenied) // A4
	check("near:n", tls, false, 0)
	check("near:n", tls, true, mysqlerr.AccessDenied)
	check("far:f", tls, true, 0)
	check("far:f", tls, false, mysqlerr.AccessDenied)
	check("root:s3cret", tls, true, mysqlerr.AccessDenied)
}

// The programs that come with MariaDB.
func TestPasswordsOfMariaDB(t *testing.T) {
	client, admin := peer(t, "mariadb"), peer(t, "mariadb-admin")
	if client == "" || admin == "" {
		return
	}
	srv := secured(t, vfs.NewMem(), nil)
	mustExec(t, dialAs(t, srv, "root", ""), "CREATE USER sha IDENTIFIED BY 'one', nat IDENTIFIED WITH mysql_native_password BY 'one'")
	host, port, err := net.SplitHostPort(srv.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	run := func(program, user, password string, args ...string) (string, error) {
		base := []string{"--no-defaults", "-h", host, "-P", port, "-u", user, "--password=" + password, "--protocol=tcp"}
		out, err := exec.Command(program, append(base, args...)...).CombinedOutput()
		return string(out), err
	}
	for _, user := range []string{"sha", "nat"} {
		for _, tls := range []string{"--ssl", "--skip-ssl"} {
			out, err := run(client, user, "one", tls, "-N", "-e", "SELECT CURRENT_USER()")
			if err != nil || !strings.Contains(out, user+"@%") {
				t.Errorf("%s %s: %v %s", user, tls, err, out)
			}
		}
		if out, err := run(client, user, "two", "-e", "SELECT 1"); err == nil || !strings.Contains(out, "ERROR 1045") {
			t.Errorf("%s with a wrong password: %v %s", user, err, out)
		}
		if out, err := run(admin, user, "one", "password", "two"); err != nil {
			t.Errorf("mariadb-admin password of %s: %v %s", user, err, out)
		}
		if out, err := run(client, user, "two", "-N", "-e", "SELECT 1"); err != nil {
			t.Errorf("%s after mariadb-admin password: %v %s", user, err, out)
		}
	}
}

// COM_CHANGE_USER between accounts, by both plugins, and its privileges.
func TestChangeUserBetweenAccounts(t *testing.T) {
	srv := secured(t, vfs.NewMem(), nil)
	mustExec(t, dialAs(t, srv, "root", ""), "CREATE DATABASE d",
		"CREATE USER sha IDENTIFIED BY 'one', nat IDENTIFIED WITH mysql_native_password BY 'two'", "GRANT ALL ON d.* TO nat")
	if err := dialAs(t, srv, "sha:one", "").Ping(); err != nil { // opens the quick way
		t.Fatal(err)
	}
	nc := loggedIn(t, srv)
	change := func(user, db, plugin, password string) []byte {
		t.Helper()
		p := ask(t, nc, mysql.COM_CHANGE_USER, user+"\x00\x00"+db+"\x00\x2d\x00"+"other_plugin\x00")
		if p[0] != mysql.EOF_HEADER {
			return p
		}
		name, salt, _ := strings.Cut(string(p[1:]), "\x00")
		if name != plugin {
			t.Fatalf("the server asks %s for %s", user, name)
		}
		answer := mysql.CalcNativePassword([]byte(salt[:20]), []byte(password))
		if plugin == mysql.AUTH_CACHING_SHA2_PASSWORD {
			answer = mysql.CalcCachingSha2Password([]byte(salt[:20]), []byte(password))
		}
		write(t, nc, framed(2, answer))
		_, p = packet(t, nc)
		if len(p) == 2 && p[0] == 1 && p[1] == 3 {
			_, p = packet(t, nc)
		}
		return p
	}
	for range 2 {
		if p := change("sha", "", mysql.AUTH_CACHING_SHA2_PASSWORD, "one"); p[0] != mysql.OK_HEADER {
			t.Fatalf("%q", p)
		}
		if got := firstRow(t, nc, "SELECT CURRENT_USER()"); !strings.HasSuffix(got, "sha@%") {
			t.Errorf("%q", got)
		}
		if got := ask(t, nc, mysql.COM_INIT_DB, "d"); errorCode(got) != mysqlerr.DBAccessDenied {
			t.Errorf("%q", got)
		}
		if p := change("nat", "d", mysql.AUTH_NATIVE_PASSWORD, "two"); p[0] != mysql.OK_HEADER {
			t.Fatalf("%q", p)
		}
		if got := firstRow(t, nc, "SELECT CURRENT_USER(), DATABASE()"); !strings.HasSuffix(got, "nat@%\x01d") {
			t.Errorf("%q", got)
		}
	}
	if p := change("sha", "d", mysql.AUTH_CACHING_SHA2_PASSWORD, "one"); errorCode(p) != mysqlerr.DBAccessDenied {
		t.Errorf("%q", p)
	}
	nc = loggedIn(t, srv)
	if p := change("nat", "", mysql.AUTH_NATIVE_PASSWORD, "one"); errorCode(p) != mysqlerr.AccessDenied {
		t.Errorf("%q", p)
	}
}

// The commands that are no statements ask, too.
func TestCommandsAsk(t *testing.T) {
	srv, _ := office(t)
	nc := raw(t, srv)
	packet(t, nc)
	_ = nc.Close()
	mustExec(t, dialAs(t, srv, "root", ""), "CREATE USER low@localhost", "GRANT SELECT ON d.t TO low@localhost")
	nc = raw(t, srv)
	packet(t, nc)
	write(t, nc, framed(1, loginPacket(loginCaps, strings.Replace(rootTail, "root", "low", 1))))
	if _, ok := packet(t, nc); ok[0] != mysql.OK_HEADER {
		t.Fatalf("%q", ok)
	}
	for _, tt := range []struct {
		command byte
		data    string
		want    uint16
	}{
		{mysql.COM_INIT_DB, "e", mysqlerr.DBAccessDenied},
		{mysql.COM_INIT_DB, "missing", mysqlerr.DBAccessDenied},
		{mysql.COM_INIT_DB, "d", 0},
		{mysql.COM_FIELD_LIST, "u\x00", mysqlerr.TableAccessDenied},
		{mysql.COM_FIELD_LIST, "missing\x00", mysqlerr.TableAccessDenied},
		{mysql.COM_PROCESS_KILL, "\x01\x00\x00\x00", mysqlerr.KillDenied},
		{mysql.COM_STMT_PREPARE, "SELECT * FROM u", mysqlerr.TableAccessDenied},
		{mysql.COM_STMT_PREPARE, "SHOW ENGINE XADB STATUS", mysqlerr.SpecificAccessDenied},
		{mysql.COM_STMT_PREPARE, "FLUSH TABLES", mysqlerr.SpecificAccessDenied},
		{mysql.COM_QUERY, "PREPARE p FROM 'SELECT * FROM u'", mysqlerr.TableAccessDenied},
		{mysql.COM_QUERY, "PREPARE p FROM 'FLUSH TABLES'", mysqlerr.SpecificAccessDenied},
		{mysql.COM_QUERY, "PREPARE p FROM 'SELECT * FROM t'", 0},
	} {
		if got := ask(t, nc, tt.command, tt.data); errorCode(got) != tt.want {
			t.Errorf("command %d %q: %q, want %d", tt.command, tt.data, got, tt.want)
		}
	}
	mustExec(t, dialAs(t, srv, "root", ""), "REVOKE SELECT ON d.t FROM low@localhost")
	if got := ask(t, nc, mysql.COM_QUERY, "EXECUTE p"); errorCode(got) != mysqlerr.TableAccessDenied {
		t.Errorf("what was prepared before REVOKE: %q", got)
	}
}

// A statement about accounts commits what is open, is refused inside of a
// branch, and changes all of its accounts or none.
func TestAccountsAndTransactions(t *testing.T) {
	srv, root := office(t)
	mustExec(t, root, "BEGIN", "INSERT INTO e.t VALUES (7, 'x')", "CREATE USER dee IDENTIFIED BY 'd'", "ROLLBACK")
	if got := listed(t, root, "SELECT COUNT(*) FROM e.t"); got != "2" {
		t.Error(got)
	}
	mustExec(t, root, "XA START 'b'")
	for _, sql := range []string{"CREATE USER eve", "GRANT SELECT ON d.t TO ann", "SET PASSWORD FOR ann = 'x'", "DROP USER ann"} {
		if _, err := root.Exec(sql); code(err) != mysqlerr.XAerRMFail {
			t.Errorf("%s: %v", sql, err)
		}
	}
	mustExec(t, root, "XA END 'b'", "XA ROLLBACK 'b'", "START TRANSACTION READ ONLY")
	if _, err := root.Exec("CREATE USER eve"); code(err) != mysqlerr.ReadOnlyTransaction {
		t.Error(err)
	}
	mustExec(t, root, "ROLLBACK")
	commits := func() uint64 {
		m, err := srv.store.Metrics()
		if err != nil {
			t.Fatal(err)
		}
		return m.Engine.Commits
	}
	before := commits()
	for _, sql := range []string{"CREATE USER eve, ann", "DROP USER ann, eve", "GRANT SELECT ON d.t TO ann, eve", "ALTER USER ann ACCOUNT LOCK, eve"} {
		if _, err := root.Exec(sql); err == nil {
			t.Errorf("%s went well", sql)
		}
	}
	if after := commits(); after != before {
		t.Errorf("%d commits of statements that failed", after-before)
	}
	if got := listed(t, root, "SHOW GRANTS FOR ann"); got != "GRANT USAGE ON *.* TO `ann`@`%`" {
		t.Error(got)
	}
}

// Each statement is one QUERY event, without passwords; one that changes
// nothing is none.
func TestAccountsInTheBinlog(t *testing.T) {
	fs := vfs.NewMem()
	root := dialAs(t, secured(t, fs, nil), "root", "")
	mustExec(t, root, "CREATE DATABASE d", "CREATE TABLE d.t (id INT PRIMARY KEY)", "CREATE USER ann")
	before := len(queries(t, fs))
	mustExec(t, root, "CREATE USER IF NOT EXISTS ann, x1 IDENTIFIED BY 'pw-one', x2 IDENTIFIED BY 'pw-two'",
		"CREATE USER IF NOT EXISTS x1", "SET PASSWORD FOR x1 = 'pw-three'", "USE d", "GRANT SELECT ON t TO x1, x2 WITH GRANT OPTION",
		"RENAME USER x2 TO x3", "DROP USER IF EXISTS x2, x3, x1")
	var got []string
	for _, sql := range queries(t, fs)[before:] {
		verb, _, _ := strings.Cut(sql, " IDENTIFIED")
		got = append(got, verb)
		if strings.Contains(sql, "pw-") {
			t.Errorf("a password is in the binary log: %s", sql)
		}
	}
	want := []string{
		"CREATE USER IF NOT EXISTS 'x1'@'%'", "ALTER USER 'x1'@'%'", "GRANT SELECT ON `d`.`t` TO 'x1'@'%', 'x2'@'%' WITH GRANT OPTION",
		"RENAME USER 'x2'@'%' TO 'x3'@'%'", "DROP USER IF EXISTS 'x3'@'%', 'x1'@'%'",
	}
	if fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

// Accounts outlive a crash, as far as they were acknowledged.
func TestAccountsSurviveACrash(t *testing.T) {
	fs := vfs.NewCrashableMem()
	srv := secured(t, fs, nil)
	root := dialAs(t, srv, "root", "")
	mustExec(t, root, "CREATE DATABASE d", "CREATE TABLE d.t (id INT PRIMARY KEY)", "CREATE USER ann IDENTIFIED BY 'a', bob IDENTIFIED BY 'b'",
		"GRANT SELECT ON d.t TO ann", "GRANT ALL ON d.* TO bob", "REVOKE DROP ON d.* FROM bob", "SET PASSWORD = 'root'", "CREATE VIEW d.v AS SELECT * FROM d.t")
	srv = secured(t, fs.CrashClone(vfs.CrashCloneCfg{}), nil)
	if err := dialAs(t, srv, "root", "").Ping(); code(err) != mysqlerr.AccessDenied {
		t.Error(err)
	}
	ann, bob := dialAs(t, srv, "ann:a", "d"), dialAs(t, srv, "bob:b", "d")
	mustExec(t, ann, "SELECT * FROM t")
	mustExec(t, bob, "INSERT INTO t VALUES (1)")
	if _, err := bob.Exec("DROP TABLE t"); code(err) != mysqlerr.TableAccessDenied {
		t.Error(err)
	}
	if _, err := ann.Exec("INSERT INTO t VALUES (2)"); code(err) != mysqlerr.TableAccessDenied {
		t.Error(err)
	}
	if got := listed(t, dialAs(t, srv, "root:root", ""), "SHOW GRANTS FOR ann"); !strings.Contains(got, "GRANT SELECT ON `d`.`t` TO `ann`@`%`") {
		t.Error(got)
	}
}

// max_user_connections, of an account and for all.
func TestUserConnections(t *testing.T) {
	srv, root := office(t)
	mustExec(t, root, "ALTER USER ann WITH MAX_USER_CONNECTIONS 1")
	first := dialAs(t, srv, "ann:a", "")
	if err := first.Ping(); err != nil {
		t.Fatal(err)
	}
	if err := dialAs(t, srv, "ann:a", "").Ping(); code(err) != mysqlerr.UserLimitReached {
		t.Error(err)
	}
	mustExec(t, root, "SET GLOBAL max_user_connections = 1")
	hold := dialAs(t, srv, "cy:c", "")
	if err := hold.Ping(); err != nil {
		t.Fatal(err)
	}
	if err := dialAs(t, srv, "cy:c", "").Ping(); code(err) != mysqlerr.TooManyUserConnections {
		t.Error(err)
	}
}

// Who is let in counts before the login has ended.
func TestAdmittedCounts(t *testing.T) {
	srv, root := office(t)
	mustExec(t, root, "ALTER USER ann WITH MAX_USER_CONNECTIONS 5")
	ann := srv.accounts.Login("ann", "localhost").Account()
	for n := range 10 {
		c := &conn{srv: srv}
		srv.mu.Lock()
		srv.conns[c] = struct{}{}
		srv.mu.Unlock()
		defer func() {
			srv.mu.Lock()
			delete(srv.conns, c)
			srv.mu.Unlock()
		}()
		refused := gate{srv, c}.admit(ann, "")
		if (refused != nil) != (n >= 5) {
			t.Errorf("connection %d: %v", n, refused)
		}
	}
}

// Of two hundred who log in at once, exactly as many get in as may.
func TestUserConnectionsInAStorm(t *testing.T) {
	const clients, limit = 200, 5
	for _, set := range []string{"ALTER USER many WITH MAX_USER_CONNECTIONS 5", "SET GLOBAL max_user_connections = 5"} {
		srv, root := office(t)
		mustExec(t, root, "CREATE USER many IDENTIFIED BY 'm'", set)
		if err := dialAs(t, srv, "many:m", "").Close(); err != nil {
			t.Fatal(err)
		}
		in, out := make(chan *sql.DB, clients), make(chan uint16, clients)
		var wg sync.WaitGroup
		begin := make(chan struct{})
		for range clients {
			db := dialAs(t, srv, "many:m", "")
			wg.Go(func() {
				<-begin
				if err := db.Ping(); err != nil {
					out <- code(err)
					return
				}
				in <- db
			})
		}
		close(begin)
		wg.Wait()
		close(out)
		if len(in) != limit {
			t.Errorf("%s: %d are in", set, len(in))
		}
		for number := range out {
			if number != mysqlerr.UserLimitReached && number != mysqlerr.TooManyUserConnections {
				t.Errorf("%s: error %d", set, number)
			}
		}
		if err := (<-in).Close(); err != nil { // who leaves makes room
			t.Fatal(err)
		}
		next := dialAs(t, srv, "many:m", "")
		for end := time.Now().Add(5 * time.Second); next.Ping() != nil; {
			if time.Now().After(end) {
				t.Fatalf("%s: no room for the next", set)
			}
		}
	}
}

// queries are the texts of the QUERY events in the binary log's first file, but
// for those that begin and end transactions.
func queries(t testing.TB, fs vfs.FS) (list []string) {
	t.Helper()
	r, err := binlog.OpenReader(fs, fs.PathJoin("store", tclog.BinlogDir, "binlog.000001"))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = r.Close() }()
	for {
		ev, err := r.Next()
		if err != nil {
			return list // the file is in use: what follows is room
		}
		if ev.Type != binlog.EventQuery {
			continue
		}
		q, err := binlog.DecodeQuery(ev.Body())
		if err != nil {
			t.Fatal(err)
		}
		if q.SQL != "BEGIN" && q.SQL != "COMMIT" {
			list = append(list, q.SQL)
		}
	}
}
