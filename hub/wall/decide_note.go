package wall

import (
	"crypto/sha256"
	"encoding/hex"
	"slices"
	"strings"
)

// digest tells a resend from a clash of ids.
func digest(parts ...string) string {
	sum := sha256.Sum256([]byte(strings.Join(parts, "\x00")))
	return hex.EncodeToString(sum[:16])
}

func (t *turn) post(c Post) *Refusal {
	w := t.w
	if n := w.notes[c.ID]; n != nil && !resendIsNew {
		return t.again(n, c)
	}
	text, no := noteText(c.Text, w.settings.Length)
	if no != nil {
		return no
	}
	if no := t.writing(); no != nil {
		return no
	}
	if no := t.under(c.Theme); no != nil {
		return no
	}
	if !slices.ContainsFunc(w.settings.Kinds, func(k Kind) bool { return k.ID == c.Kind }) {
		return &Refusal{Code: NotFound, Field: "kind", Text: "no such kind", Item: "k:" + c.Kind}
	}
	p, no := t.person()
	if no != nil {
		return no
	}
	if no := t.mayPost(p); no != nil {
		return no
	}
	t.e.left.people = append(t.e.left.people, p)
	n := &Note{ID: c.ID, Theme: c.Theme, Kind: c.Kind, Text: text, Lang: c.Lang, Dir: Direction(text),
		Author: t.by.ID, At: t.at, Sent: digest(c.Theme, c.Kind, c.Lang, text)}
	n.State, n.Due = t.fresh(p.Muted)
	t.e.left.notes = append(t.e.left.notes, n)
	t.did(NotePosted, "n:"+n.ID)
	t.e.To = string(n.State)
	t.silent = true
	return nil
}

// again is the answer to a post whose id is there already. The length allowed
// may have changed since.
func (t *turn) again(n *Note, c Post) *Refusal {
	text, no := noteText(c.Text, LengthMax)
	switch {
	case n.Author == t.by.ID && n.State == Erased:
		return gone("n:" + n.ID)
	case n.Author == t.by.ID && no == nil && n.Sent == digest(c.Theme, c.Kind, c.Lang, text):
		return nil
	}
	// Who else has that id, and what became of it, is nobody's business.
	return &Refusal{Code: Conflict, Text: "another note has this id", Item: "n:" + n.ID}
}

// writing refuses where the phase or the wall is past writing.
func (t *turn) writing() *Refusal {
	switch t.w.settings.Phase {
	case Closed:
		return readOnly()
	case Results:
		return &Refusal{Code: WrongPhase, Text: "the time for writing is over"}
	}
	return nil
}

// under refuses a theme that is not there, or closed.
func (t *turn) under(theme string) *Refusal {
	for _, th := range t.w.settings.Themes {
		if th.ID == theme {
			if th.Closed {
				return &Refusal{Code: Gone, Field: "theme", Text: "the theme is closed", Item: "t:" + theme}
			}
			return nil
		}
	}
	return &Refusal{Code: NotFound, Field: "theme", Text: "no such theme", Item: "t:" + theme}
}

// person is a copy of what the wall knows of who asks, new when that is nothing.
func (t *turn) person() (*Person, *Refusal) {
	if p := t.w.people[t.by.ID]; p != nil {
		c := *p
		return &c, nil
	}
	if no := t.room(); no != nil {
		return nil, no
	}
	return &Person{ID: t.by.ID, First: t.at}, nil
}

// room refuses one more person than a wall holds.
func (t *turn) room() *Refusal {
	w := t.w
	if w.settings.Rehearsal || w.index.known < PeopleMax || w.people[t.by.ID] != nil || w.ballots[t.by.ID] != nil {
		return nil
	}
	return &Refusal{Code: Full, Text: "too many people on this wall", Max: PeopleMax}
}

// mayPost is what limits posting. The desk types in what many wrote on paper.
func (t *turn) mayPost(p *Person) *Refusal {
	w := t.w
	if w.settings.Rehearsal {
		return nil
	}
	if w.index.alive >= NotesMax {
		return &Refusal{Code: Full, Text: "the wall is full", Max: NotesMax}
	}
	if t.by.Role.desk() {
		return nil
	}
	if w.index.live[p.ID] >= LiveMax {
		return &Refusal{Code: TooMany, Text: "too many notes of yours on the wall", Max: LiveMax}
	}
	next, wait := pace(p.Posts, t.at, PostEvery, PostBurst)
	if wait > 0 {
		return tooOften(wait)
	}
	p.Posts = next
	return nil
}

// fresh is the state of a note just written, and when it goes up by itself. A
// moderator has read what a moderator writes.
func (t *turn) fresh(muted bool) (State, Millis) {
	s := t.w.settings
	if muted {
		return Waiting, 0
	}
	mode := s.Moderation.Mode
	if t.by.Role.desk() {
		mode = "open"
	}
	switch {
	case mode == "read":
		return Waiting, 0
	case mode == "delay":
		return Waiting, t.at + int64(s.Moderation.Seconds)*1000
	case s.Frozen:
		return Waiting, t.at
	}
	return Shown, 0
}

// own is a note of the one who asks.
func (t *turn) own(id string) (*Note, *Refusal) {
	n := t.w.notes[id]
	if n == nil {
		return nil, notFound("n:" + id)
	}
	if n.Author != t.by.ID {
		return nil, &Refusal{Code: Forbidden, Text: "not your note", Item: "n:" + id}
	}
	return n, nil
}

func (t *turn) edit(c Edit) *Refusal {
	n, no := t.own(c.Note)
	if no != nil {
		return no
	}
	if n.State.Final() {
		return gone("n:" + n.ID)
	}
	text, no := noteText(c.Text, t.w.settings.Length)
	if no != nil {
		return no
	}
	if n.Text == text && n.Lang == c.Lang {
		return nil
	}
	if no := t.writing(); no != nil {
		return no
	}
	if t.at-n.At > EditWindow.Milliseconds() {
		return &Refusal{Code: Late, Text: "the time for editing is over", Item: "n:" + n.ID}
	}
	p, no := t.person()
	if no != nil {
		return no
	}
	if !t.w.settings.Rehearsal && !t.by.Role.desk() {
		next, wait := pace(p.Edits, t.at, EditEvery, EditBurst)
		if wait > 0 {
			return tooOften(wait)
		}
		p.Edits = next
	}
	t.e.left.people = append(t.e.left.people, p)
	t.silent = true
	n = t.change(n)
	from := max(0, len(n.Versions)+1-VersionsMax)
	n.Versions = append(slices.Clip(n.Versions[from:]), Version{Text: n.Text, At: max(n.At, n.Edited)})
	n.Text, n.Lang, n.Dir, n.Edited = text, c.Lang, Direction(text), t.at
	t.judge(n, p.Muted)
	n.walk(t.step(NoteEdited, nil))
	t.did(NoteEdited, "n:"+n.ID)
	t.e.To = string(n.State)
	return nil
}

// judge lets a note that was edited wait again as if it were new. What waits
// already waits on, at least as long; what is set aside will wait when it
// returns, also when an act is undone.
func (t *turn) judge(n *Note, muted bool) {
	state, due := t.fresh(muted)
	switch {
	case n.State == Shown && state == Waiting:
		n.State, n.Due = Waiting, due
		n.stamp("state", t.rev)
	case n.State == Waiting && n.Due > 0 && state == Waiting && (due > n.Due || due == 0):
		n.Due = due
		n.stamp("state", t.rev)
	case n.Live == Shown && state == Waiting:
		n.Live = Waiting
		n.stamp("state", t.rev)
	}
}
