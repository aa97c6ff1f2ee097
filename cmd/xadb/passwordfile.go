package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"runtime"
	"strings"
)

// passwordFileMax bounds a file with a password, in bytes: no password is longer
// than 256.
const passwordFileMax = 258

// readPasswordFile reads a password, which is the file's first and only line.
// Nobody but its owner may be able to read the file. The password is in no
// error.
func readPasswordFile(path string) (string, error) {
	f, err := os.Open(path)
	if err != nil {
		return "", err
	}
	text, err := readPassword(f)
	return text, errors.Join(err, f.Close())
}

func readPassword(f *os.File) (string, error) {
	info, err := f.Stat()
	if err != nil {
		return "", err
	}
	if !info.Mode().IsRegular() {
		return "", fmt.Errorf("%s is not a file", f.Name())
	}
	if mode := info.Mode().Perm(); runtime.GOOS != "windows" && mode&0o077 != 0 {
		return "", fmt.Errorf("%s has mode %#o, so others may read the password in it: chmod 600 it", f.Name(), mode)
	}
	b, err := io.ReadAll(io.LimitReader(f, passwordFileMax+1))
	if err != nil {
		return "", err
	}
	text := strings.TrimSuffix(strings.TrimSuffix(string(b), "\n"), "\r")
	switch {
	case len(b) > passwordFileMax:
		return "", fmt.Errorf("%s is longer than a password can be (256 bytes)", f.Name())
	case text == "":
		return "", fmt.Errorf("%s is empty: write the password into its first line", f.Name())
	case strings.ContainsAny(text, "\n\r\x00"):
		return "", fmt.Errorf("%s has more than one line", f.Name())
	}
	return text, nil
}
