package main

import (
	"errors"
	"fmt"
	"path/filepath"

	"github.com/xadb/xadb/engine"
	"github.com/xadb/xadb/wal"
)

// place says, as "file:offset", where a store is damaged, if err says so.
func place(dir string, err error) (string, bool) {
	var at *engine.CorruptError
	if errors.As(err, &at) {
		return at.Place(), true
	}
	var inLog *wal.RecordError // of a log that was read by itself
	if errors.As(err, &inLog) {
		return fmt.Sprintf("%s:%d", filepath.Join(dir, walFolder, inLog.File), inLog.Offset), true
	}
	return "", false
}

// damaged puts the place in front of an error about damage.
func damaged(dir string, err error) error {
	if at, ok := place(dir, err); ok {
		return fmt.Errorf("%s: damaged: %w; see xadb check", at, err)
	}
	return err
}
