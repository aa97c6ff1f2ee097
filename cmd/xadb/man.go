package main

import (
	"fmt"
	"os"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/cobra/doc"
)

// newMan writes manual pages of the tree that it stands in. Those for shells
// are cobra's own command, completion.
func newMan() *cobra.Command {
	return &cobra.Command{
		Use: "man DIR", Short: "Write manual pages, one a command", Args: exactly(1),
		Long: "Man writes the pages xadb.1, xadb-serve.1 and so on to a folder, which it makes if it is not there. To read\n" +
			"one: man DIR/xadb-serve.1. To have them all: xadb man /usr/local/share/man/man1.",
		RunE: func(c *cobra.Command, args []string) error { return writeManual(c.Root(), args[0]) },
	}
}

func writeManual(root *cobra.Command, dir string) error {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return fmt.Errorf("cannot make the folder for the pages: %w", err)
	}
	root.DisableAutoGenTag = true
	header := &doc.GenManHeader{Section: "1", Source: "xadb " + version(), Manual: "xadb", Date: new(time.Time)}
	if err := doc.GenManTree(root, header, dir); err != nil {
		return fmt.Errorf("cannot write the pages: %w; name a folder that can be written", err)
	}
	return nil
}
