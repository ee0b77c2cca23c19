package wall

// Command is something asked of a wall. The set is closed: DecodeCommand knows
// every one by its verb. All are safe to send again: their meaning is absolute.
type Command interface{ Verb() string }

// What participants ask (moderators may, too).
type (
	// Post puts a note on the wall. The phone makes the id.
	Post struct {
		ID    string `json:"id"`
		Theme string `json:"theme"`
		Kind  string `json:"kind"`
		Text  string `json:"text"`
		Lang  string `json:"lang,omitempty"`
	}
	// Edit changes the text of one's own note within EditWindow; dots stay.
	Edit struct {
		Note string `json:"note"`
		Text string `json:"text"`
		Lang string `json:"lang,omitempty"`
	}
	// Withdraw takes back one's own note, for good.
	Withdraw struct {
		Note string `json:"note"`
	}
	// ReportNote tells the moderators that something is wrong with a note.
	ReportNote struct {
		Note   string `json:"note"`
		Reason string `json:"reason"`
	}
	// CastVote says "my dots on Target are Dots". Target is "n:" or "c:" and an
	// id. Count grows with each vote of a device; an older one changes nothing.
	CastVote struct {
		Target string `json:"target"`
		Dots   int    `json:"dots"`
		Count  uint64 `json:"count"`
	}
)

// What the desk asks of notes.
type (
	// Show puts notes up, whatever they were before, but withdrawn and erased.
	Show struct {
		Notes []string `json:"notes"`
	}
	// Hide takes notes off the wall.
	Hide struct {
		Notes  []string `json:"notes"`
		Reason *Reason  `json:"reason,omitempty"`
	}
	// Archive sets notes aside.
	Archive struct {
		Notes  []string `json:"notes"`
		Reason *Reason  `json:"reason,omitempty"`
	}
	// RestoreNotes returns hidden or archived notes to where they were.
	RestoreNotes struct {
		Notes []string `json:"notes"`
	}
	// Move gives notes another theme.
	Move struct {
		Notes []string `json:"notes"`
		Theme string   `json:"theme"`
	}
	// AnswerNote says what became of a question. Nil opens it again.
	AnswerNote struct {
		Note   string       `json:"note"`
		Answer *AnswerGiven `json:"answer"`
	}
	// AnswerGiven is an answer in writing, or a promise for a date, or (both
	// empty) "answered on stage".
	AnswerGiven struct {
		Text    string `json:"text,omitempty"`
		Promise string `json:"promise,omitempty"`
	}
	// Dismiss drops the reports on notes.
	Dismiss struct {
		Notes []string `json:"notes"`
	}
	// HideAuthor hides every live note by the author of Note, and lets what
	// comes from there wait when Mute is set.
	HideAuthor struct {
		Note   string  `json:"note"`
		Mute   bool    `json:"mute"`
		Reason *Reason `json:"reason,omitempty"`
	}
	// Mute lets everything from the author of Note wait for a moderator.
	Mute struct {
		Note string `json:"note"`
		On   bool   `json:"on"`
	}
	// Erase removes the text of notes everywhere, for good. Owner only; not undone.
	Erase struct {
		Notes []string `json:"notes"`
	}
	// Merge lets notes stand behind one that says the same.
	Merge struct {
		Into  string   `json:"into"`
		Notes []string `json:"notes"`
	}
	// Unmerge lets merged notes stand for themselves again.
	Unmerge struct {
		Notes []string `json:"notes"`
	}
)

// What the desk asks of clusters.
type (
	// MakeCluster makes one, with its first notes. The desk makes the id.
	MakeCluster struct {
		ID    string   `json:"id"`
		Name  string   `json:"name"`
		Theme string   `json:"theme"`
		Notes []string `json:"notes,omitempty"`
	}
	// NameCluster names it, and sets its top note ("" for the hub's choice).
	NameCluster struct {
		Cluster string  `json:"cluster"`
		Name    string  `json:"name"`
		Theme   string  `json:"theme,omitempty"` // "" leaves it
		Top     *string `json:"top,omitempty"`   // nil leaves it
	}
	// GatherNotes puts notes into a cluster, before one of its notes or last.
	// Gathering what is there in that place changes nothing; so reordering is this, too.
	GatherNotes struct {
		Cluster string   `json:"cluster"`
		Notes   []string `json:"notes"`
		Before  string   `json:"before,omitempty"`
	}
	// Scatter takes notes out of their clusters.
	Scatter struct {
		Notes []string `json:"notes"`
	}
	// Dissolve ends a cluster; its notes are loose again.
	Dissolve struct {
		Cluster string `json:"cluster"`
	}
)

// What the desk asks of the wall.
type (
	// Set sets one setting by its name: title question organiser language
	// themes kinds length dots moderation totals. Value is its JSON.
	Set struct {
		Setting string `json:"setting"`
		Value   JSON   `json:"value"`
	}
	// SetPhase leads the wall to a phase.
	SetPhase struct {
		Phase Phase `json:"phase"`
	}
	// SetTimer sets the countdown. The desk sends absolute times, so that a
	// resend starts nothing anew: Ends for running, Left for paused, neither for none.
	SetTimer struct {
		Timer Timer `json:"timer"`
	}
	// SetDisplay says what one display shows.
	SetDisplay struct {
		Name    string   `json:"name"`
		Display *Display `json:"display"` // nil removes it; display "1" stays
	}
	// Freeze lets new notes wait (on), or lets them go up again.
	Freeze struct {
		On bool `json:"on"`
	}
	// Undo takes back an act, named by its revision.
	Undo struct {
		Act uint64 `json:"act"`
	}
	// Tick is the hub's own: everything that is due at Request.At happens.
	Tick struct{}
)
