package wire

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/go-mysql-org/go-mysql/mysql"
)

func unframe(p packing, b []byte) *frames {
	return &frames{packing: p, raw: bufio.NewReaderSize(bytes.NewReader(b), 16)}
}

func packings(t testing.TB) map[string]packing {
	t.Helper()
	out := map[string]packing{"zlib": zlibPacking{}}
	for _, level := range []int{1, zstdLevelDefault, zstdLevelMax} {
		p, err := newZstdPacking(level)
		if err != nil {
			t.Fatal(err)
		}
		out[fmt.Sprintf("zstd %d", level)] = p
	}
	return out
}

// What is written in frames is read back, whatever the sizes.
func TestFrames(t *testing.T) {
	noise := make([]byte, 100_000)
	r := rand.New(rand.NewPCG(1, 2))
	for i := range noise {
		noise[i] = byte(r.Uint32())
	}
	for name, p := range packings(t) {
		for _, payload := range []string{
			"a", strings.Repeat("b", packMin-1), strings.Repeat("c", packMin), strings.Repeat("d", 1<<20),
			string(noise), strings.Repeat("e", chunkMax+5),
		} {
			var sent bytes.Buffer
			out := &compression{in: frames{packing: p}}
			if err := out.write(&sent, []byte(payload)); err != nil {
				t.Fatal(err)
			}
			in := unframe(p, sent.Bytes())
			got, err := io.ReadAll(in)
			if err != nil || string(got) != payload || in.seq != out.in.seq {
				t.Errorf("%s: %d bytes came back as %d, next frame %d, want %d: %v", name, len(payload), len(got), in.seq, out.in.seq, err)
			}
			if payload[0] == 'd' && sent.Len() > len(payload)/100 {
				t.Errorf("%s: %d bytes of one letter took %d", name, len(payload), sent.Len())
			}
		}
	}
}

func packed(p packing, s string) []byte {
	var b bytes.Buffer
	if err := p.pack(&b, []byte(s)); err != nil {
		panic(err)
	}
	return b.Bytes()
}

func rawFrame(seq byte, unpacked int, body []byte) []byte {
	n := len(body)
	head := []byte{byte(n), byte(n >> 8), byte(n >> 16), seq, byte(unpacked), byte(unpacked >> 8), byte(unpacked >> 16)}
	return append(head, body...)
}

// W4: a frame gives exactly what it says, or an error.
func TestFramesRefuse(t *testing.T) {
	for name, p := range packings(t) {
		t.Run(name, func(t *testing.T) { testFramesRefuse(t, p) })
	}
}

func testFramesRefuse(t *testing.T, p packing) {
	bad := packed(p, "hello")
	bad[len(bad)-1] ^= 1
	tests := map[string]struct {
		sent []byte
		want error
	}{
		"number":            {rawFrame(1, 0, []byte("a")), ErrSequence},
		"not packed":        {rawFrame(0, 5, []byte("hello")), ErrFrame},
		"fewer bytes":       {rawFrame(0, 6, packed(p, "hello")), ErrFrame},
		"more bytes":        {rawFrame(0, 4, packed(p, "hello")), ErrFrame},
		"a bomb":            {rawFrame(0, 1, packed(p, strings.Repeat("x", 1<<20))), ErrFrame},
		"checksum":          {rawFrame(0, 5, bad), ErrFrame},
		"bytes behind":      {rawFrame(0, 5, append(packed(p, "hello"), 1)), ErrFrame},
		"cut body":          {rawFrame(0, 5, packed(p, "hello"))[:12], io.ErrUnexpectedEOF},
		"cut header":        {[]byte{1, 0, 0}, io.ErrUnexpectedEOF},
		"cut unpacked body": {rawFrame(0, 0, []byte("hello"))[:9], io.ErrUnexpectedEOF},
	}
	for name, tt := range tests {
		got := make([]byte, 0, 8)
		var err error
		f := unframe(p, tt.sent)
		for err == nil {
			var one [3]byte
			var n int
			n, err = f.Read(one[:])
			got = append(got, one[:n]...)
		}
		if !errors.Is(err, tt.want) || len(got) > 6 {
			t.Errorf("%s: %q, %v", name, got, err)
		}
	}
}

// A frame can hold several commands; none waits for bytes that came already.
func TestCommandsInOneFrame(t *testing.T) {
	server, client := loopback(t)
	c := newConn(server, Options{}.withDefaults())
	c.compress(zlibPacking{})
	ping := []byte{1, 0, 0, 0, mysql.COM_PING}
	if _, err := client.Write(rawFrame(0, 0, append(bytes.Clone(ping), ping...))); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		b, err := c.ReadCommand(always)
		if err != nil || b[0] != mysql.COM_PING {
			t.Fatal(b, err)
		}
		if err := c.WriteOK(OK{}); err != nil {
			t.Fatal(err)
		}
	}
	if err := c.Flush(); err != nil {
		t.Fatal(err)
	}
	answers := &packetReader{r: &frames{packing: zlibPacking{}, raw: bufio.NewReader(client), seq: 1}, limit: 100, seq: 1}
	if b, err := answers.read(nil); err != nil || b[0] != mysql.OK_HEADER {
		t.Fatal(b, err)
	}
}

func FuzzFrames(f *testing.F) {
	kinds := []packing{zlibPacking{}, packings(f)["zstd 3"]}
	for i, p := range kinds {
		f.Add(i, rawFrame(0, 5, packed(p, "hello")))
		f.Add(i, append(rawFrame(0, 0, []byte("hello")), rawFrame(1, 300, packed(p, strings.Repeat("x", 300)))...))
	}
	f.Fuzz(func(t *testing.T, kind int, b []byte) {
		p := packetReader{limit: 1 << 20}
		p.frames = unframe(kinds[uint(kind)%2], b)
		p.r = p.frames
		for {
			payload, err := p.read(nil)
			if err != nil {
				return
			}
			if len(payload) > p.limit {
				t.Fatalf("%d bytes", len(payload))
			}
		}
	})
}
