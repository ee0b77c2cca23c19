package wall

// Code is why a person was refused. Faces translate it; Text is for logs and
// for those who write clients.
type Code string

// The refusal codes, as hub/RULES.md lists them.
const (
	Invalid     Code = "invalid"     // the command is not well formed; Field says where
	TooLong     Code = "too_long"    // the text has more than Max graphemes
	Empty       Code = "empty"       // nothing is left of the text
	Rate        Code = "rate"        // too often; After says when again
	TooMany     Code = "too_many"    // too many live notes, clusters, items in one act; Max says how many
	NoDots      Code = "no_dots"     // no dots left
	Forbidden   Code = "forbidden"   // not for this role, or another's note
	WrongPhase  Code = "phase"       // not in this phase
	ReadOnly    Code = "closed"      // the wall is closed
	NotFound    Code = "not_found"   // no such thing on this wall
	Conflict    Code = "conflict"    // somebody else changed it since; Step says who and what
	Gone        Code = "gone"        // withdrawn or erased, or too old to undo
	Late        Code = "late"        // the edit window is over
	InUse       Code = "in_use"      // a theme with notes is closed, not deleted
	Grouped     Code = "grouped"     // the note is in a cluster: dots go there; Item says which
	Unavailable Code = "unavailable" // the store cannot be reached: kept on your phone, send again
	Full        Code = "full"        // the store or the wall is full
	Busy        Code = "busy"        // too much at once: send again
)

// Refusal is an answer to a person. It leaves nothing, and is decided anew
// when the command is sent again.
type Refusal struct {
	Code  Code   `json:"code"`
	Text  string `json:"text,omitempty"`  // English, for whoever reads logs
	Field string `json:"field,omitempty"` // of Invalid
	Max   int    `json:"max,omitempty"`
	After Millis `json:"after,omitempty"` // milliseconds to wait, of Rate
	Item  string `json:"item,omitempty"`  // the item in the way
	Step  *Step  `json:"step,omitempty"`  // of Conflict: who did what, by which act
}

// Error makes a refusal an error.
func (r *Refusal) Error() string { return string(r.Code) + ": " + r.Text }
