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
)

// Check reads a whole file and says what is in it. Its errors are refusals that
// name the line, but for those of reading itself.
func Check(ctx context.Context, in io.Reader, progress func(Progress)) (File, error) {
	return walk(ctx, in, taker{progress: progress})
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
