// Command xadb serves a store on the MySQL protocol, looks into stores that
// are stopped, copies them, and crashes stores to show that they recover.
//
//	xadb serve | demo | check | backup | restore | xa | wal | binlog | crash | completion | man | version
//
// Each sub-command has a file here that reads its flags, calls the packages
// below and prints. Exit status: 0 when all went well, 1 when it did not, 2
// when the command line was wrong. Output that other programs read goes to
// standard output, everything else to standard error.
//
// # Where a setting comes from
//
// A flag on the command line wins over the environment (XADB_LISTEN for
// --listen), that over the file of --config, and that over the default.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
)

func main() {
	os.Exit(run(context.Background(), os.Args[1:], streams{os.Stdin, os.Stdout, os.Stderr}))
}

// streams are the standard ones; tests pass others.
type streams struct {
	in       io.Reader
	out, err io.Writer
}

const (
	exitFailed = 1
	exitUsage  = 2
)

// errUsage is wrapped by errors in the command line itself.
var errUsage = errors.New("see xadb help")

// run runs one command line and returns its exit status.
func run(ctx context.Context, args []string, io streams) int {
	root := newRoot(io)
	root.SetArgs(args)
	err := root.ExecuteContext(ctx)
	switch {
	case err == nil:
		return 0
	case errors.Is(err, errUsage):
		fmt.Fprintln(io.err, "xadb:", err)
		return exitUsage
	}
	fmt.Fprintln(io.err, "xadb:", err)
	return exitFailed
}
