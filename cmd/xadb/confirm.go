package main

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
)

// answerMax bounds the answer that confirm reads, in bytes.
const answerMax = 64

// confirm asks on the terminal. Without one nobody can answer, and the answer
// is no.
func confirm(s streams, question string) error {
	if !isTerminal(s.in) {
		return errors.New("nothing was done: this needs a confirmation and standard input is no terminal; add --yes")
	}
	fmt.Fprint(s.err, question, " [y/N] ")
	line, err := bufio.NewReader(io.LimitReader(s.in, answerMax)).ReadString('\n')
	if err != nil && err != io.EOF {
		return fmt.Errorf("nothing was done: reading the answer: %w", err)
	}
	switch strings.ToLower(strings.TrimSpace(line)) {
	case "y", "yes":
		return nil
	}
	return errors.New("nothing was done: not confirmed")
}

func isTerminal(r io.Reader) bool {
	f, ok := r.(*os.File)
	return ok && isTerminalFile(f)
}
