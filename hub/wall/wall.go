// Package wall is the domain: what a wall is, what people may do to it, and
// what each audience sees of it. It is pure: no input or output, no clock, no
// chance, no goroutine. Whoever reads only this file can talk with us.
//
//	wall         one conference's shared surface
//	theme        a heading that notes are put under
//	note         what one person said: an opinion or a question
//	dot, vote    one of a person's few marks of importance, on a note or a cluster
//	cluster      notes gathered by a moderator under a name
//	participant  an attendee with a phone; moderator, owner: at the desk; projector: shows
//	actor        who asks
//	command      what is asked, in the imperative; request: a command, by whom, when
//	event        what happened, in the past tense, and the values it left
//	act          an event made at the desk: it is named, and can be undone
//	revision     the number of events so far; epoch: the life of this history
//	position     both: a place in the history of a wall
//	refusal      an answer to a person: a code and a sentence
//	decide       choose what a command does, changing nothing
//	apply        change the wall by an event
//	audience     those who see the same: the desk, or the hall
//
// A room (package hub) owns each live wall and calls, in this order, Decide,
// Apply, Entries, and when the store has them Stored, else TakeBack; nothing it
// learns leaves it before the store has it. What other hubs committed it has the
// wall Take, as values, or Hear, as those tell it (News).
package wall

// Millis is a time in milliseconds since the Unix epoch. The hub tells it; the
// domain never asks. Within a wall it never goes back.
type Millis = int64

// Position is a place in the history of a wall. A revision means something
// only within its epoch: a store that was restored or flushed starts another.
type Position struct {
	Epoch    string `json:"epoch"`
	Revision uint64 `json:"revision"`
}

// Role is what an actor may be. What each may do stands in permission.go.
type Role string

// The roles. The hub itself acts when a deadline passes.
const (
	Participant Role = "participant"
	Projector   Role = "projector"
	Moderator   Role = "moderator"
	Owner       Role = "owner"
	Hub         Role = "hub"
)

// Actor is who asks. The identity comes from the connection, never from a
// frame. Name is shown at the desk only; participants and projectors have none.
type Actor struct {
	Role Role
	ID   string
	Name string
}

// Request is a command with who asks and when.
type Request struct {
	By Actor
	At Millis
	// Seen is the revision of the wall that a desk looked at when it acted.
	// Zero means it looked at none, which is right for everyone but the desk.
	Seen    uint64
	Command Command
}

// Audience is those who see the same.
type Audience int

// The two audiences: what the desk sees, and what phones and projectors see.
const (
	Desk Audience = iota
	Hall
)

// Wall is one wall in memory. It belongs to one goroutine. Its notes, clusters
// and people are never changed in place: Apply puts new ones in, so what a view
// shares with them stays true. Ballots are shared with none, and the memory of those
// replaced is used again when the replacing is stored.
type Wall struct {
	at       Position
	now      Millis
	settings Settings
	kept     map[string]*setting
	notes    map[string]*Note
	clusters map[string]*Cluster
	ballots  map[string]*Ballot
	people   map[string]*Person
	acts     []*Act // oldest first

	index index
	tally tally
	ranks ranks
	desk  recency // what changed for the desk, newest first
	hall  recency // what changed for the hall
	// flipped is the revision at which totals were last shown to the hall or
	// hidden from it; counted that at which the number of voters changed.
	flipped uint64
	counted uint64

	lead  Lead
	draft draft // what was applied and is not stored yet
}

// New is an empty wall at a position. What s leaves empty is filled in from
// DefaultSettings.
func New(at Position, s Settings, now Millis) *Wall {
	w := blank(at)
	w.now = now
	s = s.filled()
	v := values{}
	for _, name := range settingNames {
		v.settings = append(v.settings, &setting{name: name, Value: encode(s.get(name)),
			Mark: Mark{DeskRev: at.Revision, HallRev: at.Revision}})
	}
	w.put(&v, at.Revision, false)
	w.Stored()
	return w
}

func blank(at Position) *Wall {
	return &Wall{
		at: at, kept: map[string]*setting{},
		notes: map[string]*Note{}, clusters: map[string]*Cluster{},
		ballots: map[string]*Ballot{}, people: map[string]*Person{},
		index: newIndex(), tally: newTally(), ranks: newRanks(), desk: newRecency(), hall: newRecency(),
	}
}

// Position is where the wall is in its history.
func (w *Wall) Position() Position { return w.at }

// Lead is which of the hubs that write a wall at the same time wrote last, and
// what it did for others. It is nobody's but theirs, and stands with the wall
// because every commit brings it to all of them for nothing.
type Lead struct {
	Hub  string `json:"hub,omitempty"`
	Term uint64 `json:"term,omitempty"` // the revision of its first commit since another hub's
	// Done is up to which of each hub's errands it has decided, in this term.
	Done map[string]uint64 `json:"done,omitempty"`
}

// Lead is what the last commit said of it. The caller changes nothing in it.
func (w *Wall) Lead() Lead { return w.lead }

// SetLead sets it for the commit to come.
func (w *Wall) SetLead(l Lead) { w.lead = l }

// Settings are the settings as they stand. The caller changes nothing in them.
func (w *Wall) Settings() Settings { return w.settings }

// TotalsShown says whether the hall sees totals: in results and when closed
// always, in vote never, else when the wall says so.
func (w *Wall) TotalsShown() bool {
	switch w.settings.Phase {
	case Results, Closed:
		return true
	case Vote:
		return false
	}
	return w.settings.Totals == "shown"
}
