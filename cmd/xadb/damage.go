package main

import (
	"errors"
	"fmt"
	"path/filepath"

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
	return "", false
}
