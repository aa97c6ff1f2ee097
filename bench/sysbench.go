package main

import (
	"errors"
	"fmt"
	"net"
	"os/exec"
	"regexp"
	"strconv"
	"strings"
	"time"
)

// A sysbenchStore is a server that sysbench is the client of, with as many
// threads as there are clients.
type sysbenchStore struct {
	*sqlServer
	args []string
}

// sysbenchRows is how many rows sysbench's table has.
const sysbenchRows = 10_000

// sysbench opens a server with the table of sysbench's oltp_read_write.
func sysbench(start starter) func(site) (store, error) {
	return func(s site) (store, error) {
		srv, err := start(s)
		if err != nil {
			return nil, err
		}
		host, port, _ := net.SplitHostPort(srv.addr)
		st := &sysbenchStore{sqlServer: srv, args: []string{
			"oltp_read_write", "--db-driver=mysql", "--mysql-host=" + host, "--mysql-port=" + port, "--mysql-user=root",
			"--mysql-db=sbtest", "--tables=1", fmt.Sprintf("--table-size=%d", min(s.rows, sysbenchRows)), "--percentile=99",
		}}
		c, err := dialSQL(srv.addr, "")
		if err == nil {
			err = errors.Join(c.exec("CREATE DATABASE sbtest"), c.close())
		}
		if err == nil {
			_, err = st.sysbench("prepare")
		}
		if err != nil {
			return nil, errors.Join(err, st.close())
		}
		return st, nil
	}
}

func (st *sysbenchStore) sysbench(args ...string) (string, error) {
	out, err := exec.Command("sysbench", append(st.args[:len(st.args):len(st.args)], args...)...).CombinedOutput()
	if err != nil {
		err = fmt.Errorf("sysbench: %w: %s", err, out)
	}
	return string(out), err
}

// The lines of sysbench's report.
var (
	sysbenchDone = regexp.MustCompile(`transactions:\s+(\d+)\s+\(([\d.]+) per sec`)
	sysbench99   = regexp.MustCompile(`99th percentile:\s+([\d.]+)`)
	sysbenchMean = regexp.MustCompile(`avg:\s+([\d.]+)`)
)

// runAll implements together. sysbench counts in whole seconds.
func (st *sysbenchStore) runAll(clients int, length time.Duration) (t turn, err error) {
	seconds := max(1, int(length.Round(time.Second)/time.Second))
	out, err := st.sysbench(fmt.Sprintf("--threads=%d", clients), fmt.Sprintf("--time=%d", seconds), "run")
	if err != nil {
		return t, err
	}
	done := sysbenchDone.FindStringSubmatch(out)
	if done == nil || !strings.Contains(out, "queries:") {
		return t, fmt.Errorf("sysbench reports no transactions: %s", out)
	}
	t.ops, _ = strconv.ParseInt(done[1], 10, 64) // digits, as the pattern says
	t.rate, _ = strconv.ParseFloat(done[2], 64)
	t.p50, t.p99 = millis(sysbenchMean, out), millis(sysbench99, out) // there is no median
	return t, nil
}

func millis(of *regexp.Regexp, report string) time.Duration {
	m := of.FindStringSubmatch(report)
	if m == nil {
		return 0
	}
	f, _ := strconv.ParseFloat(m[1], 64) // digits, as the pattern says
	return time.Duration(f * float64(time.Millisecond))
}

// run is not used: the clients are sysbench's.
func (st *sysbenchStore) run(*slice, *histogram) error {
	return errors.New("sysbench runs all its clients together")
}

func (st *sysbenchStore) close() error { return st.stop() }
