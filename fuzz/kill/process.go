package kill

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"runtime"
	"slices"
	"strings"
	"sync"
	"syscall"
	"time"
)

const (
	// readyMax is how long a server may take to recover and accept clients.
	readyMax = 60 * time.Second
	// stderrKept is how many of the last lines that a server wrote to standard
	// error are kept for messages.
	stderrKept = 40

	readyPrefix = "xadb: ready on "
)

// A Command says how to run a server.
type Command struct {
	Binary     string   // the xadb command
	Dir        string   // its store
	Args       []string // further arguments of serve
	Failpoints string   // XADB_FAILPOINTS
	// Line, if not nil, is told every line of standard error.
	Line func(string)
}

// A Process is a running "xadb serve". It must be ended by Kill or Stop.
type Process struct {
	Addr string // it accepts clients there; empty if it ended before

	cmd   *exec.Cmd
	ready chan string   // gets the address, once
	gone  chan struct{} // closed when the process has ended
	// killed says that Kill ended it.
	killed bool
	state  *os.ProcessState

	mu     sync.Mutex
	line   func(string)
	stderr []string // the last lines
	alarm  []string // from the first line on that no server may write
}

// alarms are what a healthy server never writes to standard error.
var alarms = []string{"WARNING: DATA RACE", "panic: ", "fatal error: ", "connection ended by a panic"}

// errEnded: the server ended before it was ready.
var errEnded = errors.New("kill: the server ended before it was ready")

// Start runs a server on a free port of the loopback interface and waits until
// it is ready. If it ends before that the error wraps errEnded and the Process
// is returned all the same, to be asked why.
func Start(ctx context.Context, c Command) (*Process, error) {
	p := &Process{ready: make(chan string, 1), gone: make(chan struct{}), line: c.Line}
	args := append([]string{"serve", "--listen", "127.0.0.1:0", "--data", c.Dir}, c.Args...)
	p.cmd = exec.Command(c.Binary, args...)
	p.cmd.Env = append(environment(), "XADB_FAILPOINTS="+c.Failpoints)
	p.cmd.SysProcAttr = serverAttr()
	started := make(chan error, 1)
	go p.run(started)
	err := <-started
	if err != nil {
		return nil, fmt.Errorf("kill: starting the server: %w", err)
	}

	timer := time.NewTimer(readyMax)
	defer timer.Stop()
	select {
	case p.Addr = <-p.ready:
		return p, nil
	case <-p.gone:
		return p, fmt.Errorf("%w: %v\n%s", errEnded, p.state, p.Stderr())
	case <-timer.C:
		err = fmt.Errorf("kill: the server was not ready after %v\n%s", readyMax, p.Stderr())
	case <-ctx.Done():
		err = ctx.Err()
	}
	p.Kill()
	return nil, err
}

// environment is this process's, without what would configure the server.
func environment() []string {
	var env []string
	for _, e := range os.Environ() {
		if !strings.HasPrefix(e, "XADB_") {
			env = append(env, e)
		}
	}
	return env
}

// run starts the process, reads its standard error to the end and waits for
// it. It keeps its thread meanwhile: the kernel takes the end of the thread that
// has started a process for the end of its parent (prctl(2), PR_SET_PDEATHSIG).
func (p *Process) run(started chan<- error) {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	stderr, err := p.cmd.StderrPipe()
	if err == nil {
		err = p.cmd.Start()
	}
	started <- err
	if err != nil {
		return
	}
	lines := bufio.NewScanner(stderr)
	for lines.Scan() {
		p.take(lines.Text())
	}
	_, _ = io.Copy(io.Discard, stderr) // behind a line too long to keep
	_ = p.cmd.Wait()                   // how it ended is in the state
	p.state = p.cmd.ProcessState
	close(p.gone)
}

func (p *Process) take(line string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if addr, ok := strings.CutPrefix(line, readyPrefix); ok {
		p.ready <- addr
	}
	if p.line != nil {
		p.line(line)
	}
	raised := slices.ContainsFunc(alarms, func(a string) bool { return strings.Contains(line, a) })
	if (raised || len(p.alarm) > 0) && len(p.alarm) < stderrKept {
		p.alarm = append(p.alarm, line)
	}
	if len(p.stderr) == stderrKept {
		p.stderr = p.stderr[1:]
	}
	p.stderr = append(p.stderr, line)
}

// Stderr is the last lines that the server wrote to standard error.
func (p *Process) Stderr() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return strings.Join(p.stderr, "\n")
}

// Alarm is what the server wrote from its first alarm on, or "".
func (p *Process) Alarm() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return strings.Join(p.alarm, "\n")
}

// Gone is closed when the process has ended.
func (p *Process) Gone() <-chan struct{} { return p.gone }

// Kill ends the process with SIGKILL and waits for its end.
func (p *Process) Kill() {
	select {
	case <-p.gone:
		return
	default:
	}
	p.killed = true
	_ = p.cmd.Process.Kill() // it may be ending by itself
	<-p.gone
}

// Stop asks the process to end and waits; it is an error if it takes longer
// than readyMax or does not end well.
func (p *Process) Stop() error {
	_ = p.cmd.Process.Signal(syscall.SIGTERM)
	timer := time.NewTimer(readyMax)
	defer timer.Stop()
	select {
	case <-p.gone:
	case <-timer.C:
		p.Kill()
		return fmt.Errorf("kill: the server did not stop within %v\n%s", readyMax, p.Stderr())
	}
	if !p.state.Success() {
		return fmt.Errorf("kill: the server stopped with %v\n%s", p.state, p.Stderr())
	}
	return nil
}

// killedItself reports whether the process ended by SIGKILL, which nobody but
// a failpoint of its own has sent.
func (p *Process) killedItself() bool {
	<-p.gone
	status, ok := p.state.Sys().(syscall.WaitStatus)
	return ok && !p.killed && status.Signaled() && status.Signal() == syscall.SIGKILL
}

// endMax is how long a server that broke its connections may take to end.
const endMax = 5 * time.Second

// End says how the process has ended, if it does soon.
func (p *Process) End() string {
	if !p.endsSoon() {
		return "still running"
	}
	return p.state.String()
}

// endsSoon waits a while for the process to end, and reports whether it did.
func (p *Process) endsSoon() bool {
	timer := time.NewTimer(endMax)
	defer timer.Stop()
	select {
	case <-p.gone:
		return true
	case <-timer.C:
		return false
	}
}
