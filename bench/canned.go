package main

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"io"
	"net"
	"os"
	"os/exec"
	"os/signal"
	"syscall"
)

// The canned server knows nothing: it answers each statement with bytes that
// were made before, one goroutine for a connection, buffered. It is what the
// client, the loopback and the scheduler cost, and so the bound of all servers
// that are written in Go.

// cannedFlag makes this program the canned server, at the address behind it.
const cannedFlag = "-canned"

// startCanned starts this program again, as the canned server.
func startCanned(s site) (*sqlServer, error) {
	program, err := os.Executable()
	if err != nil {
		return nil, err
	}
	addr, err := freePort()
	if err != nil {
		return nil, err
	}
	return start(s, addr, exec.Command(program, cannedFlag, addr))
}

// serveCanned serves until the process is told to end.
func serveCanned(addr string) error {
	l, err := net.Listen("tcp", addr)
	if err != nil {
		return err
	}
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM)
	defer stop()
	context.AfterFunc(ctx, func() { _ = l.Close() })
	for {
		nc, err := l.Accept()
		if ctx.Err() != nil {
			return nil
		}
		if err != nil {
			return err
		}
		go func() {
			_ = errors.Join(answerCanned(nc), nc.Close()) // the client has gone
		}()
	}
}

// What the canned server says (MySQL Internals, Client/Server Protocol).
var (
	cannedOK       = []byte{sqlOK, 0, 0, 2, 0, 0, 0}
	cannedEOF      = []byte{sqlEOF, 0, 0, 2, 0}
	cannedColumn   = []byte("\x03def\x00\x00\x00\x01a\x00\x0c\x2d\x00\xff\x00\x00\x00\xfd\x00\x00\x00\x00\x00")
	cannedGreeting = append(append([]byte("\x0a8.0.0\x00\x01\x00\x00\x00saltsalt\x00"),
		0x09, 0x82, 45, 2, 0, 8, 0, 21), "\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00saltsaltsalt\x00mysql_native_password\x00"...)
	cannedOne = rowsOf("1")
	cannedRow = rowsOf(string(bytes.Repeat([]byte{'f'}, valLen)))
)

// rowsOf is the answer of one row with one column.
func rowsOf(text string) (answer []byte) {
	row := append([]byte{byte(len(text))}, text...)
	for i, packet := range [][]byte{{1}, cannedColumn, cannedEOF, row, cannedEOF} {
		answer = appendPacket(answer, byte(i+1), packet)
	}
	return answer
}

func appendPacket(b []byte, seq byte, packet []byte) []byte {
	return append(append(b, byte(len(packet)), byte(len(packet)>>8), 0, seq), packet...)
}

func answerCanned(nc net.Conn) error {
	ok := map[byte][]byte{}
	for _, seq := range []byte{1, 2} { // of a statement, and of the login
		ok[seq] = appendPacket(nil, seq, cannedOK)
	}
	if _, err := nc.Write(appendPacket(nil, 0, cannedGreeting)); err != nil {
		return err
	}
	c := sqlConn{nc: nc, r: bufio.NewReaderSize(nc, 16<<10)}
	for {
		if err := c.packet(); errors.Is(err, io.EOF) {
			return nil
		} else if err != nil {
			return err
		}
		answer := ok[c.seq]
		switch {
		case c.seq == 2:
		case bytes.HasPrefix(c.body[1:], []byte("SELECT 1")):
			answer = cannedOne
		case bytes.HasPrefix(c.body[1:], []byte("SELECT pad")):
			answer = cannedRow
		}
		if _, err := nc.Write(answer); err != nil {
			return err
		}
	}
}
