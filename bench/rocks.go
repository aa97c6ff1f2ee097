package main

// #cgo LDFLAGS: -lrocksdb
// #include <stdlib.h>
// #include "rocks.h"
import "C"

import (
	"errors"
	"unsafe"
)

// rocksStore is RocksDB's TransactionDB: two-phase transactions, prepare and
// commit both synced.
type rocksStore struct{ r *C.rocks }

func rocksBranches(s site) (store, error) {
	dir := C.CString(s.dir)
	defer C.free(unsafe.Pointer(dir))
	st := &rocksStore{r: (*C.rocks)(C.malloc(C.sizeof_rocks))}
	C.rocks_add(C.int64_t(s.disk.added))
	var text *C.char
	*st.r = C.rocks_open(dir, memTableSize, memTables, cacheSize, &text)
	if text != nil {
		return nil, errors.Join(rocksError(text), st.close())
	}
	return st, nil
}

// rocksError makes an error of a text of RocksDB's and frees it.
func rocksError(text *C.char) error {
	if text == nil {
		return nil
	}
	defer C.free(unsafe.Pointer(text))
	return errors.New("rocksdb: " + C.GoString(text))
}

func (st *rocksStore) run(s *slice, h *histogram) error {
	return rocksError(C.rocks_branches(st.r,
		(*C.int64_t)(s.next), (*C.int32_t)(&s.stop), (*C.int64_t)(&h[0])))
}

func (st *rocksStore) close() error {
	C.rocks_close(st.r)
	C.free(unsafe.Pointer(st.r))
	return nil
}

// syncs implements syncCounter.
func (st *rocksStore) syncs() (h histogram) {
	C.rocks_syncs((*C.int64_t)(&h[0]))
	return h
}
