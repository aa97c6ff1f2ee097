package server

import (
	"fmt"
	"strings"
	"time"

	"github.com/go-mysql-org/go-mysql/mysql"

	"github.com/xadb/xadb/binlog"
	"github.com/xadb/xadb/groupcommit"
	"github.com/xadb/xadb/server/wire"
)

// Listings of what the store has.

var branchColumns = []wire.Column{
	textColumn("Xid"), intColumn("Format_id"), textColumn("Gtrid"), textColumn("Bqual"), textColumn("State"),
	intColumn("Age"), textColumn("Tables"), intColumn("Keys_changed"), textColumn("Binlogged"), intColumn("Connection"),
}

// listBranches is the prepared branches, and those that sessions work on: of
// these only the session knows what they change.
func (s *session) listBranches() (rows [][]binlog.Value, err error) {
	now := s.srv.clock.Now()
	for _, p := range s.srv.store.Prepared() {
		tables := make([]string, len(p.Tables))
		for i, t := range p.Tables {
			tables[i] = t.String()
		}
		rows = append(rows, []binlog.Value{
			[]byte(p.XID.String()), p.XID.FormatID(), p.XID.Gtrid(), p.XID.Bqual(), []byte("PREPARED"),
			seconds(now.Sub(p.PreparedAt)), []byte(strings.Join(tables, ",")), int64(p.Keys), yes(p.Binlogged), nil,
		})
	}
	for _, p := range s.srv.processes() {
		if x := p.open.xid; p.open.branch != "" {
			rows = append(rows, []binlog.Value{
				[]byte(x.String()), x.FormatID(), x.Gtrid(), x.Bqual(), []byte(p.open.branch),
				seconds(now.Sub(p.open.since)), nil, nil, nil, int64(p.id),
			})
		}
	}
	return rows, nil
}

// seconds is an age in whole ones.
func seconds(d time.Duration) binlog.Value { return int64(max(d, 0) / time.Second) }

var segmentColumns = []wire.Column{textColumn("File"), intColumn("Number"), intColumn("First_lsn"), intColumn("Epoch")}

func (s *session) listSegments() (rows [][]binlog.Value, err error) {
	for _, f := range s.srv.store.Segments() {
		rows = append(rows, []binlog.Value{[]byte(f.File), int64(f.Number), int64(f.First), int64(f.Epoch)})
	}
	return rows, nil
}

var stageColumns = []wire.Column{
	textColumn("Stage"), intColumn("Groups"), intColumn("Members"), intColumn("Largest"), textColumn("Mean"),
}

func (s *session) listStages() (rows [][]binlog.Value, err error) {
	m, err := s.srv.store.Metrics()
	if err != nil {
		return nil, err
	}
	for i, st := range m.Groups.Stages {
		mean := float64(st.Members) / float64(max(st.Groups, 1))
		rows = append(rows, []binlog.Value{
			[]byte(groupcommit.Stage(i).String()), int64(st.Groups), int64(st.Members), int64(st.GroupMax), fmt.Appendf(nil, "%.2f", mean),
		})
	}
	return rows, nil
}

var readViewColumns = []wire.Column{
	textColumn("Name"), {Name: "Age", Type: mysql.MYSQL_TYPE_DOUBLE, Charset: charsetBinary, Length: 21, Decimals: 3},
	intColumn("Index"), textColumn("Id"), intColumn("Readers"),
}

func (s *session) listReadViews() (rows [][]binlog.Value, err error) {
	for _, v := range s.srv.store.Views() {
		rows = append(rows, []binlog.Value{
			[]byte(v.Name), v.Age.Seconds(), int64(v.CommitNo), []byte(v.ID.String()), int64(v.Readers),
		})
	}
	return rows, nil
}
