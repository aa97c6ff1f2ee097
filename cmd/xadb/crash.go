package main

import (
	"errors"
	"fmt"
	"os"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/xadb/xadb/fuzz/explore"
	"github.com/xadb/xadb/fuzz/kill"
)

// The last line of each of these is "N crash points, M recoveries, K
// violations".
func newCrash() *cobra.Command {
	return group("crash", "Crash stores and check what their recovery makes of it", newCrashExplore(), newCrashKill(), newCrashReplay())
}

func newCrashExplore() *cobra.Command {
	var seconds uint
	var o explore.Options
	c := &cobra.Command{
		Use: "explore", Short: "Crash an engine at every write of a simulated disk", Args: exactly(0),
		Long: "Explore runs short random programs on a simulated disk and recovers what a power failure may leave after each\n" +
			"of its operations. A violation is written to a file for xadb crash replay.",
		RunE: func(c *cobra.Command, _ []string) error {
			o.Duration = time.Duration(seconds) * time.Second
			return explore.Main(o, c.OutOrStdout())
		},
	}
	c.Flags().UintVar(&seconds, "seconds", 60, "how long to explore")
	c.Flags().Uint64Var(&o.Seed, "seed", 0, "where to begin; 0 draws one")
	c.Flags().StringVar(&o.Dir, "dir", ".", "folder for the files of violations")
	return c
}

func newCrashReplay() *cobra.Command {
	return &cobra.Command{
		Use: "replay FILE", Short: "Repeat a violation that explore has written down", Args: exactly(1),
		RunE: func(c *cobra.Command, args []string) error { return explore.Replay(args[0], c.OutOrStdout()) },
	}
}

func newCrashKill() *cobra.Command {
	var seconds uint
	var o kill.Options
	c := &cobra.Command{
		Use: "kill", Short: "Kill a real server again and again while clients move money", Args: exactly(0),
		Long: "Kill runs xadb serve as a child, kills it with SIGKILL at random moments, at failpoints and while it recovers,\n" +
			"and checks after each restart that everything acknowledged is there and nothing is half done.",
		RunE: func(c *cobra.Command, _ []string) error {
			o.Duration = time.Duration(seconds) * time.Second
			o.Out = c.OutOrStdout()
			if o.Seed == 0 {
				o.Seed = uint64(time.Now().UnixNano())
			}
			return crashKill(c, o)
		},
	}
	c.Flags().IntVar(&o.Rounds, "rounds", 0, "how many rounds; 0 leaves it to --seconds, and without them means 6")
	c.Flags().UintVar(&seconds, "seconds", 0, "how long; 0 leaves it to --rounds")
	c.Flags().Uint64Var(&o.Seed, "seed", 0, "seed of the plan; 0 draws one")
	c.Flags().StringVar(&o.Dir, "dir", os.TempDir(), "folder for the stores")
	return c
}

func crashKill(c *cobra.Command, o kill.Options) error {
	if o.Rounds < 0 {
		return fmt.Errorf("--rounds must not be negative (%w)", errUsage)
	}
	rep, err := kill.Run(c.Context(), o)
	out := c.OutOrStdout()
	fmt.Fprintf(out, "%d rounds, %d acknowledgements, %d failpoints killed a server, %d were not passed: %s\n",
		rep.Rounds, rep.Acks, len(rep.Points), len(rep.Unreached), strings.Join(rep.Unreached, " "))
	if len(rep.Violations) > 0 {
		err = errors.Join(err, fmt.Errorf("promises were broken, first: %s; the stores are in %s; the plan's seed is %d",
			rep.Violations[0], strings.Join(rep.Kept, " "), rep.Seed))
	}
	fmt.Fprintf(out, "%d crash points, %d recoveries, %d violations\n", rep.Crashes, rep.Recoveries, len(rep.Violations))
	return err
}
