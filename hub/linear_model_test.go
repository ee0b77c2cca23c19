package hub

import (
	"fmt"

	"github.com/anishathalye/porcupine"

	"openspacewall/hub/wall"
)

// People and notes of a history. Each note has a cluster of its own to be put
// into, so that what becomes of one depends on no other.
const (
	linearPeople = 6
	linearNotes  = 6
)

// linearNote is one note as a person with a pencil would keep it.
type linearNote struct {
	there       bool
	author      int
	first, text string
	state, live wall.State
	gathered    bool
	dots        [linearPeople]wall.DotsOn
}

// linearAsk is a command about one note, or a look into the store at it ("read").
type linearAsk struct {
	note, who int
	do        string
	text      string
	dots      int
	count     uint64
}

// linearAnswer is what came of it. When unknown, it may have happened.
type linearAnswer struct {
	unknown bool
	code    wall.Code // "": accepted
	read    linearNote
}

// linearModel is the reference: what RULES.md says of these commands.
var linearModel = porcupine.Model{
	Partition: func(all []porcupine.Operation) [][]porcupine.Operation {
		parts := make([][]porcupine.Operation, linearNotes)
		for _, op := range all {
			n := op.Input.(linearAsk).note
			parts[n] = append(parts[n], op)
		}
		return parts
	},
	Init: func() any { return linearNote{} },
	Step: func(state, input, output any) (bool, any) {
		n, ask, got := state.(linearNote), input.(linearAsk), output.(linearAnswer)
		if ask.do == "read" {
			n.first = "" // nobody sees it
			return n == got.read, state
		}
		next, code := n.after(ask)
		return got.unknown || code == got.code, next
	},
	DescribeOperation: func(input, output any) string {
		return fmt.Sprintf("%+v → %+v", input, output)
	},
}

func (n linearNote) after(a linearAsk) (linearNote, wall.Code) {
	switch a.do {
	case "post":
		switch {
		case !n.there:
			return linearNote{there: true, author: a.who, first: a.text, text: a.text, state: wall.Shown, dots: n.dots}, ""
		case n.author == a.who && n.first == a.text:
			return n, ""
		}
		return n, wall.Conflict
	case "vote":
		return n.voted(a)
	}
	if !n.there {
		return n, wall.NotFound
	}
	if a.do == "edit" || a.do == "withdraw" {
		return n.written(a)
	}
	return n.moderated(a.do)
}

// written is what its author does.
func (n linearNote) written(a linearAsk) (linearNote, wall.Code) {
	switch {
	case n.author != a.who:
		return n, wall.Forbidden
	case a.do == "withdraw":
		n.state, n.live = wall.Withdrawn, ""
	case n.state.Final():
		return n, wall.Gone
	default:
		n.text = a.text
	}
	return n, ""
}

func (n linearNote) moderated(do string) (linearNote, wall.Code) {
	next := n
	switch do {
	case "show":
		next.state, next.live = wall.Shown, ""
	case "hide":
		next = n.aside(wall.Hidden)
	case "archive":
		next = n.aside(wall.Archived)
	case "restore":
		if !n.state.OnWall() {
			next.state, next.live = n.live, ""
		}
	case "gather":
		next.gathered = true
	case "scatter":
		next.gathered = false
	}
	if next != n && n.state.Final() || do == "restore" && n.state.Final() {
		return n, wall.Gone
	}
	return next, ""
}

func (n linearNote) aside(to wall.State) linearNote {
	if n.state.OnWall() {
		n.live = n.state
	}
	n.state = to
	return n
}

// voted is "my dots on it are": an older counter changes nothing, and a note
// in a cluster gets no more.
func (n linearNote) voted(a linearAsk) (linearNote, wall.Code) {
	mine := &n.dots[a.who]
	switch {
	case a.count <= mine.Count:
		return n, ""
	case !n.there || n.state != wall.Shown:
		return n, wall.NotFound
	case n.gathered && a.dots > mine.N:
		return n, wall.Grouped
	}
	*mine = wall.DotsOn{N: a.dots, Count: a.count}
	return n, ""
}
