package carry

import (
	"bufio"
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"hash"
	"io"
	"slices"
	"time"

	"openspacewall/hub/store"
	"openspacewall/hub/wall"
)

// Check reads a whole file and says what is in it. Its errors are refusals that
// name the line, but for those of reading itself.
func Check(ctx context.Context, in io.Reader, progress func(Progress)) (File, error) {
	return walk(ctx, in, taker{progress: progress})
}

// section is a wall in a file, with its state, which has been found sound.
type section struct {
	wallLine
	title   string
	entries []wall.Entry
	ranks   []wall.Rank
}

// taker takes what walk finds, in the order of the file. What is nil is not called.
type taker struct {
	record   func(recordLine) error
	wall     func(*section) error       // the state is whole
	log      func(store.LogEntry) error // of that wall, the oldest first
	end      func() error               // of that wall
	progress func(Progress)
}

// walk reads a file. It holds one wall's entries in memory at a time.
func walk(ctx context.Context, in io.Reader, t taker) (File, error) {
	f := &walker{taker: t, in: bufio.NewReaderSize(in, 64<<10), sum: sha256.New(), seen: map[string]bool{}}
	for !f.over {
		if err := ctx.Err(); err != nil {
			return f.file, err
		}
		text, err := f.next()
		if err != nil {
			return f.file, err
		}
		if err := f.take(text); err != nil {
			return f.file, f.at(err)
		}
		if f.progress != nil {
			f.progress(f.progressed)
		}
	}
	return f.file, nil
}

// walker is a file being read.
type walker struct {
	taker
	in    *bufio.Reader
	sum   hash.Hash
	text  []byte // of a line longer than the buffer
	lines int    // read so far
	over  bool   // the last line has been read
	file  File
	seen  map[string]bool // walls

	// Of the wall that is being read, if any:
	now        *section
	begun      int            // its first line
	keys       map[string]int // the line of each entry
	logs       int
	last       uint64 // revision in the log
	sound      bool   // the state is whole
	progressed Progress
}

// fault is what is wrong with a line, before it is said which one.
type fault struct {
	text string
	line int // if not the one being read
}

func (f *fault) Error() string { return f.text }

func wrong(format string, args ...any) error { return &fault{text: fmt.Sprintf(format, args...)} }

// at makes a fault a refusal that says where. Other errors stay what they are.
func (w *walker) at(err error) error {
	var f *fault
	if !errors.As(err, &f) {
		return err
	}
	line := f.line
	if line == 0 {
		line = w.lines
	}
	return invalid("line %d of the file: %s", line, f.text)
}

// next reads a line, without its end.
func (w *walker) next() ([]byte, error) {
	w.text = w.text[:0]
	for {
		part, err := w.in.ReadSlice('\n')
		w.text = append(w.text, part...)
		switch {
		case len(w.text) > LineMost:
			return nil, invalid("line %d of the file is longer than %d bytes", w.lines+1, LineMost)
		case err == nil:
			w.lines++
			return w.text[:len(w.text)-1], nil
		case errors.Is(err, bufio.ErrBufferFull):
		case errors.Is(err, io.EOF) && w.lines == 0:
			return nil, invalid("this is not a file of walls")
		case errors.Is(err, io.EOF):
			return nil, invalid("the file is cut short: it ends after line %d, without its last line", w.lines)
		default:
			return nil, err
		}
	}
}

// take takes one line.
func (w *walker) take(text []byte) error {
	kind, err := kindOf(text)
	if w.lines == 1 {
		if err != nil || kind != "file" {
			return invalid("this is not a file of walls")
		}
		return w.begin(text)
	}
	if err != nil {
		return wrong("%v", err)
	}
	if kind == "file_end" {
		return w.finish(text)
	}
	w.sum.Write(text)
	w.sum.Write([]byte{'\n'})
	switch {
	case w.now != nil && kind == "entry" && !w.sound:
		return w.entry(text)
	case w.now != nil && kind == "log":
		return w.logged(text)
	case w.now != nil && kind == "wall_end":
		return w.close(text)
	case w.now == nil && kind == "record" && len(w.file.Walls) == 0:
		return w.recorded(text)
	case w.now == nil && kind == "wall":
		return w.open(text)
	}
	return wrong("%q cannot stand here", kind)
}

func (w *walker) begin(text []byte) error {
	var l struct {
		Version int `json:"version"`
	}
	if err := json.Unmarshal(text, &l); err != nil || l.Version < 1 {
		return invalid("this is not a file of walls")
	}
	if l.Version > version {
		return invalid("the file is of form %d, and this program knows forms up to %d: import it with the version of the wall that made it", l.Version, version)
	}
	var head fileLine
	if err := decode(text, &head); err != nil {
		return wrong("%v", err)
	}
	if _, err := time.Parse(time.RFC3339, head.Made); err != nil {
		return wrong("made is not a time")
	}
	w.file.Made, w.file.Keys = head.Made, head.Keys
	w.sum.Write(text)
	w.sum.Write([]byte{'\n'})
	return nil
}

func (w *walker) recorded(text []byte) error {
	var r recordLine
	if err := decode(text, &r); err != nil {
		return wrong("%v", err)
	}
	switch {
	case !w.file.Keys || !slices.Contains(secretTables, r.Table) || (r.Table == tableKeys && r.Key != keySeal):
		return wrong("no record of the table %q belongs here", r.Table)
	case store.CheckKey(r.Key) != nil:
		return wrong("the key is empty or too long")
	case (r.Value == nil) == (r.Bytes == nil):
		return wrong("a record has either a value or bytes")
	case w.record == nil:
		return nil
	}
	return w.record(r)
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

func (w *walker) finish(text []byte) error {
	var l fileEndLine
	if err := decode(text, &l); err != nil {
		return wrong("%v", err)
	}
	// Nothing vouches for this line but its form.
	if form, err := json.Marshal(l); err != nil || !bytes.Equal(form, text) {
		return wrong("it is not as it was written")
	}
	w.file.SHA256 = hex.EncodeToString(w.sum.Sum(nil))
	switch {
	case w.now != nil || l.Walls != len(w.file.Walls) || l.Lines != w.lines-1:
		return invalid("lines are missing from the file: it has %d walls in %d lines, and %d in %d were written", len(w.file.Walls), w.lines-1, l.Walls, l.Lines)
	case l.SHA256 != w.file.SHA256:
		return invalid("the file has been changed since it was written: its SHA-256 is another")
	}
	if _, err := w.in.ReadByte(); !errors.Is(err, io.EOF) {
		return invalid("something follows the last line of the file")
	}
	w.over = true
	return nil
}
