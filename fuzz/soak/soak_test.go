package soak

import (
	"flag"
	"fmt"
	"os"
	"testing"
	"time"
)

var (
	duration = flag.Duration("soak.time", 15*time.Second, "how long to go on")
	seed     = flag.Uint64("soak.seed", 1, "seed of the run")
)

func TestMain(m *testing.M) {
	if ran, err := Child(); ran {
		if err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	flag.Parse()
	os.Exit(m.Run())
}

// TestSoak: everything that was told is so, through full disks, kills and failed
// syncs, and nothing leaks.
func TestSoak(t *testing.T) {
	r, err := Run(t.Context(), Options{Duration: *duration, Seed: *seed, Dir: t.TempDir(), Out: os.Stdout})
	fmt.Println(r)
	if err != nil {
		t.Fatal(err)
	}
}
