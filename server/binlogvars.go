package server

import (
	"strconv"
	"time"
)

// The variables of how transactions are compressed in the binary log.
const (
	compressionOn    = "binlog_transaction_compression"
	compressionLevel = "binlog_transaction_compression_level_zstd"
)

// decodeCompression is the level that they choose.
func decodeCompression(get func(name string) string) int {
	level, err := strconv.Atoi(get(compressionLevel))
	if err != nil || get(compressionOn) != "1" {
		return 0
	}
	return level
}

// binlogVariable is a variable's value, as the binary log has it. There is one.
func (srv *Server) binlogVariable(name string) string {
	log := srv.store.Binlog()
	age, size := srv.store.Retention()
	switch name {
	case "max_binlog_size":
		return strconv.FormatInt(log.SizeMax(), 10)
	case "max_binlog_total_size":
		return strconv.FormatInt(size, 10)
	case "binlog_expire_logs_seconds":
		return strconv.FormatInt(int64(age/time.Second), 10)
	}
	purged, err := log.PurgedGTIDs()
	if err != nil {
		srv.log.Error("reading gtid_purged", "error", err)
		return ""
	}
	return purged.String()
}

// setBinlogVariable has the binary log obey a variable, if it is one of its own.
func (srv *Server) setBinlogVariable(name, stored string) error {
	log := srv.store.Binlog()
	n, err := strconv.ParseInt(stored, 10, 64)
	if log == nil || err != nil {
		return nil
	}
	age, size := srv.store.Retention()
	switch name {
	case "max_binlog_size":
		return log.SetSizeMax(n)
	case "max_binlog_total_size":
		return srv.store.SetRetention(age, n)
	case "binlog_expire_logs_seconds":
		return srv.store.SetRetention(time.Duration(n)*time.Second, size)
	}
	return nil
}
