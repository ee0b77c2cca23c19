package carry

import (
	"bytes"
	"context"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"

	"openspacewall/hub/store"
)

// claim is who imports, or has imported, a wall. It stands before the wall does.
type claim struct {
	File  string `json:"file"` // SHA-256
	Epoch string `json:"epoch"`
	Whole bool   `json:"whole"` // the whole wall is here
}

// Import puts the walls of a file into a store, which hubs may be using. They are
// served from the moment that all of them are whole; an import that ends before
// that leaves nothing that anybody sees, and is run again from the beginning.
//
// A wall that is here already is a refusal, unless it came from this very file:
// then nothing is done. Every error that is about the file, or about what is
// here, is a *wall.Refusal.
func Import(ctx context.Context, s store.Store, in io.Reader, o Options) (Result, error) {
	m := &mover{ctx: ctx, store: s, Options: o}
	f, err := walk(ctx, in, taker{record: m.record, wall: m.wall, log: m.log, end: m.end, progress: o.Progress})
	if err != nil {
		return Result{}, err
	}
	if f.SHA256 != o.SHA256 {
		return Result{}, invalid("the file has been changed since it was checked")
	}
	return m.publish()
}

// mover is an import under way.
type mover struct {
	Options
	ctx     context.Context
	store   store.Store
	records []recordLine
	walls   []*arriving
	now     *filling // the wall that is being written; nil: it is here already
}

// arriving is a wall that is written, and not seen yet.
type arriving struct {
	*section
	raw  []byte // the claim, as it stands in the store
	mine claim
	here bool // it was whole before this import began
}

// record keeps what is put in place at the end. Another installation's key is
// refused here, before anything has been written.
func (m *mover) record(r recordLine) error {
	if m.WithoutKeys {
		return nil
	}
	if r.Table == tableKeys {
		is, err := m.store.Get(m.ctx, r.Table, r.Key)
		if err != nil {
			return err
		}
		if is != nil && !bytes.Equal(is, r.Bytes) {
			return otherKeys()
		}
	}
	m.records = append(m.records, r)
	return nil
}

func otherKeys() error {
	return conflict("this installation has a key of its own already, which its phones, projector links and moderators rely on. " +
		"Import into a new data folder or an empty Redis before the hub is started on it for the first time, or leave the key and the people out: --without-keys")
}

// wall begins to write a wall, unless it is here.
func (m *mover) wall(w *section) error {
	a := &arriving{section: w}
	m.walls, m.now = append(m.walls, a), nil
	here, err := m.claim(a)
	if err != nil {
		return err
	}
	if a.here = here; here {
		w.entries, w.ranks = nil, nil
		return nil
	}
	m.now = &filling{ctx: m.ctx, store: m.store, id: w.Wall, to: w.Revision, rest: w.entries, ranks: w.ranks}
	w.entries, w.ranks = nil, nil
	return m.now.begin(a.mine.Epoch)
}

// claim makes a wall's id this import's, or finds the wall here.
func (m *mover) claim(a *arriving) (here bool, err error) {
	raw, err := m.store.Get(m.ctx, tableImports, a.Wall)
	if err != nil {
		return false, err
	}
	var was claim
	if raw != nil {
		if err := json.Unmarshal(raw, &was); err != nil {
			return false, fmt.Errorf("carry: the claim on wall %s: %w", a.Wall, err)
		}
	}
	known, err := m.store.Get(m.ctx, tableWalls, a.Wall)
	if err != nil {
		return false, err
	}
	_, err = m.store.Log(m.ctx, a.Wall, math.MaxUint64, 1)
	there := err == nil
	if err != nil && !errors.Is(err, store.ErrNotFound) {
		return false, err
	}
	switch {
	case there && was.Whole && was.File == m.SHA256:
		a.raw, a.mine = raw, was
		return true, nil
	case there && (known != nil || was.Whole || raw == nil):
		return false, conflict("%q (%s) is here already, and is not from this file: a wall is never written over", a.title, a.Wall)
	}
	epoch := make([]byte, 8)
	if _, err := io.ReadFull(m.Random, epoch); err != nil {
		return false, err
	}
	a.mine = claim{File: m.SHA256, Epoch: hex.EncodeToString(epoch)}
	if err := m.stake(a, raw); err != nil {
		return false, err
	}
	if there { // what an import has left that was ended
		return false, m.store.Delete(m.ctx, a.Wall)
	}
	return false, nil
}

// stake writes the claim, if nobody else has meanwhile.
func (m *mover) stake(a *arriving, old []byte) error {
	raw, err := json.Marshal(a.mine)
	if err != nil {
		return err
	}
	if err := m.store.Put(m.ctx, tableImports, a.Wall, old, raw); errors.Is(err, store.ErrChanged) {
		return underWay()
	} else if err != nil {
		return err
	}
	a.raw = raw
	return nil
}

func underWay() error {
	return conflict("another import of the same wall is under way")
}

func (m *mover) log(e store.LogEntry) error {
	if m.now == nil {
		return nil
	}
	return m.now.log(e)
}

func (m *mover) end() error {
	if m.now == nil {
		return nil
	}
	return m.now.end()
}
