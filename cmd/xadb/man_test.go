package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// eachCommand visits the tree.
func eachCommand(c *cobra.Command, f func(*cobra.Command)) {
	f(c)
	for _, sub := range c.Commands() {
		eachCommand(sub, f)
	}
}

// Each command has a page, with each of its flags.
func TestManual(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "man1")
	command("man", dir).wants(t, 0)
	pages := 0
	command("completion", "csh").wants(t, exitUsage, `no command "csh"`)
	eachCommand(newRoot(streams{}), func(c *cobra.Command) {
		name := filepath.Join(dir, strings.ReplaceAll(c.CommandPath(), " ", "-")+".1")
		text, err := os.ReadFile(name)
		must(t, err)
		pages++
		page := strings.ReplaceAll(string(text), `\-`, "-")
		if !strings.Contains(page, ".TH") || !strings.Contains(page, c.Short) {
			t.Errorf("%s:\n%s", name, page)
		}
		c.LocalFlags().VisitAll(func(f *pflag.Flag) {
			if !f.Hidden && !strings.Contains(page, "--"+f.Name) {
				t.Errorf("%s lacks --%s", name, f.Name)
			}
		})
	})
	if pages < 15 {
		t.Errorf("%d pages", pages)
	}
	command("man").wants(t, exitUsage, "xadb man DIR")
	file := filepath.Join(dir, "xadb.1")
	command("man", file).wants(t, 1, "cannot make the folder")
}

// Shells are told each command and each flag.
func TestCompletion(t *testing.T) {
	for _, shell := range []string{"bash", "zsh", "fish", "powershell"} {
		command("completion", shell).wants(t, 0, "xadb", "__complete")
	}
	eachCommand(newRoot(streams{}), func(c *cobra.Command) {
		path := strings.Fields(c.CommandPath())[1:]
		var want []string
		for _, sub := range c.Commands() {
			if sub.IsAvailableCommand() {
				want = append(want, sub.Name()+"\t"+sub.Short)
			}
		}
		if got := command(append(append([]string{"__complete"}, path...), "")...); got.code != 0 {
			t.Errorf("%v: %s", path, got.err)
		} else {
			for _, line := range want {
				got.wants(t, 0, line+"\n")
			}
		}
		flags := command(append(append([]string{"__complete"}, path...), "--")...)
		c.LocalFlags().VisitAll(func(f *pflag.Flag) {
			if !f.Hidden {
				flags.wants(t, 0, "--"+f.Name)
			}
		})
	})
}
