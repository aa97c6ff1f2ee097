package main

import (
	"os"
	"testing"
)

func TestParseXID(t *testing.T) {
	for text, want := range map[string]string{
		"'a'":                        "X'61',X'',1",
		"'a','b'":                    "X'61',X'62',1",
		" 'a','b',7 ":                "X'61',X'62',7",
		"X'0aff',X'',3":              "X'0aff',X'',3",
		"x'0AFF' , 'b' , 0":          "X'0aff',X'62',0",
		"0x61,0x62,2":                "X'61',X'62',2",
		"X'61',X'',-5":               "X'61',X'',-5",
		"X'61',X'',9223372036854775": "X'61',X'',9223372036854775",
	} {
		x, err := parseXID(text)
		if err != nil || x.String() != want {
			t.Errorf("%s: %v, %v", text, x, err)
		}
	}
	for _, text := range []string{"", "a", "''", "'a','b','c'", "'a',7", "'a','b',-1", "'a' SUSPEND", "'a' ONE PHASE", "'a'; XA COMMIT 'b'", "X'6'"} {
		if x, err := parseXID(text); err == nil {
			t.Errorf("%s: %v", text, x)
		}
	}
}

func TestXAOnStoppedStore(t *testing.T) {
	dir := makeStore(t)
	unchanged(t, dir, func() {
		command("xa", "list", "--data", dir).wants(t, 0, "'one','b',7\td.t\n'two','b',7\td.t\n", "prepared branches in "+dir+": 2")
		command("xa", "commit", "'one','b',7", "--data", dir).wants(t, 1, "nothing was done", "--yes")
		command("xa", "commit", "'three'", "--data", dir, "--yes").wants(t, 1, "no prepared branch 'three'", "xadb xa list --data "+dir)
		command("xa", "rollback", "'three'", "--data", dir).wants(t, 1, "no prepared branch 'three'", "xadb xa list --data "+dir)
		command("xa", "commit", "three", "--data", dir, "--yes").wants(t, exitUsage, "no XID")
	})
	command("xa", "commit", "'one','b',7", "--data", dir, "--yes").wants(t, 0, "'one','b',7: committed")
	command("xa", "list", "--data", dir).wants(t, 0, "'two','b',7")
	command("xa", "rollback", "X'74776f',X'62',7", "--data", dir, "--yes").wants(t, 0, "'two','b',7: rolled back")
	command("xa", "rollback", "'one','b',7", "--data", dir, "--yes").wants(t, 1, "no prepared branch 'one'")
	command("xa", "list", "--data", dir).wants(t, 0, ": 0")
	command("check", "--data", dir).wants(t, 0, "prepared 0 branches", "ok\n")
	command("binlog", "dump", "--data", dir).wants(t, 0, "XA COMMIT X'6f6e65',X'62',7", "XA ROLLBACK X'74776f',X'62',7")
}

func TestConfirmNeedsTerminal(t *testing.T) {
	null, err := os.Open(os.DevNull)
	must(t, err)
	defer null.Close()
	if err := confirm(streams{in: null, err: os.Stderr}, "sure?"); err == nil {
		t.Error("a file that is no terminal has confirmed")
	}
}

func TestNoServer(t *testing.T) {
	command("xa", "list", "--addr", "127.0.0.1:1").wants(t, 1, "no server answers on 127.0.0.1:1", "--addr", "--data")
}
