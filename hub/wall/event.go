package wall

import (
	"encoding/json"
	"strconv"
)

// JSON is a value not looked into yet.
type JSON = json.RawMessage

// EventName is the name of an event, in the past tense, as it stands in the
// log, on trails and on the wire.
type EventName string

// The events.
const (
	NotePosted      EventName = "note_posted"
	NoteEdited      EventName = "note_edited"
	NoteWithdrawn   EventName = "note_withdrawn"
	NoteReported    EventName = "note_reported"
	VoteCast        EventName = "vote_cast"
	NoteShown       EventName = "note_shown"
	NoteHidden      EventName = "note_hidden"
	NoteArchived    EventName = "note_archived"
	NoteRestored    EventName = "note_restored"
	NoteMoved       EventName = "note_moved"
	NoteAnswered    EventName = "note_answered"
	NoteReopened    EventName = "note_reopened"
	ReportsDropped  EventName = "reports_dismissed"
	AuthorHidden    EventName = "author_hidden"
	AuthorMuted     EventName = "author_muted"
	AuthorUnmuted   EventName = "author_unmuted"
	NoteErased      EventName = "note_erased"
	NotesMerged     EventName = "notes_merged"
	NotesUnmerged   EventName = "notes_unmerged"
	ClusterMade     EventName = "cluster_made"
	ClusterNamed    EventName = "cluster_named"
	NotesGathered   EventName = "notes_gathered"
	NotesScattered  EventName = "notes_scattered"
	ClusterEnded    EventName = "cluster_dissolved"
	SettingChanged  EventName = "setting_changed"
	PhaseChanged    EventName = "phase_changed"
	TimerSet        EventName = "timer_set"
	DisplaySet      EventName = "display_set"
	WallFrozen      EventName = "wall_frozen"
	WallUnfrozen    EventName = "wall_unfrozen"
	ActUndone       EventName = "act_undone"
	DeadlinesPassed EventName = "deadlines_passed"
)

// Event is something that happened. Its exported fields are the fact that the
// log keeps: ids, names of states, never free text. The values it left live in
// the unexported fields until Apply has put them on the wall.
type Event struct {
	Rev   uint64    `json:"r"`
	Name  EventName `json:"e"`
	At    Millis    `json:"at"`
	Role  Role      `json:"role"`
	By    string    `json:"by,omitempty"`
	Items []string  `json:"items,omitempty"` // "n:" note, "c:" cluster, "s:" setting; at most ManyMax
	To    string    `json:"to,omitempty"`    // the phase, theme, state, cluster … that it led to
	Why   string    `json:"why,omitempty"`   // a reason's code
	Act   uint64    `json:"act,omitempty"`   // the act undone
	Hub   string    `json:"hub,omitempty"`   // who stored it, in the first event of a commit

	left values
}

// EncodeEvents is what the log says of events, as json.Marshal would write it.
// There are ten thousand votes a second.
func EncodeEvents(events []*Event) []byte {
	b := make([]byte, 0, 2+192*len(events))
	b = append(b, '[')
	for i, e := range events {
		if i > 0 {
			b = append(b, ',')
		}
		b = e.append(b)
	}
	return append(b, ']')
}

func (e *Event) append(b []byte) []byte {
	text := func(name, s string) {
		if s != "" {
			b = appendText(append(b, name...), s)
		}
	}
	b = strconv.AppendUint(append(b, `{"r":`...), e.Rev, 10)
	b = appendText(append(b, `,"e":`...), string(e.Name))
	b = strconv.AppendInt(append(b, `,"at":`...), e.At, 10)
	b = appendText(append(b, `,"role":`...), string(e.Role))
	text(`,"by":`, e.By)
	for i, item := range e.Items {
		if i == 0 {
			b = append(b, `,"items":[`...)
		} else {
			b = append(b, ',')
		}
		b = appendText(b, item)
	}
	if len(e.Items) > 0 {
		b = append(b, ']')
	}
	text(`,"to":`, e.To)
	text(`,"why":`, e.Why)
	if e.Act != 0 {
		b = strconv.AppendUint(append(b, `,"act":`...), e.Act, 10)
	}
	text(`,"hub":`, e.Hub)
	return append(b, '}')
}

// Act is an event made at the desk, kept (at most ActsMax) so that it can be
// named and undone. It is state, not log: every hub of a wall has the same.
type Act struct {
	Rev    uint64    `json:"rev"`
	Did    EventName `json:"did"`
	At     Millis    `json:"at"`
	By     string    `json:"by"`
	Name   string    `json:"name"`
	Items  []string  `json:"items"`
	To     string    `json:"to,omitempty"`
	Undone uint64    `json:"undone,omitempty"` // the revision of the act that took it back
	// Changes are the fields it set, as they were; none when it cannot be undone.
	Changes []FieldChange `json:"changes,omitempty"`
}

// FieldChange is one field of one item that an act set.
type FieldChange struct {
	Item  string `json:"item"`
	Field string `json:"field"`
	Was   JSON   `json:"was"`   // the value before
	From  uint64 `json:"from"`  // the act that had set that
	Stamp uint64 `json:"stamp"` // the act that the field named afterwards: undo asks that it still does
}
