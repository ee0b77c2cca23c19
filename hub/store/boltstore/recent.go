package boltstore

import (
	"openspacewall/hub/store"
	"openspacewall/hub/wall"
)

// recent is which keys a wall's last commits touched, for Since. It is kept in
// memory and begins when the file is opened: only this process reads the file,
// and a room that is older than the process does not exist.
type recent struct {
	at      wall.Position
	from    uint64 // what was touched after this revision is all here
	commits []touched
	keys    int
}

type touched struct {
	to   uint64
	keys []string
}

// add remembers a commit, and forgets old ones so that no more keys are kept
// than Since may bring.
func (r *recent) add(end wall.Position, keys []string) {
	if r.at.Epoch != end.Epoch {
		*r = recent{at: end, from: end.Revision}
		return
	}
	r.at = end
	r.commits = append(r.commits, touched{end.Revision, keys})
	r.keys += len(keys)
	drop := 0
	for r.keys > store.MissedEntries {
		r.from = r.commits[drop].to
		r.keys -= len(r.commits[drop].keys)
		drop++
	}
	if drop > 0 {
		r.commits = append(r.commits[:0:0], r.commits[drop:]...)
	}
}

// after gives each key touched after p once, or false when that is not known.
func (r *recent) after(p wall.Position) ([]string, bool) {
	if r.at.Epoch != p.Epoch || p.Revision > r.at.Revision || p.Revision < r.from {
		return nil, false
	}
	var keys []string
	seen := map[string]bool{}
	for _, c := range r.commits {
		if c.to <= p.Revision {
			continue
		}
		for _, k := range c.keys {
			if !seen[k] {
				seen[k] = true
				keys = append(keys, k)
			}
		}
	}
	return keys, true
}
