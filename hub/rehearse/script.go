package rehearse

import (
	"bufio"
	_ "embed"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"time"
)

// youth is what is replayed when no script is given: one live session with
// people's phones, the closest to a hall. Its licence and attribution stand in
// testdata/README.md and in its first line.
//
//go:embed testdata/consultation-youth.jsonl
var youth string

// The limits of a script.
const (
	// gapMost is how much of a pause is played: a consultation that ran over
	// days has nights in it.
	gapMost = 60 * time.Second
	// lineMost bounds a line of a script: a note is at most a few kilobytes.
	lineMost = 1 << 20
)

// Script is a recorded consultation: what real people wrote and voted, in order.
type Script struct {
	Name   string // of the file, for messages
	Title  string
	Lang   string   // BCP 47, of all its notes
	People []string // in order of appearance
	Notes  []ScriptNote
	Events []ScriptEvent
	Votes  int
}

// ScriptNote is a note of a script, with what became of it in the end.
type ScriptNote struct {
	ID       string
	Author   int // index into People
	Text     string
	Rejected bool // the moderators hid it in the end
	Events   int  // how many events are about it, its posting included
}

// ScriptEvent is a note posted, or a vote on one.
type ScriptEvent struct {
	At     time.Duration // since the first event, with the long pauses cut
	Person int           // index into People
	Note   int           // index into Notes
	Vote   bool          // otherwise it is the posting of the note
	Dots   int           // of a vote: 1 for "agree", else 0
}

// line is one line of a script file.
type line struct {
	T      *int64          `json:"t"`
	Type   string          `json:"type"`
	Title  string          `json:"title"`
	Lang   string          `json:"lang"`
	Notes  int             `json:"notes"`
	Votes  int             `json:"votes"`
	ID     string          `json:"id"`
	Author string          `json:"author"`
	Text   string          `json:"text"`
	Status json.RawMessage `json:"status"` // a word on a note, counts on the first line
	Note   string          `json:"note"`
	Voter  string          `json:"voter"`
	Value  *int            `json:"value"`
}

// DefaultScript is the one that is built in.
func DefaultScript() (*Script, error) {
	return ReadScript("consultation-youth", strings.NewReader(youth))
}

// OpenScript reads a script file.
func OpenScript(path string) (*Script, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close() //nolint:errcheck // only read
	return ReadScript(path, f)
}

// ReadScript reads and checks a script. Its errors name the file and the line.
func ReadScript(name string, r io.Reader) (*Script, error) {
	p := scriptReader{script: &Script{Name: name}, notes: map[string]int{}, people: map[string]int{}}
	lines := bufio.NewScanner(r)
	lines.Buffer(make([]byte, 0, 64<<10), lineMost)
	number := 0
	for lines.Scan() {
		number++
		if len(strings.TrimSpace(lines.Text())) == 0 {
			continue
		}
		if err := p.add(lines.Bytes()); err != nil {
			return nil, fmt.Errorf("%s:%d: %w", name, number, err)
		}
	}
	if err := lines.Err(); err != nil {
		if errors.Is(err, bufio.ErrTooLong) {
			err = fmt.Errorf("longer than %d bytes", lineMost)
		}
		return nil, fmt.Errorf("%s:%d: %w", name, number+1, err)
	}
	if err := p.whole(); err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	return p.script, nil
}

// scriptReader is a script under way.
type scriptReader struct {
	script *Script
	notes  map[string]int
	people map[string]int
	last   int64 // the time of the last event in the file
	meta   *line
}

func (p *scriptReader) add(raw []byte) error {
	var l line
	if err := json.Unmarshal(raw, &l); err != nil {
		return fmt.Errorf("not a line of a script: %w", err)
	}
	if l.Type == "meta" {
		if p.meta != nil || len(p.script.Events) > 0 {
			return errors.New(`"meta" is not the first line`)
		}
		p.meta = &l
		p.script.Title, p.script.Lang = l.Title, l.Lang
		return nil
	}
	e := ScriptEvent{}
	var err error
	switch l.Type {
	case "note":
		err = p.note(&l, &e)
	case "vote":
		err = p.vote(&l, &e)
	case "":
		err = errors.New(`"type" is missing`)
	default:
		err = fmt.Errorf(`type %q is none of "meta", "note", "vote"`, l.Type)
	}
	if err != nil {
		return err
	}
	return p.event(&l, e)
}

func (p *scriptReader) note(l *line, e *ScriptEvent) error {
	var status string
	switch _, twice := p.notes[l.ID]; {
	case l.ID == "":
		return errors.New(`a note without "id"`)
	case twice:
		return fmt.Errorf("a second note %q", l.ID)
	case l.Author == "":
		return fmt.Errorf(`note %q has no "author"`, l.ID)
	case strings.TrimSpace(l.Text) == "":
		return fmt.Errorf(`note %q has no "text"`, l.ID)
	case len(l.Status) > 0 && json.Unmarshal(l.Status, &status) != nil:
		return fmt.Errorf(`note %q: "status" is not a word`, l.ID)
	}
	switch status {
	case "", "accepted", "rejected", "unreviewed":
	default:
		return fmt.Errorf(`note %q: status %q is none of "accepted", "rejected", "unreviewed"`, l.ID, status)
	}
	e.Person, e.Note = p.person(l.Author), len(p.script.Notes)
	p.notes[l.ID] = e.Note
	p.script.Notes = append(p.script.Notes, ScriptNote{ID: l.ID, Author: e.Person, Text: l.Text, Rejected: status == "rejected"})
	return nil
}

func (p *scriptReader) vote(l *line, e *ScriptEvent) error {
	at, known := p.notes[l.Note]
	switch {
	case l.Voter == "":
		return errors.New(`a vote without "voter"`)
	case !known:
		return fmt.Errorf("a vote on note %q, which is not posted before it", l.Note)
	case l.Value == nil || *l.Value < -1 || *l.Value > 1:
		return errors.New(`a vote's "value" is 1, 0 or -1`)
	}
	e.Person, e.Note, e.Vote = p.person(l.Voter), at, true
	if *l.Value == 1 {
		e.Dots = 1
	}
	p.script.Votes++
	return nil
}

// event places e in time, with long pauses cut.
func (p *scriptReader) event(l *line, e ScriptEvent) error {
	s := p.script
	switch {
	case l.T == nil:
		return errors.New(`"t" is missing`)
	case *l.T < 0:
		return errors.New(`"t" is negative`)
	case len(s.Events) > 0 && *l.T < p.last:
		return fmt.Errorf(`"t" goes back from %d to %d`, p.last, *l.T)
	}
	if len(s.Events) > 0 {
		gap := gapMost
		if ms := *l.T - p.last; ms < gapMost.Milliseconds() {
			gap = time.Duration(ms) * time.Millisecond
		}
		e.At = s.Events[len(s.Events)-1].At + gap
	}
	p.last = *l.T
	s.Notes[e.Note].Events++
	s.Events = append(s.Events, e)
	return nil
}

func (p *scriptReader) person(name string) int {
	i, known := p.people[name]
	if !known {
		i = len(p.script.People)
		p.people[name] = i
		p.script.People = append(p.script.People, name)
	}
	return i
}

// whole checks that nothing is missing: a download that broke off is not a
// consultation.
func (p *scriptReader) whole() error {
	s := p.script
	if len(s.Events) == 0 {
		return errors.New("no notes and no votes in it")
	}
	if m := p.meta; m != nil && (m.Notes > 0 && m.Notes != len(s.Notes) || m.Votes > 0 && m.Votes != s.Votes) {
		return fmt.Errorf("its first line promises %d notes and %d votes, but it has %d and %d: is it whole?",
			m.Notes, m.Votes, len(s.Notes), s.Votes)
	}
	if s.Title == "" {
		s.Title = s.Name
	}
	return nil
}

// Tally counts the script's dots, independently of any hub: for each note the
// number of people whose last vote on it was a dot. Only events for which
// counts says true are counted; nil counts all.
func (s *Script) Tally(counts func(event int) bool) []int {
	type ballot struct{ note, person int }
	last := map[ballot]int{}
	for i, e := range s.Events {
		if e.Vote && (counts == nil || counts(i)) {
			last[ballot{e.Note, e.Person}] = e.Dots
		}
	}
	tally := make([]int, len(s.Notes))
	for b, dots := range last {
		tally[b.note] += dots
	}
	return tally
}
