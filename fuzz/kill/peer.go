package kill

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
)

const (
	// peerProgram is MariaDB's reader of binary logs.
	peerProgram = "mariadb-binlog"
	// requirePeers is the variable that makes a missing peer an error.
	requirePeers = "XADB_REQUIRE_PEERS"
	// peerBatch is how many files one run of the program is given.
	peerBatch = 64
)

// A peer lets mariadb-binlog read files, each once for each size it has had.
type peer struct {
	path string           // empty: not installed
	seen map[string]int64 // size by file
}

func findPeer() (*peer, error) {
	path, err := exec.LookPath(peerProgram)
	if err != nil {
		if os.Getenv(requirePeers) == "1" {
			return nil, fmt.Errorf("kill: %s=1: %w; install mariadb-client", requirePeers, err)
		}
		path = ""
	}
	return &peer{path, map[string]int64{}}, nil
}

// read has the files read that have changed. Whatever the program says on
// standard error is an error.
func (p *peer) read(files []string) error {
	if p.path == "" {
		return nil
	}
	var changed []string
	for _, name := range files {
		info, err := os.Stat(name)
		if err != nil {
			return err
		}
		if size, ok := p.seen[name]; !ok || size != info.Size() {
			p.seen[name] = info.Size()
			changed = append(changed, name)
		}
	}
	for len(changed) > 0 {
		n := min(peerBatch, len(changed))
		var errs bytes.Buffer
		cmd := exec.Command(p.path, append([]string{"--no-defaults", "-vv", "--verify-binlog-checksum"}, changed[:n]...)...)
		cmd.Stderr = &errs
		if err := cmd.Run(); err != nil || errs.Len() > 0 {
			return fmt.Errorf("%s: %v: %s", peerProgram, err, errs.String())
		}
		changed = changed[n:]
	}
	return nil
}
