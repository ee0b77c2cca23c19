package wall

// Settings are what an organiser chooses about a wall. Each field is a setting
// of its own: it is sent, stored, changed and undone alone, under the name in
// its tag. Settings are absolute: setting one twice is setting it once.
type Settings struct {
	Title     string    `json:"title"`     // at most TitleMax graphemes
	Question  Words     `json:"question"`  // the question of the day
	Organiser Organiser `json:"organiser"` // shown on every page
	Language  string    `json:"language"`  // what the projector speaks when nobody chose: "sv", "en"
	Themes    []Theme   `json:"themes"`    // ThemesMin to ThemesMax
	Kinds     []Kind    `json:"kinds"`
	Length    int       `json:"length"` // of a note, in grapheme clusters
	Dots      Dots      `json:"dots"`
	// Moderation says when a note goes up.
	Moderation Moderation         `json:"moderation"`
	Phase      Phase              `json:"phase"`
	Timer      Timer              `json:"timer"`
	Totals     string             `json:"totals"` // "hidden" (default) or "shown": see Wall.TotalsShown
	Frozen     bool               `json:"frozen"` // new notes wait; hide, archive and erase still show
	Displays   map[string]Display `json:"displays"`
	Rehearsal  bool               `json:"rehearsal"` // set when the wall is made, never after
}

// Words is a short text in several languages, by BCP 47 tag. Faces fall back
// to the wall's language, then to any.
type Words map[string]string

// Organiser is who answers for the wall; the law on electronic notice boards
// (SFS 1998:112, 3 §) asks that everyone be told.
type Organiser struct {
	Name    string `json:"name"`
	Contact string `json:"contact"`
}

// Theme is a heading that notes are put under. A theme in use is closed, not
// deleted: nothing new is posted to it, what is there stays.
type Theme struct {
	ID     string `json:"id"` // [a-z0-9-]{1,32}
	Name   Words  `json:"name"`
	Ask    Words  `json:"ask,omitempty"` // what an empty column asks the hall
	Paper  int    `json:"paper"`         // 1 to 8, of the design's papers
	Icon   string `json:"icon"`          // heart briefcase bubble book house star tree people
	Closed bool   `json:"closed,omitempty"`
}

// Kind is a kind of note. Mark is what its corner shows: "?" for a question,
// nothing for an opinion.
type Kind struct {
	ID   string `json:"id"`
	Name Words  `json:"name"`
	Mark string `json:"mark,omitempty"`
}

// Dots is how many each person has, and how many may lie on one target.
type Dots struct {
	Each     int  `json:"each"`           // default 5; at most DotsMax
	Most     int  `json:"most"`           // default 3
	VoteOnly bool `json:"only,omitempty"` // only in the vote phase
}

// Moderation modes: open puts notes up at once, delay after Seconds unless
// held, read waits for a moderator.
type Moderation struct {
	Mode    string `json:"mode"` // "open" | "delay" | "read"
	Seconds int    `json:"seconds"`
}

// Phase is where the day is. A closed wall is read-only.
type Phase string

// The phases, in their order.
const (
	Write   Phase = "write"
	Gather  Phase = "cluster"
	Vote    Phase = "vote"
	Results Phase = "results"
	Closed  Phase = "closed"
)

// Timer is a countdown. Showing it is the faces' business; only Advance makes
// its end an event.
type Timer struct {
	Ends    Millis `json:"ends,omitempty"` // when running
	Left    Millis `json:"left,omitempty"` // when paused
	Length  Millis `json:"length,omitempty"`
	Advance bool   `json:"advance,omitempty"` // at zero, on to the next phase
}

// Display is what one projector shows. The first is called "1".
type Display struct {
	View    string   `json:"view"`              // overview theme note results voting join blank
	Theme   string   `json:"theme,omitempty"`   // of view theme
	Note    string   `json:"note,omitempty"`    // of view note (the spotlight), or held on the ledge
	Cluster string   `json:"cluster,omitempty"` // of view theme: one cluster only
	Queue   []string `json:"queue,omitempty"`   // notes next in turn, at most QueueMax
	Step    int      `json:"step,omitempty"`    // of view results: rows revealed
	Dark    bool     `json:"dark,omitempty"`
	Numbers bool     `json:"numbers,omitempty"` // vote numbers, when totals are shown
	QR      bool     `json:"qr"`                // the code in the corner
	Calm    bool     `json:"calm,omitempty"`    // no motion
	Still   bool     `json:"still,omitempty"`   // frozen picture
}
