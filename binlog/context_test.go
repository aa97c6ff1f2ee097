package binlog

import (
	"encoding/hex"
	"strings"
	"testing"
	"time"

	"github.com/cockroachdb/pebble/v2/vfs"
)

// A data definition carries what its session was set to, and the statement's time; to
// MariaDB in MariaDB's words.
func TestStatementContext(t *testing.T) {
	l := mustStart(t, testOptions(vfs.NewMem()))
	defer l.Abandon()
	begin := l.DurablePos()
	at := time.Date(2026, 1, 2, 3, 4, 5, 123456000, time.UTC)
	c := NewCache(0)
	c.SetContext(Context{SQLMode: 1 << 25, NoForeignKeys: true, Connection: 28, TimeZone: "+05:00", Now: at})
	must(t, c.AddQuery("d", "CREATE TABLE t (a INT)"))
	commit(t, l, &PendingGroup{Kind: DDL, Cache: c, InternalXID: 7, Time: at.Add(time.Hour)})
	s, err := l.Stream(begin)
	must(t, err)
	run, err := s.Run()
	must(t, err)
	if run == nil || !run.Definition {
		t.Fatalf("%+v holds a definition", run)
	}
	var q Event
	for q.Type != EventQuery {
		q, err = s.Next(t.Context())
		must(t, err)
	}
	if got := q.Timestamp; int64(got) != at.Unix() {
		t.Errorf("the statement was at %d", got)
	}
	common := "06" + "03737464" + "04" + "2d001c002d00" + "05" + "06" + hex.EncodeToString([]byte("+05:00"))
	mysql := "00" + "00000004" + "01" + "0000000200000000" + common + "0d" + "40e201" + "11" + "0700000000000000"
	maria := "00" + "00000005" + "01" + "0000000200000000" + common + "80" + "40e201" + "11" + "0700000000000000"
	if got := hex.EncodeToString(q.Body()); !strings.Contains(got, mysql) {
		t.Errorf("%s lacks %s", got, mysql)
	}
	var w Rewriter
	raw, err := w.Event(q)
	must(t, err)
	if got := hex.EncodeToString(raw); !strings.Contains(got, maria) || len(raw) != len(q.Raw) {
		t.Errorf("%s lacks %s", got, maria)
	}
	if got, err := DecodeQuery(raw[HeaderSize : len(raw)-ChecksumSize]); err != nil || got.SQL != "CREATE TABLE t (a INT)" || got.DDLXID != 7 {
		t.Errorf("%+v, %v", got, err)
	}
	mariaDBContext([]byte{0, 1})
	mariaDBContext(append(make([]byte, 11), 9, 0, statusTimeZone, 200))
}
