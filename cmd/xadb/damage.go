package main

import (
	"errors"
	"fmt"
	"path/filepath"
	"regexp"

	"github.com/cockroachdb/pebble/v2"

	"github.com/xadb/xadb/binlog"
	"github.com/xadb/xadb/tclog"
	"github.com/xadb/xadb/wal"
)

// place says, as "file:offset", where a store is damaged, if err says so.
func place(dir string, err error) (string, bool) {
	var inWAL *wal.RecordError
	if errors.As(err, &inWAL) {
		return fmt.Sprintf("%s:%d", filepath.Join(dir, walFolder, inWAL.File), inWAL.Offset), true
	}
	var inBinlog *binlog.CorruptError
	if errors.As(err, &inBinlog) {
		return fmt.Sprintf("%s:%d", filepath.Join(dir, tclog.BinlogDir, inBinlog.File), inBinlog.Offset), true
	}
	if inTable := pebble.ExtractDataCorruptionInfo(err); inTable != nil {
		return inTable.Path + ":" + blockOffset(inTable.Details), true
	}
	return "", false
}

// block is how the tables' errors name the damaged block: offset and length.
var block = regexp.MustCompile(`block (\d+)/\d+`)

// blockOffset is the offset of the damaged block, or 0 if the error is about
// the whole file.
func blockOffset(err error) string {
	if m := block.FindStringSubmatch(err.Error()); m != nil {
		return m[1]
	}
	return "0"
}

// damaged puts the place in front of an error about damage.
func damaged(dir string, err error) error {
	if at, ok := place(dir, err); ok {
		return fmt.Errorf("%s: damaged: %w; see xadb check", at, err)
	}
	return err
}
