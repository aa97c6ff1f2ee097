package main

import (
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"runtime"
	"strconv"
	"strings"
	"time"
)

// options are what the command line says.
type options struct {
	workloads, peers *regexp.Regexp
	clients          int // 0: those of the workload
	slice            time.Duration
	added            time.Duration
	rounds           int
	rows             int64
	dir              string
	profile          string
	serve            []string // more flags for xadb serve
}

func main() {
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

func run(args []string) error {
	if len(args) == 2 && args[0] == cannedFlag {
		return serveCanned(args[1])
	}
	o, err := parse(args)
	if err != nil {
		return err
	}
	return bench(o, os.Stdout)
}

func parse(args []string) (o options, err error) {
	f := flag.NewFlagSet("bench", flag.ExitOnError)
	workloads := f.String("workloads", "", "regular `expression` for the workloads to run: "+workloadNames())
	peers := f.String("peers", "", "regular `expression` for the stores that take part; the first of them is what the others are compared with")
	f.IntVar(&o.clients, "clients", 0, "only lines of so many clients; 0 is all")
	f.DurationVar(&o.slice, "slice", time.Second, "length of one store's turn")
	f.IntVar(&o.rounds, "rounds", 7, "turns of each store that count; one more warms up")
	f.Int64Var(&o.rows, "rows", 1_000_000, "rows that there are to be read, more than a scan reads")
	f.DurationVar(&o.added, "added", 0, "time added to each sync, in workloads that add none themselves; with -dir in memory, a disk that is always alike")
	f.StringVar(&o.dir, "dir", "", "folder for the stores, on the disk to be measured (default the system's temporary one)")
	f.StringVar(&o.profile, "profile", "", "`folder` for profiles of processor, allocations, mutexes and blocking")
	serve := f.String("serve", "", "more `flags` for xadb serve, separated by spaces")
	_ = f.Parse(args) // it exits by itself
	o.serve = strings.Fields(*serve)
	if o.workloads, err = regexp.Compile(*workloads); err != nil {
		return o, err
	}
	if o.peers, err = regexp.Compile(*peers); err != nil {
		return o, err
	}
	if o.rounds < 1 || o.rows <= scanLen || f.NArg() > 0 {
		return o, fmt.Errorf("at least 1 round, more than %d rows, and no argument but flags", scanLen)
	}
	return o, nil
}

func workloadNames() string {
	var names []string
	for _, w := range workloads {
		names = append(names, w.name)
	}
	return strings.Join(names, ", ")
}

// bench runs what the options ask for.
func bench(o options, out io.Writer) (err error) {
	dir, err := os.MkdirTemp(o.dir, "bench-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	fmt.Fprintf(out, "%s, %d processors, %s\n", cpu(), runtime.GOMAXPROCS(0), runtime.Version())
	fmt.Fprintf(out, "every store: up to %d memtables of %d MiB, block cache of %d MiB; keys of %d bytes, values of %d\n",
		memTables, memTableSize>>20, cacheSize>>20, keyLen, valLen)
	fmt.Fprintf(out, "%d rounds of %v for each store; ratio: median of the rounds' ratios to the first store\n", o.rounds, o.slice)
	stop, err := startProfiles(o.profile)
	if err != nil {
		return err
	}
	for i, c := range contests(o) {
		if err := hold(c, o, filepath.Join(dir, strconv.Itoa(i)), out); err != nil {
			return fmt.Errorf("%s, %d clients: %w", c.w.name, c.clients, err)
		}
	}
	return stop()
}

// contests lists the lines of the workloads asked for.
func contests(o options) (all []*contest) {
	for _, w := range workloads {
		if !o.workloads.MatchString(w.name) {
			continue
		}
		added := w.added
		if added == nil {
			added = []time.Duration{o.added}
		}
		for _, a := range added {
			for _, n := range w.clients {
				if o.clients == 0 || o.clients == n {
					all = append(all, &contest{w: w, clients: n, added: a})
				}
			}
		}
	}
	return all
}

// hold runs one contest in a folder of its own, which is gone afterwards.
func hold(c *contest, o options, dir string, out io.Writer) error {
	defer os.RemoveAll(dir)
	err := c.open(o, dir)
	if err == nil {
		err = c.run(o)
	}
	if cerr := c.close(); err == nil {
		err = cerr
	}
	if err == nil {
		c.report(out)
	}
	return err
}

func makeDir(dir string) error { return os.MkdirAll(dir, 0o755) }

// cpu is the processor's name, as Linux gives it.
func cpu() string {
	info, err := os.ReadFile("/proc/cpuinfo")
	if err != nil {
		return runtime.GOARCH
	}
	_, rest, _ := strings.Cut(string(info), "model name\t: ")
	name, _, _ := strings.Cut(rest, "\n")
	return name
}
