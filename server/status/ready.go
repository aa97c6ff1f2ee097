package status

import (
	"encoding/json"
	"net/http"
)

// What /readyz says.
const (
	stateReady      = "ready"
	stateRecovering = "recovering"
	stateReadOnly   = "read only" // a write of the log has failed: nothing is accepted
	stateDiskFull   = "disk full" // no new writes until there is room
	stateStopping   = "stopping"
)

// A readiness is the answer of /readyz.
type readiness struct {
	State    string    `json:"state"`
	Reason   string    `json:"reason,omitempty"`
	Recovery *recovery `json:"recovery,omitempty"` // while it goes on
}

// A recovery is how far the store is with reading its log.
type recovery struct {
	Read     int64   `json:"read_bytes"`
	Total    int64   `json:"total_bytes"`
	Percent  float64 `json:"percent"`
	Records  int64   `json:"records"`
	Redone   int64   `json:"redone_commits"`
	Prepared int64   `json:"prepared_branches"`
	Seconds  float64 `json:"seconds"`
}

// readiness says whether clients are served, and if not, why.
func (s *Server) readiness() readiness {
	store := s.store.Load()
	switch {
	case s.stopping.Load():
		return readiness{State: stateStopping, Reason: "the server is being stopped"}
	case store == nil:
		return readiness{State: stateRecovering, Reason: "the store is being opened", Recovery: s.progress()}
	}
	if err := store.Failed(); err != nil {
		return readiness{State: stateReadOnly, Reason: err.Error()}
	}
	if err := store.Engine().Writable(); err != nil {
		return readiness{State: stateDiskFull, Reason: err.Error()}
	}
	return readiness{State: stateReady}
}

// progress is how far the recovery is, as it was told last.
func (s *Server) progress() *recovery {
	r := recovery{Seconds: s.opts.Clock.Now().Sub(s.started).Seconds()}
	if info := s.recovering.Load(); info != nil {
		r.Read, r.Total, r.Records, r.Redone, r.Prepared = info.Read, info.Total, info.Records, info.Redone, info.Prepared
		if info.Total > 0 {
			r.Percent = 100 * float64(info.Read) / float64(info.Total)
		}
		if info.Done {
			r.Percent = 100
		}
	}
	return &r
}

func (s *Server) health(w http.ResponseWriter, _ *http.Request) {
	header(w, "text/plain; charset=utf-8")
	_, _ = w.Write([]byte("ok\n")) // nobody to tell
}

func (s *Server) ready(w http.ResponseWriter, _ *http.Request) {
	r := s.readiness()
	body, err := json.Marshal(r)
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	header(w, "application/json")
	if r.State != stateReady {
		w.WriteHeader(http.StatusServiceUnavailable)
	}
	_, _ = w.Write(append(body, '\n')) // nobody to tell
}

// header is what every answer says about itself.
func header(w http.ResponseWriter, contentType string) {
	h := w.Header()
	h.Set("Content-Type", contentType)
	h.Set("Cache-Control", "no-store")
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'")
}
