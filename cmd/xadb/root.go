package main

import (
	"fmt"

	"github.com/spf13/cobra"
)

// newRoot is the tree of commands.
func newRoot(io streams) *cobra.Command {
	root := group("xadb", "An XA-capable transactional store that speaks the MySQL protocol")
	root.SilenceErrors, root.SilenceUsage = true, true
	root.SetIn(io.in)
	root.SetOut(io.out)
	root.SetErr(io.err)
	root.SetFlagErrorFunc(func(c *cobra.Command, err error) error {
		return fmt.Errorf("%w (%s --help; %w)", err, c.CommandPath(), errUsage)
	})
	root.PersistentFlags().String(configFlag, "", "file of lines \"flag = value\"; # begins a comment")
	root.PersistentPreRunE = func(c *cobra.Command, _ []string) error { return configure(c) }
	root.AddCommand(newServe(), newDemo(), newCheck(), newBackup(), newRestore(), newXA(io), newWAL(), newBinlog(), newCrash(), newMan(), newVersion())
	root.InitDefaultCompletionCmd()
	for _, c := range root.Commands() {
		if c.Name() == "completion" { // the library has help for an answer to any shell
			c.Args, c.RunE = cobra.ArbitraryArgs, runGroup
		}
	}
	return root
}

// group is a command that only holds others.
func group(use, short string, commands ...*cobra.Command) *cobra.Command {
	c := &cobra.Command{
		Use: use, Short: short,
		Args: cobra.ArbitraryArgs,
		RunE: runGroup,
	}
	c.AddCommand(commands...)
	return c
}

func runGroup(c *cobra.Command, args []string) error {
	if len(args) > 0 {
		return fmt.Errorf("%s has no command %q (%w)", c.CommandPath(), args[0], errUsage)
	}
	return c.Help()
}

// exactly refuses any other number of arguments, as a mistake in the command
// line.
func exactly(n int) cobra.PositionalArgs {
	return func(c *cobra.Command, args []string) error {
		if len(args) == n {
			return nil
		}
		return fmt.Errorf("%s takes %d arguments, not %d: %s (%w)", c.CommandPath(), n, len(args), c.UseLine(), errUsage)
	}
}
