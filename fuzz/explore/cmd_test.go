package explore

import (
	"os"
	"strconv"
	"testing"
	"time"
)

func TestMainRun(t *testing.T) {
	o := Options{Kind: os.Getenv("KIND"), Dir: "/tmp/exmain", ViolationsMax: 8}
	if s := os.Getenv("SECONDS_"); s != "" {
		n, _ := strconv.Atoi(s)
		o.Duration = time.Duration(n) * time.Second
	} else {
		o.Duration = 5 * time.Second
	}
	if s := os.Getenv("SEED"); s != "" {
		o.Seed, _ = strconv.ParseUint(s, 10, 64)
	}
	if s := os.Getenv("PROGRAMS"); s != "" {
		o.Programs, _ = strconv.Atoi(s)
	}
	if err := Main(o, os.Stdout); err != nil {
		t.Fatal(err)
	}
}
