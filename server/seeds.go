package server

import (
	"math/rand/v2"
	"strconv"

	tables "github.com/xadb/xadb/server/rows"
	"github.com/xadb/xadb/server/sql/expr"
)

// insertID is the variable of what the next INSERT begins to count from.
const insertID = "insert_id"

// seed is SET of one of the two numbers that RAND() goes on from; the other one is
// anything until it is set, too.
func (s *session) seed(name, value string) error {
	n, err := strconv.ParseUint(value, 10, 64)
	if err != nil {
		return err
	}
	if s.random == nil {
		s.random = &expr.Generator{A: rand.Uint64N(expr.GeneratorMax), B: rand.Uint64N(expr.GeneratorMax)}
	}
	if name == "rand_seed1" {
		s.random.A = n
	} else {
		s.random.B = n
	}
	return nil
}

// drawing is how a statement draws AUTO_INCREMENT values; nil: one after the other.
func (s *session) drawing() *tables.Drawing {
	if _, set := s.vars[insertID]; !set && s.settings.step.Width == 1 {
		return nil
	}
	return &tables.Drawing{Step: s.settings.step, Given: s.takeInsertID}
}

// takeInsertID is the value of insert_id, which is for one statement.
func (s *session) takeInsertID() (n uint64, ok bool) {
	text, ok := s.vars[insertID]
	if !ok {
		return 0, false
	}
	delete(s.vars, insertID)
	n, err := strconv.ParseUint(text, 10, 64)
	return n, err == nil && n > 0
}
