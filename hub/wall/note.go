package wall

// State is where a note is in its life. Which may follow which stands in
// transitions.go and hub/RULES.md.
type State string

// The states of a note.
const (
	Waiting   State = "waiting"
	Shown     State = "shown"
	Hidden    State = "hidden"
	Archived  State = "archived"
	Withdrawn State = "withdrawn"
	Erased    State = "erased"
)

// Note is what one person said, as the store keeps it.
type Note struct {
	ID     string `json:"id"` // made by the sender's phone
	Theme  string `json:"theme"`
	Kind   string `json:"kind"`
	Text   string `json:"text"`
	Lang   string `json:"lang,omitempty"` // BCP 47, as the phone said
	Dir    string `json:"dir"`            // "ltr" or "rtl", by the first strong letter
	Author string `json:"author"`         // the participant; never leaves for the hall
	At     Millis `json:"at"`
	Edited Millis `json:"edited,omitempty"`
	// Versions are the earlier texts, oldest first, overwritten when the note is erased.
	Versions []Version `json:"versions,omitempty"`
	// Sent is a digest of what was first sent, to know a resend from a clash of ids.
	Sent  string `json:"sent"`
	State State  `json:"state"`
	// Live is the state to return to when State is hidden or archived: waiting or shown.
	Live State `json:"live,omitempty"`
	// Why is the reason that the author is told for hidden or archived.
	Why *Reason `json:"why,omitempty"`
	// Due is when a waiting note goes up by itself; zero: never.
	Due     Millis   `json:"due,omitempty"`
	Cluster string   `json:"cluster,omitempty"`
	Order   float64  `json:"order,omitempty"`  // place among its cluster's notes
	Merged  string   `json:"merged,omitempty"` // the note that stands for this one
	Answer  *Answer  `json:"answer,omitempty"`
	Reports []Report `json:"reports,omitempty"`

	Mark // revisions, trail and stamps
}

// Version is an earlier text of a note.
type Version struct {
	Text string `json:"text"`
	At   Millis `json:"at"`
}

// Reason is why a note was set aside: a code that faces translate, and
// optionally the moderator's own words.
type Reason struct {
	Code string `json:"code"` // person duplicate offtopic rude unclear other
	Text string `json:"text,omitempty"`
}

// Answer is what became of a question: answered on stage, in writing, or
// promised for a date.
type Answer struct {
	At   Millis `json:"at"`
	By   string `json:"by"` // the moderator's name
	Text string `json:"text,omitempty"`
	// Promise is the date (yyyy-mm-dd) by which an answer is promised; empty when answered.
	Promise string `json:"promise,omitempty"`
}

// Report is one person's remark to the moderators about a note.
type Report struct {
	By     string `json:"by"`
	At     Millis `json:"at"`
	Reason string `json:"reason"` // a Reason code
}

// Cluster is notes gathered by a moderator under a name. Its members keep
// their own themes and say themselves that they belong to it.
type Cluster struct {
	ID        string  `json:"id"` // made by the desk
	Name      string  `json:"name"`
	Theme     string  `json:"theme"`
	Top       string  `json:"top,omitempty"` // the note the moderator put on top
	Order     float64 `json:"order,omitempty"`
	At        Millis  `json:"at"`
	Dissolved bool    `json:"dissolved,omitempty"`
	Sent      string  `json:"sent"`

	Mark
}

// Mark is what every item carries about its own history.
type Mark struct {
	// DeskRev and HallRev are the revisions at which the item's value last
	// changed for that audience. They differ: a waiting note has never existed
	// for the hall, and only those who could have seen an item get its tombstone.
	DeskRev uint64 `json:"rd"`
	HallRev uint64 `json:"rh,omitempty"`
	// Trail is who did what to it, newest last, at most TrailMax.
	Trail []Step `json:"trail,omitempty"`
	// Stamps name the act that last set each field that can be undone.
	Stamps map[string]uint64 `json:"stamps,omitempty"`
}

// Step is one entry of an item's trail.
type Step struct {
	Rev  uint64    `json:"rev"`
	At   Millis    `json:"at"`
	Did  EventName `json:"did"`
	By   string    `json:"by"`             // actor id; of participants only "" (the author) leaves the domain
	Name string    `json:"name,omitempty"` // the moderator's name
	Why  *Reason   `json:"why,omitempty"`
}

// Person is what limits and moderation need of a participant.
type Person struct {
	ID    string `json:"id"`
	First Millis `json:"first"`
	Muted bool   `json:"muted,omitempty"`
	// MutedBy is the act that set Muted last, as Stamps are for items.
	MutedBy uint64 `json:"muted_by,omitempty"`
	// The theoretical arrival times of the rate limits (GCRA), one per kind of act.
	Posts   Millis `json:"posts,omitempty"`
	Edits   Millis `json:"edits,omitempty"`
	Reports Millis `json:"reports,omitempty"`
}
