package status

import (
	"bytes"
	_ "embed" // console.html
	"html/template"
	"net/http"
	"time"

	"github.com/xadb/xadb/groupcommit"
	"github.com/xadb/xadb/server"
	"github.com/xadb/xadb/tclog"
	"github.com/xadb/xadb/xid"
)

//go:embed console.html
var consoleText string

var consolePage = template.Must(template.New("console").Funcs(template.FuncMap{
	"age": func(since, now time.Time) time.Duration { return now.Sub(since).Truncate(time.Second) },
}).Parse(consoleText))

// branchesShown bounds the prepared branches on the page.
const branchesShown = 100

// A view is what the page shows.
type view struct {
	Version  string
	Now      time.Time
	Uptime   time.Duration
	Ready    readiness
	Store    *tclog.Metrics // nil: there is none
	Stages   []stage
	Prepared []xid.Prepared // the first branchesShown
	Hidden   int            // how many more
	Front    *server.Stats  // nil: there is none
	Binlog   string         // position
}

// A stage is a line about the commit pipeline.
type stage struct {
	Name string
	groupcommit.StageStats
}

func (s *Server) console(w http.ResponseWriter, _ *http.Request) {
	s.making.Lock()
	defer s.making.Unlock()
	var body bytes.Buffer
	if err := consolePage.Execute(&body, s.view()); err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	header(w, "text/html; charset=utf-8")
	_, _ = w.Write(body.Bytes()) // nobody to tell
}

func (s *Server) view() view {
	now := s.opts.Clock.Now()
	v := view{Version: s.opts.Version, Now: now, Uptime: now.Sub(s.started).Truncate(time.Second), Ready: s.readiness()}
	if front := s.front.Load(); front != nil {
		st := front.Stats()
		v.Front = &st
	}
	store := s.store.Load()
	if store == nil {
		return v
	}
	m, err := store.Metrics()
	if err != nil {
		return v // it was closed
	}
	v.Store = &m
	for _, st := range []groupcommit.Stage{groupcommit.Flush, groupcommit.Sync, groupcommit.Commit} {
		v.Stages = append(v.Stages, stage{st.String(), m.Groups.Stages[st]})
	}
	v.Prepared = store.Prepared()
	v.Hidden = max(0, len(v.Prepared)-branchesShown)
	v.Prepared = v.Prepared[:len(v.Prepared)-v.Hidden]
	if log := store.Binlog(); log != nil {
		v.Binlog = log.DurablePos().String()
	}
	return v
}
