package dump

import (
	"github.com/xadb/xadb/binlog"
	"github.com/xadb/xadb/server/types"
)

// speak chooses what becomes of the log's events.
func (s *Sender) speak() {
	texts := binlog.Rewriter{Text: jsonText}
	switch {
	case s.MariaDB != "":
		s.mariaDB = &binlog.MariaDB{Version: s.MariaDB, Rewriter: texts}
		s.rewrite = s.mariaDB.Event
	case s.JSONText:
		var one [1][]byte
		s.rewrite = func(ev binlog.Event) (_ [][]byte, err error) {
			one[0], err = texts.Event(ev)
			return one[:], err
		}
	}
}

// write sends an event as the follower reads it.
func (s *Sender) write(ev binlog.Event) error {
	ack := s.Acks && endsGroup(ev)
	if s.rewrite == nil {
		return s.out(ev.Raw, ack)
	}
	events, err := s.rewrite(ev)
	if err != nil {
		return err
	}
	for i, raw := range events {
		// A MariaDB that follows by GTIDs adds up the lengths of what it gets.
		s.counted = max(s.counted+uint64(len(raw)), uint64(ev.End()))
		if err := s.out(raw, ack && i == len(events)-1); err != nil {
			return err
		}
	}
	return nil
}

// out sends one event of the file.
func (s *Sender) out(raw []byte, ack bool) error {
	if binlog.HasPlace(raw) {
		s.added += uint64(len(raw))
	}
	return s.Out.WriteEvent(raw, ack)
}

// jsonText is the text of a JSON value in binary form.
func jsonText(doc []byte) ([]byte, error) {
	tree, err := types.DecodeJSON(doc)
	if err != nil {
		return nil, err
	}
	return types.AppendJSONText(nil, tree), nil
}
