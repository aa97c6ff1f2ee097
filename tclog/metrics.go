package tclog

import (
	"github.com/xadb/xadb/engine"
	"github.com/xadb/xadb/groupcommit"
)

// Metrics is how an open store is and what it has done since it was opened.
type Metrics struct {
	Engine engine.Metrics
	// Groups is what went through the stages of the commit pipeline.
	Groups groupcommit.Stats
	// GroupMean is how many members a group had in SYNC, on average; 0 if there
	// was none.
	GroupMean float64
}

// Metrics reads all of them; see engine.Metrics for what that costs.
func (l *Log) Metrics() (Metrics, error) {
	eng, err := l.eng.Metrics()
	if err != nil {
		return Metrics{}, err
	}
	m := Metrics{Engine: eng, Groups: l.pipe.Stats()}
	if s := m.Groups.Stages[groupcommit.Sync]; s.Groups > 0 {
		m.GroupMean = float64(s.Members) / float64(s.Groups)
	}
	return m, nil
}
