package main

import (
	"bufio"
	"fmt"
	"os"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

const (
	configFlag = "config"
	envPrefix  = "XADB_"
	// configSizeMax bounds the configuration file, in bytes.
	configSizeMax = 1 << 20
)

// saidEachTime are the flags that only the command line may set: those that
// answer a question for good would no longer ask.
var saidEachTime = map[string]bool{"help": true, "yes": true}

// configure fills in the flags that the command line left out. The file may
// hold flags of other commands, so that one file serves all; a key that is no
// flag of any command is an error.
func configure(c *cobra.Command) error {
	file, err := readConfig(c)
	if err != nil {
		return err
	}
	c.Flags().VisitAll(func(f *pflag.Flag) {
		if err != nil || f.Changed || saidEachTime[f.Name] {
			return
		}
		env := envName(f.Name)
		if value, ok := os.LookupEnv(env); ok {
			if bad := f.Value.Set(value); bad != nil {
				err = fmt.Errorf("environment variable %s: %q is no value for --%s: %w (%w)", env, value, f.Name, bad, errUsage)
			}
			return
		}
		if s, ok := file[f.Name]; ok {
			if bad := f.Value.Set(s.value); bad != nil {
				err = fmt.Errorf("%s: %q is no value for %s: %w (%w)", s.at, s.value, f.Name, bad, errUsage)
			}
		}
	})
	return err
}

func envName(flag string) string {
	return envPrefix + strings.ToUpper(strings.ReplaceAll(flag, "-", "_"))
}

// A setting is one line of a configuration file.
type setting struct{ value, at string }

// readConfig reads the file that --config or XADB_CONFIG names, if any.
func readConfig(c *cobra.Command) (map[string]setting, error) {
	name := c.Flag(configFlag).Value.String()
	if name == "" {
		name = os.Getenv(envName(configFlag))
	}
	if name == "" {
		return nil, nil
	}
	info, err := os.Stat(name)
	if err != nil {
		return nil, fmt.Errorf("cannot read the configuration: %w; name an existing file with --%s", err, configFlag)
	}
	if info.Size() > configSizeMax {
		return nil, fmt.Errorf("the configuration %s has %d bytes, more than %d: is it the right file?", name, info.Size(), configSizeMax)
	}
	f, err := os.Open(name)
	if err != nil {
		return nil, fmt.Errorf("cannot read the configuration: %w", err)
	}
	defer f.Close()
	known := allFlags(c.Root())
	settings := map[string]setting{}
	lines := bufio.NewScanner(f)
	for n := 1; lines.Scan(); n++ {
		at := fmt.Sprintf("%s:%d", name, n)
		if err := parseLine(lines.Text(), at, known, settings); err != nil {
			return nil, err
		}
	}
	if err := lines.Err(); err != nil {
		return nil, fmt.Errorf("reading the configuration %s: %w", name, err)
	}
	return settings, nil
}

func parseLine(line, at string, known map[string]bool, into map[string]setting) error {
	line, _, _ = strings.Cut(line, "#")
	if line = strings.TrimSpace(line); line == "" {
		return nil
	}
	key, value, ok := strings.Cut(line, "=")
	key, value = strings.TrimSpace(key), strings.TrimSpace(value)
	switch {
	case !ok:
		return fmt.Errorf("%s: %q is not \"flag = value\" (%w)", at, line, errUsage)
	case !known[key]:
		return fmt.Errorf("%s: unknown key %q; keys are the names of flags without the dashes (%w)", at, key, errUsage)
	case into[key] != (setting{}):
		return fmt.Errorf("%s: key %q was set at %s already (%w)", at, key, into[key].at, errUsage)
	}
	into[key] = setting{value, at}
	return nil
}

// allFlags are the keys that a configuration file may hold.
func allFlags(c *cobra.Command) map[string]bool {
	known := map[string]bool{}
	var visit func(*cobra.Command)
	visit = func(c *cobra.Command) {
		c.LocalNonPersistentFlags().VisitAll(func(f *pflag.Flag) {
			if !saidEachTime[f.Name] {
				known[f.Name] = true
			}
		})
		for _, sub := range c.Commands() {
			visit(sub)
		}
	}
	visit(c)
	return known
}
