package hub

import (
	"encoding/json"
	"errors"

	"openspacewall/hub/wall"
)

// Protocol is the number in welcome. A client that knows another one is to
// load its page again.
const Protocol = 1

// Subprotocol is the WebSocket subprotocol of that number.
const Subprotocol = "wall.1"

// Outgoing is a message from the hub: exactly one member is set. PROTOCOL.md
// has an example of each; frontend/src/client/protocol.ts mirrors this.
type Outgoing struct {
	Welcome  *Welcome  `json:"welcome,omitempty"`
	Snapshot *Snapshot `json:"snapshot,omitempty"`
	Frame    *Frame    `json:"frame,omitempty"`
	Me       *wall.Me  `json:"me,omitempty"`
	Ack      *Ack      `json:"ack,omitempty"`
	Refused  *Refused  `json:"refused,omitempty"`
}

// Incoming is a message from a client: exactly one member is set.
type Incoming struct {
	Hello   *wall.Position `json:"hello,omitempty"`
	Command *Command       `json:"command,omitempty"`
}

// Welcome is the first message on a connection.
type Welcome struct {
	Protocol int         `json:"protocol"`
	Face     Face        `json:"face"`
	Wall     string      `json:"wall"`
	Code     string      `json:"code"`
	Now      wall.Millis `json:"now"`
	Build    string      `json:"build"`           // of the front end: a page with another one loads itself again
	Heard    bool        `json:"heard,omitempty"` // the position in the address: hello need not be said
}

// Values are what a snapshot and a frame have in common. Absent: unchanged;
// null: gone.
type Values struct {
	Settings map[string]json.RawMessage   `json:"settings,omitempty"`
	Notes    map[string]*wall.NoteView    `json:"notes,omitempty"`
	Clusters map[string]*wall.ClusterView `json:"clusters,omitempty"`
	Acts     map[string]*wall.ActView     `json:"acts,omitempty"` // by revision; the desk only
	Totals   Totals                       `json:"totals,omitzero"`
	Voters   *int                         `json:"voters,omitempty"`
	Here     *int                         `json:"here,omitempty"`   // phones connected to the wall; what other hubs have is some seconds old
	Health   *Health                      `json:"health,omitempty"` // the desk only
}

// Snapshot is one part of a whole wall as an audience sees it. It replaces
// what a client had, when its last part is there.
type Snapshot struct {
	wall.Position
	Part int `json:"part"`
	Of   int `json:"of"`
	Values
}

// Frame is what changed after From, up to To. With From equal to To only
// presence did.
type Frame struct {
	From uint64 `json:"from"`
	To   uint64 `json:"to"`
	Values
}

// Command is something asked. N is the client's own number for it.
type Command struct {
	N    uint64          `json:"n"`
	Do   string          `json:"do"`
	Seen uint64          `json:"seen,omitempty"` // the desk's revision when it acted
	With json.RawMessage `json:"with"`
}

// Ack says that a command is done and stored, by Revision at the latest.
type Ack struct {
	N        uint64 `json:"n"`
	Revision uint64 `json:"revision"`
}

// Refused says why a command was not done. N is 0 when it could not be read.
type Refused struct {
	N uint64 `json:"n"`
	wall.Refusal
}

// Totals are dots by target, or the word that they are not to be known.
type Totals struct {
	By     map[string]wall.Total
	Hidden bool
}

// IsZero says that totals did not change.
func (t Totals) IsZero() bool { return t.By == nil && !t.Hidden }

// MarshalJSON writes null, or {"n:…":[dots, people]}.
func (t Totals) MarshalJSON() ([]byte, error) {
	if t.Hidden {
		return []byte("null"), nil
	}
	by := make(map[string][2]int, len(t.By))
	for k, v := range t.By {
		by[k] = [2]int{v.Dots, v.People}
	}
	return json.Marshal(by)
}

// UnmarshalJSON reads what MarshalJSON wrote.
func (t *Totals) UnmarshalJSON(b []byte) error {
	*t = Totals{Hidden: true}
	if string(b) == "null" {
		return nil
	}
	var by map[string][]int
	if err := json.Unmarshal(b, &by); err != nil {
		return err
	}
	*t = Totals{By: make(map[string]wall.Total, len(by))}
	for k, v := range by {
		if len(v) != 2 {
			return errors.New("hub: a total is [dots, people]")
		}
		t.By[k] = wall.Total{Dots: v[0], People: v[1]}
	}
	return nil
}
