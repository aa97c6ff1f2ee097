package server

import (
	"strconv"

	"github.com/xadb/xadb/binlog/writeset"
)

// The variables by which the binary log makes its stamps of dependency. The log
// has their values.
const (
	trackingMode = "binlog_transaction_dependency_tracking"
	trackingSize = "binlog_transaction_dependency_history_size"
)

// tracking is the value of such a variable; ok is false if v is none, or there is
// no log.
func (srv *Server) tracking(v *sysVar) (value string, ok bool) {
	if v.name != trackingMode && v.name != trackingSize {
		return "", false
	}
	log := srv.store.Binlog()
	if log == nil {
		return "", false
	}
	if v.name == trackingMode {
		return log.Tracking().Mode().String(), true
	}
	return strconv.Itoa(log.Tracking().HistoryMax()), true
}

// setTracking gives the log the value of such a variable, as normalize returned it;
// others are not its own.
func (srv *Server) setTracking(v *sysVar, value string) error {
	log := srv.store.Binlog()
	switch {
	case log == nil:
	case v.name == trackingMode:
		m, err := writeset.ParseMode(value)
		if err != nil {
			return err
		}
		log.Tracking().SetMode(m)
	case v.name == trackingSize:
		n, err := strconv.Atoi(value)
		if err != nil {
			return err
		}
		log.Tracking().SetHistoryMax(n)
	}
	return nil
}
