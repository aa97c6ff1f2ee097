package server

import (
	"strings"

	"github.com/xadb/xadb/server/mysqlerr"
	"github.com/xadb/xadb/server/xa"
)

type savepoint struct {
	name string
	mark any
}

// setSavepoint replaces one of the same name. Outside of a transaction there
// is nothing to mark.
func (s *session) setSavepoint(name string) error {
	if err := s.machine.Allow(xa.Savepoint); err != nil {
		return err
	}
	if s.txn == nil {
		if s.settings.autocommit {
			return nil
		}
		t, err := s.begin(s.nextMode(), false)
		if err != nil {
			return err
		}
		s.txn = t
	}
	if i := s.findSavepoint(name); i >= 0 {
		s.txn.savepoints = append(s.txn.savepoints[:i:i], s.txn.savepoints[i+1:]...)
	}
	if len(s.txn.savepoints) >= savepointsMax {
		return mysqlerr.New(mysqlerr.UnknownError, "too many savepoints in one transaction; release some")
	}
	s.txn.savepoints = append(s.txn.savepoints, savepoint{strings.Clone(name), s.txn.t.Mark()})
	return nil
}

// savepointsMax bounds the savepoints of one transaction.
const savepointsMax = 10000

func (s *session) findSavepoint(name string) int {
	if s.txn == nil {
		return -1
	}
	for i, p := range s.txn.savepoints {
		if strings.EqualFold(p.name, name) {
			return i
		}
	}
	return -1
}

// rollbackTo undoes what was done after the savepoint, and forgets the
// savepoints set since.
func (s *session) rollbackTo(name string) error {
	i, err := s.knownSavepoint(name)
	if err != nil {
		return err
	}
	if err := s.txn.t.RollbackTo(s.txn.savepoints[i].mark); err != nil {
		return err
	}
	s.txn.savepoints = s.txn.savepoints[:i+1]
	return nil
}

func (s *session) releaseSavepoint(name string) error {
	i, err := s.knownSavepoint(name)
	if err != nil {
		return err
	}
	s.txn.savepoints = s.txn.savepoints[:i]
	return nil
}

func (s *session) knownSavepoint(name string) (int, error) {
	err := s.machine.Allow(xa.Savepoint)
	i := s.findSavepoint(name)
	if i < 0 && (err == nil || s.machine.State() == xa.Idle) { // that it is not there comes first
		err = mysqlerr.New(mysqlerr.SPDoesNotExist, "SAVEPOINT", name)
	}
	return i, err
}
