package main

import (
	"os"
	"path/filepath"
	"testing"
)

func writeConfig(t *testing.T, text string) string {
	t.Helper()
	name := filepath.Join(t.TempDir(), "xadb.conf")
	must(t, os.WriteFile(name, []byte(text), 0o600))
	return name
}

// A flag wins over the environment, that over the file, that over the default.
// Each folder without a store says its name in the error.
func TestPrecedence(t *testing.T) {
	file := writeConfig(t, "# one file for all commands\nlisten = 127.0.0.1:0\n\ndata = /file # the store\n")
	command("check", "--config", file).wants(t, 1, "no store in /file:")
	t.Setenv("XADB_DATA", "/environment")
	command("check", "--config", file).wants(t, 1, "no store in /environment:")
	command("check", "--config", file, "--data", "/flag").wants(t, 1, "no store in /flag:")
	t.Setenv("XADB_CONFIG", file)
	must(t, os.Unsetenv("XADB_DATA"))
	command("check").wants(t, 1, "no store in /file:")
	t.Setenv("XADB_CONFIG", "")
	command("check").wants(t, exitUsage, "needs --data")
}

func TestEnvironmentName(t *testing.T) {
	t.Setenv("XADB_LOG_LEVEL", "loud")
	command("serve").wants(t, exitUsage, `--log-level "loud"`)
	t.Setenv("XADB_SERVER_ID", "many")
	command("serve").wants(t, exitUsage, "environment variable XADB_SERVER_ID", `"many"`)
}

func TestBadConfig(t *testing.T) {
	for text, want := range map[string]string{
		"data = d\ndatta = e\n":            `:2: unknown key "datta"`,
		"data\n":                           `:1: "data" is not "flag = value"`,
		"data = a\ndata = b\n":             `:2: key "data" was set at`,
		"yes = true\n":                     `:1: unknown key "yes"`,
		"config = other\n":                 `:1: unknown key "config"`,
		"help = true\n":                    `:1: unknown key "help"`,
		"\n\nserver-id = 1\nbinlog = oh\n": `:4: "oh" is no value for binlog`,
	} {
		command("serve", "--config", writeConfig(t, text)).wants(t, exitUsage, "xadb.conf"+want)
	}
	command("serve", "--config", "/nowhere/xadb.conf").wants(t, 1, "cannot read the configuration", "/nowhere/xadb.conf")
}
