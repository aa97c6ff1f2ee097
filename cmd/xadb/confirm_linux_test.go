package main

import (
	"bytes"
	"fmt"
	"os"
	"testing"

	"golang.org/x/sys/unix"
)

// terminal is a pseudo-terminal: what is typed at one end is read at the other.
func terminal(t *testing.T) (keyboard, in *os.File) {
	t.Helper()
	keyboard, err := os.OpenFile("/dev/ptmx", os.O_RDWR|unix.O_NOCTTY, 0)
	must(t, err)
	t.Cleanup(func() { keyboard.Close() })
	must(t, unix.IoctlSetPointerInt(int(keyboard.Fd()), unix.TIOCSPTLCK, 0))
	n, err := unix.IoctlGetInt(int(keyboard.Fd()), unix.TIOCGPTN)
	must(t, err)
	in, err = os.OpenFile(fmt.Sprintf("/dev/pts/%d", n), os.O_RDWR|unix.O_NOCTTY, 0)
	must(t, err)
	t.Cleanup(func() { in.Close() })
	return keyboard, in
}

// On a terminal the question is asked, and only yes is yes.
func TestConfirmOnTerminal(t *testing.T) {
	for answer, confirmed := range map[string]bool{
		"y\n": true, "Yes\n": true, "\n": false, "n\n": false, "yesterday\n": false,
	} {
		keyboard, in := terminal(t)
		_, err := keyboard.WriteString(answer)
		must(t, err)
		var asked bytes.Buffer
		err = confirm(streams{in: in, err: &asked}, "sure?")
		if (err == nil) != confirmed || asked.String() != "sure? [y/N] " {
			t.Errorf("%q: %v, asked %q", answer, err, asked.String())
		}
	}
}

// On a terminal the line about work that goes on is written over.
func TestTellerOnTerminal(t *testing.T) {
	keyboard, out := terminal(t)
	tell := newTeller(out)
	tell.waitFor(t.Context(), 3*tellEvery, func() string { return "working" })
	tell.say("done")
	var got []byte
	for !bytes.HasSuffix(got, []byte("done\r\n")) {
		b := make([]byte, 4096)
		n, err := keyboard.Read(b)
		must(t, err)
		got = append(got, b[:n]...)
	}
	if !bytes.Contains(got, []byte(eraseLine+"working")) || !bytes.HasSuffix(got, []byte(eraseLine+"done\r\n")) {
		t.Errorf("%q", got)
	}
}
