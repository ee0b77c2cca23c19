package wall

import (
	"encoding/json"
	"fmt"
	"maps"
	"sort"
	"strings"
)

// uuid is a made-up id: the same for the same number and kind.
func uuid(kind byte, n int) string {
	return fmt.Sprintf("%08x-0000-4000-8000-%012x", kind, n)
}

func noteID(n int) string    { return uuid('n', n) }
func clusterID(n int) string { return uuid('c', n) }

var (
	anna  = Actor{Role: Participant, ID: "participant-anna"}
	bilal = Actor{Role: Participant, ID: "participant-bilal"}
	mo    = Actor{Role: Moderator, ID: "moderator-mo", Name: "Mo"}
	nina  = Actor{Role: Moderator, ID: "moderator-nina", Name: "Nina"}
	owner = Actor{Role: Owner, ID: "owner-olga", Name: "Olga"}
	clock = Actor{Role: Hub}
	beam  = Actor{Role: Projector, ID: "projector"}
)

var cast = []Actor{anna, bilal, {Role: Participant, ID: "participant-cilla"}, {Role: Participant, ID: "participant-dawit"},
	mo, nina, owner, clock, beam}

// tb is a test of either kind.
type tb interface {
	Helper()
	Fatalf(string, ...any)
}

// world is a wall under test with a clock and a memory of what was sent.
type world struct {
	w    *Wall
	now  Millis
	sent []Request
}

func newWorld(s Settings) *world {
	return &world{w: New(Position{Epoch: "e"}, s, 1_000_000), now: 1_000_000}
}

// ask decides and applies, and gives the refusal when there is one.
func (x *world) ask(by Actor, c Command) (*Event, *Refusal) {
	return x.askSeen(by, 0, c)
}

func (x *world) askSeen(by Actor, seen uint64, c Command) (*Event, *Refusal) {
	e, err := x.w.Decide(Request{By: by, At: x.now, Seen: seen, Command: c})
	if err != nil {
		return nil, err.(*Refusal) //nolint:errorlint // Decide promises that it is nothing else, unwrapped
	}
	if e != nil {
		x.w.Apply(e)
	}
	return e, nil
}

// must is ask where a refusal, or nothing at all, is a failure of the test.
func (x *world) must(t tb, by Actor, c Command) *Event {
	t.Helper()
	e, no := x.ask(by, c)
	if no != nil {
		t.Fatalf("%s refused: %+v", c.Verb(), no)
	}
	if e == nil {
		t.Fatalf("%s changed nothing", c.Verb())
	}
	return e
}

// nothing asserts that a command is accepted and changes nothing.
func (x *world) nothing(t tb, by Actor, c Command) {
	t.Helper()
	e, no := x.ask(by, c)
	if no != nil || e != nil {
		t.Fatalf("%s: event %+v, refusal %+v; want neither", c.Verb(), e, no)
	}
}

// refused asserts that a command is refused with a code.
func (x *world) refused(t tb, by Actor, c Command, code Code) *Refusal {
	t.Helper()
	_, no := x.ask(by, c)
	if no == nil || no.Code != code {
		t.Fatalf("%s by %s: refusal %+v; want %s", c.Verb(), by.Role, no, code)
	}
	return no
}

// post puts a note up, far enough from the last for the limits.
func (x *world) post(t tb, by Actor, n int, text string) string {
	t.Helper()
	x.now += PostEvery.Milliseconds()
	x.must(t, by, Post{ID: noteID(n), Theme: "work", Kind: "opinion", Text: text})
	return noteID(n)
}

func (x *world) vote(t tb, by Actor, target string, dots int, count uint64) {
	t.Helper()
	x.now += VoteEvery.Milliseconds()
	x.must(t, by, CastVote{Target: target, Dots: dots, Count: count})
}

func (x *world) set(t tb, setting, value string) {
	t.Helper()
	x.must(t, owner, Set{Setting: setting, Value: JSON(value)})
}

// picture is all that an audience sees, as text by item.
func picture(d Delta) map[string]string {
	p := map[string]string{}
	fold(p, d)
	return p
}

func text1(v any) string {
	b, err := json.Marshal(v)
	if err != nil {
		panic(err)
	}
	return string(b)
}

// fold puts a delta on a picture, as a client does.
func fold(p map[string]string, d Delta) {
	put := func(key string, v any) {
		if s := text1(v); s == "null" {
			delete(p, key)
		} else {
			p[key] = s
		}
	}
	for k, v := range d.Settings {
		put("setting "+k, v)
	}
	for k, v := range d.Notes {
		put("note "+k, v)
	}
	for k, v := range d.Clusters {
		put("cluster "+k, v)
	}
	for k, v := range d.Acts {
		put(fmt.Sprint("act ", k), v)
	}
	if d.Hidden {
		maps.DeleteFunc(p, func(k, _ string) bool { return strings.HasPrefix(k, "total ") })
	}
	for k, v := range d.Totals {
		if v == (Total{}) { // none is nought
			delete(p, "total "+k)
		} else {
			p["total "+k] = text1(v)
		}
	}
	if d.Voters != nil {
		p["voters"] = text1(d.Voters)
	}
}

// difference names the items that two pictures do not share.
func difference(a, b map[string]string) []string {
	var out []string
	for k, v := range a {
		if w, ok := b[k]; !ok || w != v {
			out = append(out, k)
		}
	}
	for k := range b {
		if _, ok := a[k]; !ok {
			out = append(out, k)
		}
	}
	sort.Strings(out)
	return out
}

// naive counts the dots as RULES.md says it, from nothing but the values.
func naive(w *Wall) (map[string]Total, int) {
	totals, voters := map[string]Total{}, 0
	most := w.most()
	rootOf := func(n *Note) *Note {
		for n.Merged != "" {
			n = w.notes[n.Merged]
		}
		return n
	}
	for _, b := range w.ballots {
		counted := false
		add := func(target string, n int) {
			if n > 0 {
				t := totals[target]
				totals[target] = Total{t.Dots + n, t.People + 1}
				counted = true
			}
		}
		onNote := func(root *Note) int {
			n := 0
			for _, m := range w.notes {
				if m.State == Shown && rootOf(m) == root {
					n = max(n, dotsBy(b)["n:"+m.ID])
				}
			}
			return min(n, most)
		}
		for _, n := range w.notes {
			if n.State == Shown && n.Merged == "" {
				add("n:"+n.ID, onNote(n))
			}
		}
		for _, c := range w.clusters {
			if c.Dissolved {
				continue
			}
			sum := dotsBy(b)["c:"+c.ID]
			for _, n := range w.notes {
				if n.State == Shown && n.Merged == "" && n.Cluster == c.ID {
					sum += onNote(n)
				}
			}
			add("c:"+c.ID, min(sum, most))
		}
		if counted {
			voters++
		}
	}
	return totals, voters
}

// dotsBy is how many dots of a ballot lie on each target.
func dotsBy(b *Ballot) map[string]int {
	by := map[string]int{}
	for _, on := range b.Dots {
		by[on.Target] = on.N
	}
	return by
}
