package wall

// The views are what leaves a wall: the whole protocol's nouns. Clients hold
// no rules of the game; they draw these. Package hub puts them into frames,
// frontend/src/client/protocol.ts mirrors them.

// NoteView is a note as an audience sees it. The hall sees shown notes only,
// and only the first block; the desk sees every note but withdrawn ones' and erased ones' text.
type NoteView struct {
	ID      string  `json:"id"`
	Theme   string  `json:"theme"`
	Kind    string  `json:"kind"`
	Text    string  `json:"text"`
	Lang    string  `json:"lang,omitempty"`
	Dir     string  `json:"dir"`
	At      Millis  `json:"at"`
	Edited  Millis  `json:"edited,omitempty"`
	Cluster string  `json:"cluster,omitempty"`
	Order   float64 `json:"order,omitempty"`
	Merged  string  `json:"merged,omitempty"` // not drawn by itself: it stands behind that note
	Answer  *Answer `json:"answer,omitempty"` // By is empty for the hall

	State   State    `json:"state,omitempty"` // from here on: the desk only
	Live    State    `json:"live,omitempty"`
	Why     *Reason  `json:"why,omitempty"`
	Due     Millis   `json:"due,omitempty"`
	Author  string   `json:"author,omitempty"` // a tag that is the same for the same person on this wall
	Muted   bool     `json:"muted,omitempty"`  // its author is
	Reports []Report `json:"reports,omitempty"`
	Trail   []Step   `json:"trail,omitempty"`
}

// ClusterView is a cluster as both audiences see it (Trail: the desk only).
// One without a note to be seen is not drawn for the hall.
type ClusterView struct {
	ID    string  `json:"id"`
	Name  string  `json:"name"`
	Theme string  `json:"theme"`
	Top   string  `json:"top,omitempty"`
	Order float64 `json:"order,omitempty"`
	At    Millis  `json:"at"`
	Trail []Step  `json:"trail,omitempty"`
}

// ActView is an act as the desk sees it.
type ActView struct {
	Rev    uint64    `json:"rev"`
	Did    EventName `json:"did"`
	At     Millis    `json:"at"`
	By     string    `json:"by"`
	Name   string    `json:"name"`
	Items  []string  `json:"items"`
	To     string    `json:"to,omitempty"`
	Undone uint64    `json:"undone,omitempty"`
	// Fixed says that it cannot be undone (an erasure, or an act too large or too old).
	Fixed bool `json:"fixed,omitempty"`
}

// Total is how many dots lie on a target and from how many people. On the wire: [dots, people].
type Total struct{ Dots, People int }

// Delta is what changed for an audience since a revision: for each item the
// new value, or nil for one that is gone. Absolute, so a delta since an older
// revision is right for a newer one. From zero it is the snapshot.
type Delta struct {
	From, To uint64
	Settings map[string]any // by setting name
	Notes    map[string]*NoteView
	Clusters map[string]*ClusterView
	Acts     map[uint64]*ActView // the desk only
	// Totals by target; a target that is gone has none. Nil when none changed.
	// With Hidden, the audience forgets what it had.
	Totals map[string]Total
	Hidden bool
	// Voters is how many people have a dot that counts; nil when it did not change.
	Voters *int
}

// Me is what one person alone may know, always whole.
type Me struct {
	Role  Role     `json:"role"`
	ID    string   `json:"id"`             // the person's own tag; also Step.By for the desk
	Name  string   `json:"name,omitempty"` // of a moderator
	Notes []MyNote `json:"notes"`          // newest first
	Dots  MyDots   `json:"dots"`
	// Reported are the notes this person has reported.
	Reported []string `json:"reported"`
	Muted    bool     `json:"muted,omitempty"`
}

// MyNote is one's own note, with what became of it.
type MyNote struct {
	ID      string  `json:"id"`
	Theme   string  `json:"theme"`
	Kind    string  `json:"kind"`
	Text    string  `json:"text"`
	Lang    string  `json:"lang,omitempty"`
	Dir     string  `json:"dir"`
	At      Millis  `json:"at"`
	State   State   `json:"state"`
	Why     *Reason `json:"why,omitempty"`
	Due     Millis  `json:"due,omitempty"`
	Cluster string  `json:"cluster,omitempty"`
	Merged  string  `json:"merged,omitempty"`
	Answer  *Answer `json:"answer,omitempty"`
	// Until is when it can no longer be edited.
	Until Millis `json:"until"`
}

// MyDots is one's budget. On holds the effective targets (a cluster, or a note
// in none, the one that stands for its merged ones) with one's dots that count.
type MyDots struct {
	Each int            `json:"each"`
	Most int            `json:"most"`
	Left int            `json:"left"` // never negative
	Over int            `json:"over,omitempty"`
	On   map[string]int `json:"on"`
	// Count is the highest counter seen from this person: the next vote's is above it.
	Count uint64 `json:"count"`
}
