package carry

import (
	"bytes"

	"openspacewall/hub/store"
	"openspacewall/hub/wall"
)

// section is a wall in a file, with its state, which has been found sound.
type section struct {
	wallLine
	title   string
	entries []wall.Entry
	ranks   []wall.Rank
}

func (w *walker) open(text []byte) error {
	var l wallLine
	if err := decode(text, &l); err != nil {
		return wrong("%v", err)
	}
	switch {
	case store.CheckKey(l.Wall) != nil || l.Epoch == "":
		return wrong("a wall has an id and an epoch")
	case w.seen[l.Wall]:
		return wrong("the wall %s stands in the file twice", l.Wall)
	}
	newest := false
	for _, c := range l.Codes {
		if !isCode(c) {
			return wrong("%q is no join code", c)
		}
		newest = newest || c == l.Record.Code
	}
	if !newest {
		return wrong("the wall's join code is not among its codes")
	}
	w.seen[l.Wall] = true
	w.now, w.begun, w.keys = &section{wallLine: l}, w.lines, map[string]int{}
	w.logs, w.last, w.sound = 0, 0, false
	w.progressed = Progress{Wall: l.Wall}
	return nil
}

func (w *walker) entry(text []byte) error {
	var l entryLine
	if err := decode(text, &l); err != nil {
		return wrong("%v", err)
	}
	switch {
	case store.CheckKey(l.Key) != nil:
		return wrong("the key is empty or too long")
	case l.Value == nil:
		return wrong("the entry has no value")
	case w.keys[l.Key] != 0:
		return wrong("%s stands in line %d, too", l.Key, w.keys[l.Key])
	}
	w.keys[l.Key] = w.lines
	w.now.entries = append(w.now.entries, wall.Entry{Key: l.Key, Value: l.Value})
	w.progressed.Entries++
	return nil
}

// whole is called when all entries have been read.
func (w *walker) whole() error {
	at := wall.Position{Epoch: w.now.Epoch, Revision: w.now.Revision}
	sound, err := wall.Restore(at, w.now.entries)
	if err != nil {
		return w.unsound(at, err)
	}
	w.sound = true
	w.now.title = sound.Settings().Title
	w.progressed.Wall = w.now.title
	if w.wall == nil {
		w.now.entries = nil
		return nil
	}
	w.now.ranks = sound.AllRanks()
	return w.wall(w.now)
}

// unsound finds the line that makes a wall impossible.
func (w *walker) unsound(at wall.Position, err error) error {
	scratch := wall.New(at, wall.Settings{}, 0)
	for _, e := range w.now.entries {
		if _, bad := scratch.Take(at, []wall.Entry{e}); bad != nil {
			return &fault{text: bad.Error(), line: w.keys[e.Key]}
		}
	}
	return &fault{text: err.Error(), line: w.begun}
}

func (w *walker) logged(text []byte) error {
	if !w.sound {
		if err := w.whole(); err != nil {
			return err
		}
	}
	var l logLine
	if err := decode(text, &l); err != nil {
		return wrong("%v", err)
	}
	switch {
	case l.Revision <= w.last:
		return wrong("revision %d does not follow %d", l.Revision, w.last)
	case l.Revision > w.now.Revision:
		return wrong("revision %d is beyond the wall's, %d", l.Revision, w.now.Revision)
	case !bytes.HasPrefix(l.Events, []byte("[")):
		return wrong("events are not a list")
	}
	w.last = l.Revision
	w.logs++
	w.progressed.Log++
	if w.log == nil {
		return nil
	}
	return w.log(store.LogEntry{Revision: l.Revision, Log: l.Events})
}

func (w *walker) close(text []byte) error {
	if !w.sound {
		if err := w.whole(); err != nil {
			return err
		}
	}
	var l wallEndLine
	if err := decode(text, &l); err != nil {
		return wrong("%v", err)
	}
	if l.Wall != w.now.Wall || l.Entries != len(w.keys) || l.Log != w.logs {
		return wrong("the wall has %d entries and %d in its log, and %d and %d were written", len(w.keys), w.logs, l.Entries, l.Log)
	}
	w.file.Walls = append(w.file.Walls, Summary{ID: l.Wall, Title: w.now.title, Code: w.now.Record.Code,
		Revision: w.now.Revision, Entries: len(w.keys), Log: w.logs})
	w.now = nil
	if w.end == nil {
		return nil
	}
	return w.end()
}
