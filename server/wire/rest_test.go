package wire

import (
	"errors"
	"net"
	"os"
	"testing"
	"time"
)

// A connection that has waited for so long that it has no buffers any more reads
// the next command as every other, with what came behind it; an interrupt ends
// it, and so does its idle timeout.
func TestRest(t *testing.T) {
	server, client := net.Pipe()
	defer client.Close()
	c := newConn(server, Options{IdleTimeout: time.Hour}.withDefaults())
	rested := make(chan struct{}, 1)
	c.OnRest(func() { rested <- struct{}{} })
	go func() {
		for range 2 {
			<-rested
			_, _ = client.Write([]byte("\x01\x00\x00\x00\x0e"))
			_, _ = client.Write([]byte("\x09\x00\x00\x00\x03SELECT 1"))
		}
		<-rested
		c.Interrupt()
	}()
	for range 2 {
		for _, want := range []string{"\x0e", "\x03SELECT 1"} {
			if got, err := c.ReadCommand(always); err != nil || string(got) != want {
				t.Fatalf("%q, %v, want %q", got, err, want)
			}
		}
	}
	if _, err := c.ReadCommand(always); !errors.Is(err, os.ErrDeadlineExceeded) {
		t.Errorf("interrupted: %v", err)
	}
	short := newConn(server, Options{IdleTimeout: restAfter + 10*time.Millisecond}.withDefaults())
	short.OnRest(func() { rested <- struct{}{} })
	if _, err := short.ReadCommand(always); !errors.Is(err, os.ErrDeadlineExceeded) || len(rested) != 1 {
		t.Errorf("idle: %v", err)
	}
}
