package server

import (
	"context"
	"strings"
)

// cutStart takes START TRANSACTION off a CREATE TABLE: so MySQL logs a table that a query has
// filled, whose rows come behind it and are one transaction with it there.
func cutStart(sql string) (string, bool) {
	const words = " START TRANSACTION"
	text := strings.TrimRight(sql, "; \t\r\n")
	at := len(text) - len(words)
	if at < 0 || !strings.EqualFold(text[at:], words) {
		return sql, false
	}
	return text[:at], true
}

// createAndBegin is CREATE TABLE ... START TRANSACTION. Here a definition is a transaction of its
// own: the GTID that was said is that of the rows.
func (s *session) createAndBegin(ctx context.Context, st statement) (*Result, error) {
	if over, err := s.passOver(); over || err != nil {
		return &Result{}, err
	}
	named := s.nextGTID
	s.nextGTID = nextGTID{}
	res, err := s.execute(ctx, st)
	s.nextGTID = named
	if err != nil {
		s.spendGTID()
		return nil, err
	}
	s.txn, err = s.begin(s.nextMode(), true)
	return res, err
}
