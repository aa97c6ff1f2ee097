package binlog

// A pin keeps files from being purged: the one with that number, and all behind
// it. Its owner alone moves it; Log.mu guards it.
type pin struct{ number uint32 }

// pinFile pins a file; nil if the log has none with that number.
func (l *Log) pinFile(n uint32) *pin {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, f := range l.files {
		if f.Number == n {
			return l.pinLocked(n)
		}
	}
	return nil
}

// pinOldest pins all files that there are.
func (l *Log) pinOldest() *pin {
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(l.files) == 0 {
		return l.pinLocked(0)
	}
	return l.pinLocked(l.files[0].Number)
}

func (l *Log) pinLocked(n uint32) *pin {
	p := &pin{n}
	if l.pins == nil {
		l.pins = map[*pin]struct{}{}
	}
	l.pins[p] = struct{}{}
	return p
}

// movePin lets go what is in front of file n.
func (l *Log) movePin(p *pin, n uint32) {
	l.mu.Lock()
	p.number = n
	l.mu.Unlock()
	l.removeDead()
}

func (l *Log) unpin(p *pin) {
	l.mu.Lock()
	delete(l.pins, p)
	l.mu.Unlock()
	l.removeDead()
}

// Hold keeps all files that the index names until the function it returns is
// called: for whoever copies them.
func (l *Log) Hold() (release func()) {
	l.indexMu.Lock() // or some may be on their way out of it
	defer l.indexMu.Unlock()
	p := l.pinOldest()
	return func() { l.unpin(p) }
}

// pinnedLocked is how many of the files are in front of all pins, and how many
// pins are at the one behind those. l.mu is held.
func (l *Log) pinnedLocked(files []FileInfo) (free, readers int) {
	for free < len(files) {
		for p := range l.pins {
			if p.number <= files[free].Number {
				readers++
			}
		}
		if readers > 0 {
			break
		}
		free++
	}
	return free, readers
}
