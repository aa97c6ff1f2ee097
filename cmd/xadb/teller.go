package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"time"
)

// A teller writes lines about long work. On a terminal there is one more below
// them, which is written over while the work goes on.
type teller struct {
	out      io.Writer
	terminal bool
}

func newTeller(out io.Writer) *teller {
	f, ok := out.(*os.File)
	return &teller{out, ok && isTerminalFile(f)}
}

// eraseLine goes to the beginning of a terminal's line and clears it.
const eraseLine = "\r\x1b[K"

func (t *teller) say(format string, args ...any) {
	if t.terminal {
		fmt.Fprint(t.out, eraseLine)
	}
	fmt.Fprintf(t.out, format+"\n", args...)
}

// tellEvery is how often the line about work that goes on is written.
const tellEvery = 100 * time.Millisecond

// waitFor waits, and tells meanwhile how far the work is.
func (t *teller) waitFor(ctx context.Context, d time.Duration, progress func() string) {
	end := time.NewTimer(d)
	defer end.Stop()
	tick := time.NewTicker(tellEvery)
	defer tick.Stop()
	for {
		select {
		case <-end.C:
			return
		case <-ctx.Done():
			return
		case <-tick.C:
			if t.terminal {
				fmt.Fprint(t.out, eraseLine, progress())
			}
		}
	}
}
