package main

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"time"
)

// A sqlServer is a server of ours or of the peer's, in a process of its own, on
// a free port of loopback and in a folder of its own.
type sqlServer struct {
	cmd  *exec.Cmd
	addr string
	out  *os.File // what it prints
}

// startMax is how long a server may take to answer.
const startMax = time.Minute

// startMariaDB starts a MariaDB that is as durable as our server: every commit
// synced, in both logs.
func startMariaDB(s site) (*sqlServer, error) {
	data := filepath.Join(s.dir, "data")
	user := "--user=" + os.Getenv("USER")
	if os.Geteuid() == 0 {
		user = "--user=root"
	}
	install := exec.Command("mariadb-install-db", "--no-defaults", "--datadir="+data,
		"--auth-root-authentication-method=normal", "--skip-test-db", user)
	if out, err := install.CombinedOutput(); err != nil {
		return nil, fmt.Errorf("mariadb-install-db: %w: %s", err, out)
	}
	addr, err := freePort()
	if err != nil {
		return nil, err
	}
	_, port, _ := net.SplitHostPort(addr)
	return start(s, addr, exec.Command("mariadbd", "--no-defaults", user, "--datadir="+data,
		"--socket="+filepath.Join(s.dir, "socket"), "--bind-address=127.0.0.1", "--port="+port, "--skip-name-resolve",
		"--server-id=1", "--log-bin", "--binlog-format=ROW", "--sync-binlog=1", "--innodb-flush-log-at-trx-commit=1",
		fmt.Sprintf("--innodb-buffer-pool-size=%d", cacheSize), "--max-connections=300", "--character-set-server=utf8mb4"))
}

// startXadb starts our server, whose program is built at first.
func startXadb(s site) (*sqlServer, error) {
	program, err := builtXadb()
	if err != nil {
		return nil, err
	}
	addr, err := freePort()
	if err != nil {
		return nil, err
	}
	args := append([]string{"serve", "--listen", addr, "--data", filepath.Join(s.dir, "data"), "--log-level", "warn"}, s.serve...)
	return start(s, addr, exec.Command(program, args...))
}

// builtXadb builds the command once, from the sources beside this module.
var builtXadb = sync.OnceValues(func() (string, error) {
	root, err := exec.Command("go", "list", "-m", "-f", "{{.Dir}}", "github.com/xadb/xadb").Output()
	if err != nil {
		return "", fmt.Errorf("go list: %w", err)
	}
	build := exec.Command("go", "build", "-o", "bin/xadb", "./cmd/xadb")
	build.Dir = strings.TrimSpace(string(root))
	if out, err := build.CombinedOutput(); err != nil {
		return "", fmt.Errorf("go build: %w: %s", err, out)
	}
	return filepath.Join(build.Dir, "bin/xadb"), nil
})

func freePort() (string, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	return l.Addr().String(), l.Close()
}

// start runs a server and waits until it answers. What it prints is kept beside
// its data, and is the error if it does not.
func start(s site, addr string, cmd *exec.Cmd) (*sqlServer, error) {
	out, err := os.Create(filepath.Join(s.dir, "out"))
	if err != nil {
		return nil, err
	}
	cmd.Stdout, cmd.Stderr = out, out
	srv := &sqlServer{cmd: cmd, addr: addr, out: out}
	if err := cmd.Start(); err != nil {
		return nil, errors.Join(err, out.Close())
	}
	for began := time.Now(); ; time.Sleep(20 * time.Millisecond) { // another process; nothing to wait on
		c, err := dialSQL(addr, "")
		if err == nil {
			return srv, c.close()
		}
		if time.Since(began) > startMax {
			return nil, errors.Join(fmt.Errorf("%s does not answer: %w: %s", cmd.Path, err, srv.printed()), srv.stop())
		}
	}
}

// printed is the end of what the server has said.
func (srv *sqlServer) printed() string {
	const max = 2000
	size, err := srv.out.Seek(0, io.SeekEnd)
	if err != nil {
		return ""
	}
	b, _ := io.ReadAll(io.NewSectionReader(srv.out, size-min(size, max), max)) // for an error's text
	return string(b)
}

func (srv *sqlServer) stop() error {
	err := srv.cmd.Process.Signal(syscall.SIGTERM)
	werr := srv.cmd.Wait()
	var exit *exec.ExitError
	if errors.As(werr, &exit) {
		werr = fmt.Errorf("%s: %w: %s", srv.cmd.Path, exit, srv.printed())
	}
	return errors.Join(err, werr, srv.out.Close())
}

// tick is the unit of time in /proc (proc(5), USER_HZ).
const tick = 10 * time.Millisecond

// cpu is the processor time that the server has used, and rss its memory in
// bytes.
func (srv *sqlServer) cpu() time.Duration {
	b, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", srv.cmd.Process.Pid))
	if err != nil {
		return 0
	}
	_, rest, _ := strings.Cut(string(b), ") ") // the name may hold anything
	var user, system int64
	fields := strings.Fields(rest)
	if len(fields) < 13 {
		return 0
	}
	_, _ = fmt.Sscan(fields[11], &user) // 0 is what is shown of a time that is none
	_, _ = fmt.Sscan(fields[12], &system)
	return time.Duration(user+system) * tick
}

// rss is described with cpu.
func (srv *sqlServer) rss() int64 {
	f, err := os.Open(fmt.Sprintf("/proc/%d/status", srv.cmd.Process.Pid))
	if err != nil {
		return 0
	}
	defer f.Close()
	for lines := bufio.NewScanner(f); lines.Scan(); {
		var kib int64
		if n, _ := fmt.Sscanf(lines.Text(), "VmRSS: %d kB", &kib); n == 1 {
			return kib << 10
		}
	}
	return 0
}
