package hub

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"openspacewall/hub/store/memstore"
	"openspacewall/hub/wall"
)

// samples are commands that are well formed, one of every verb, with every member.
func samples(note, other, cluster string) map[string]string {
	list := fmt.Sprintf(`{"notes":[%q]}`, note)
	because := fmt.Sprintf(`{"notes":[%q],"reason":{"code":"rude","text":"x"}}`, note)
	return map[string]string{
		"post":         fmt.Sprintf(`{"id":%q,"theme":"health","kind":"opinion","text":"x","lang":"sv"}`, newID()),
		"edit":         fmt.Sprintf(`{"note":%q,"text":"y","lang":"sv"}`, note),
		"withdraw":     fmt.Sprintf(`{"note":%q}`, note),
		"report":       fmt.Sprintf(`{"note":%q,"reason":"rude"}`, note),
		"vote":         fmt.Sprintf(`{"target":"n:%s","dots":1,"count":1}`, note),
		"show":         list,
		"hide":         because,
		"archive":      because,
		"restore":      list,
		"move":         fmt.Sprintf(`{"notes":[%q],"theme":"work"}`, note),
		"answer":       fmt.Sprintf(`{"note":%q,"answer":{"text":"x","promise":"2030-01-01"}}`, note),
		"dismiss":      list,
		"hide_author":  fmt.Sprintf(`{"note":%q,"mute":true,"reason":{"code":"rude","text":"x"}}`, note),
		"mute":         fmt.Sprintf(`{"note":%q,"on":true}`, note),
		"erase":        list,
		"merge":        fmt.Sprintf(`{"into":%q,"notes":[%q]}`, other, note),
		"unmerge":      list,
		"make_cluster": fmt.Sprintf(`{"id":%q,"name":"x","theme":"health","notes":[%q]}`, newID(), note),
		"name_cluster": fmt.Sprintf(`{"cluster":%q,"name":"x","theme":"health","top":%q}`, cluster, note),
		"gather":       fmt.Sprintf(`{"cluster":%q,"notes":[%q],"before":%q}`, cluster, note, other),
		"scatter":      list,
		"dissolve":     fmt.Sprintf(`{"cluster":%q}`, cluster),
		"set":          `{"setting":"title","value":"x"}`,
		"phase":        `{"phase":"vote"}`,
		"timer":        `{"timer":{"ends":1,"left":0,"length":1,"advance":true}}`,
		"display":      `{"name":"1","display":{"view":"theme","theme":"health","note":"","cluster":"","queue":[],"step":0,"dark":true,"numbers":true,"qr":true,"calm":true,"still":true}}`,
		"freeze":       `{"on":true}`,
		"undo":         `{"act":1}`,
	}
}

// range of bad inputs: a wall with something on it, an attacker who may do
// everything, and a neighbour who is not to notice.
type trial struct {
	t                     *testing.T
	h                     *Hub
	s                     *memstore.Store
	note, second, cluster string
	neighbour             *visitor
	attackers             map[wall.Role]*visitor
	left                  map[wall.Role]int
	before                string
}

func newTrial(t *testing.T) *trial {
	h, s := openWall(t, nil)
	x := &trial{t: t, h: h, s: s, attackers: map[wall.Role]*visitor{}, left: map[wall.Role]int{}}
	a := visit(t, overTCP(t, h, phone(ann))).seesAll()
	d := visit(t, overTCP(t, h, desk(mona))).seesAll()
	x.note, x.second, x.cluster = a.posts("one"), a.posts("two"), newID()
	d.does(wall.MakeCluster{ID: x.cluster, Name: "c", Theme: "health", Notes: []string{x.second}})
	x.neighbour = visit(t, overTCP(t, h, phone(bo))).seesAll()
	x.neighbour.sees(x.second)
	x.before = x.picture()
	return x
}

// picture is the whole wall as stored.
func (x *trial) picture() string {
	at, entries, err := x.s.Load(x.t.Context(), testWall)
	if err != nil {
		x.t.Fatal(err)
	}
	slices.SortFunc(entries, func(a, b wall.Entry) int { return strings.Compare(a.Key, b.Key) })
	return fmt.Sprint(at, entries)
}

// unharmed asks that the wall is as before and the neighbour is still served.
func (x *trial) unharmed() {
	x.t.Helper()
	if x.picture() != x.before {
		x.t.Error("the wall is not as it was")
	}
	n := x.neighbour
	n.mu.Lock()
	mes := n.mes
	n.mu.Unlock()
	n.hello()
	n.until("an answer for the neighbour", func() bool { return n.mes > mes || n.closed != 0 })
	if n.closed != 0 {
		x.t.Error("the neighbour was closed")
	}
}

var actors = map[wall.Role]Join{
	wall.Participant: phone(wall.Actor{Role: wall.Participant, ID: "eve"}),
	wall.Projector:   hall,
	wall.Moderator:   desk(wall.Actor{Role: wall.Moderator, ID: "max", Name: "Max"}),
	wall.Owner:       desk(wall.Actor{Role: wall.Owner, ID: "eva", Name: "Eva"}),
}

// refuses sends a frame as a role, and asks for a refusal with a code.
func (x *trial) refuses(role wall.Role, text string, n uint64, code wall.Code) *wall.Refusal {
	x.t.Helper()
	if x.left[role] == 0 { // within what a connection may do wrong
		x.attackers[role] = visit(x.t, overTCP(x.t, x.h, actors[role])).seesAll()
		x.left[role] = invalidMax
	}
	x.left[role]--
	v := x.attackers[role]
	v.mu.Lock()
	delete(v.answers, n)
	v.mu.Unlock()
	v.sendText(text)
	why := v.answer(n)
	if why == nil || why.Code != code {
		x.t.Errorf("%s: %v, want %s", text, why, code)
	}
	return why
}

func command(n int, verb, with string) string {
	return fmt.Sprintf(`{"command":{"n":%d,"do":%q,"with":%s}}`, n, verb, with)
}

// Every member of every command, with a value of every wrong type, missing,
// given twice, and with an unknown one beside it.
func TestWrongTypes(t *testing.T) {
	x := newTrial(t)
	asked := map[string]wall.Role{"report": wall.Participant, "vote": wall.Participant}
	nullable := []string{"reason", "answer", "display", "top"}
	optional := []string{"lang", "reason", "notes make_cluster", "theme name_cluster", "top", "before"}
	values := []string{`null`, `true`, `7`, `-1.5`, `1e999`, `"` + strings.Repeat("x", 7) + `"`, `[]`, `[7]`, `{}`, `{"x":{"y":[]}}`}
	for verb, with := range samples(x.note, x.second, x.cluster) {
		role := wall.Owner
		if r, ok := asked[verb]; ok {
			role = r
		}
		var members map[string]json.RawMessage
		if err := json.Unmarshal([]byte(with), &members); err != nil {
			t.Fatal(verb, err)
		}
		if _, err := wall.DecodeCommand(verb, []byte(with)); err != nil {
			t.Errorf("the sample of %s: %v", verb, err)
		}
		change := func(name, value string) string {
			m := maps.Clone(members)
			m[name] = json.RawMessage(value)
			if value == "" {
				delete(m, name)
			}
			b, err := json.Marshal(m)
			if err != nil && value != `1e999` {
				t.Fatal(err)
			}
			return string(b)
		}
		for name, good := range members {
			for _, value := range values {
				if kind(value) == kind(string(good)) || verb == "set" && name == "value" {
					continue
				}
				if value == "null" && slices.Contains(nullable, name) && verb != "report" {
					continue
				}
				why := x.refuses(role, command(1, verb, change(name, value)), 1, wall.Invalid)
				if why != nil && why.Field == "" {
					t.Errorf("%s %s: no field", verb, name)
				}
			}
			if !slices.Contains(optional, name) && !slices.Contains(optional, name+" "+verb) {
				x.refuses(role, command(2, verb, change(name, "")), 2, wall.Invalid)
			}
			twice := strings.TrimSuffix(with, "}") + fmt.Sprintf(`,%q:%s}`, name, good)
			x.refuses(role, command(3, verb, twice), 3, wall.Invalid)
		}
		x.refuses(role, command(4, verb, change("author", `"someone"`)), 4, wall.Invalid)
		for _, value := range values {
			if kind(value) != '{' {
				x.refuses(role, command(5, verb, value), 5, wall.Invalid)
			}
		}
	}
	x.unharmed()
}

// kind is the JSON type of a value, by its first byte.
func kind(v string) byte {
	switch c := v[0]; {
	case c == '-', c >= '0' && c <= '9':
		return '0'
	case c == 'f':
		return 't'
	default:
		return c
	}
}

// Frames that are no frames.
func TestMalformedFrames(t *testing.T) {
	x := newTrial(t)
	for _, c := range []struct {
		text string
		n    uint64
	}{
		{``, 0}, {` `, 0}, {`x`, 0}, {`null`, 0}, {`[]`, 0}, {`7`, 0}, {`"hello"`, 0}, {`{}`, 0}, {`{`, 0}, {"\uFEFF{}", 0},
		{`{"hello":{"epoch":"","revision":0}}{}`, 0}, {`{"hello":{"epoch":"","revision":0}} x`, 0},
		{`{"hello":{"epoch":"","revision":0},"command":{"n":1,"do":"freeze","with":{"on":true}}}`, 0},
		{`{"hello":{"epoch":"","revision":0},"hello":{"epoch":"","revision":0}}`, 0},
		{`{"Hello":{"epoch":"","revision":0}}`, 0}, {`{"helo":{}}`, 0}, {`{"ack":{"n":1,"revision":1}}`, 0},
		{`{"hello":null}`, 0}, {`{"hello":{"epoch":"","revision":-1}}`, 0}, {`{"hello":{"epoch":7,"revision":0}}`, 0},
		{`{"hello":{"epoch":""}}`, 0}, {`{"hello":{"epoch":"","revision":0,"role":"owner"}}`, 0},
		{`{"hello":{"epoch":"","revision":1.0}}`, 0}, {`{"hello":{"epoch":"","revision":9007199254740993}}`, 0},
		{`{"hello":{"epoch":"` + strings.Repeat("x", epochMax+1) + `","revision":0}}`, 0},
		{`{"command":null}`, 0}, {`{"command":{}}`, 0}, {`{"command":[]}`, 0},
		{`{"command":{"n":0,"do":"freeze","with":{"on":true}}}`, 0}, {`{"command":{"n":-1,"do":"freeze","with":{"on":true}}}`, 0},
		{`{"command":{"n":"1","do":"freeze","with":{"on":true}}}`, 0}, {`{"command":{"n":01,"do":"freeze","with":{"on":true}}}`, 0},
		{`{"command":{"n":9,"n":9,"do":"freeze","with":{"on":true}}}`, 0},
		{`{"command":{"n":9,"do":"freeze"}}`, 9}, {`{"command":{"n":9,"do":"freeze","with":null}}`, 9},
		{`{"command":{"n":9,"do":7,"with":{"on":true}}}`, 9}, {`{"command":{"n":9,"with":{"on":true}}}`, 9},
		{`{"command":{"n":9,"do":"freeze","with":{"on":true},"with":{"on":true}}}`, 9},
		{`{"command":{"n":9,"do":"freeze","with":{"on":true},"by":"olle"}}`, 9},
		{`{"command":{"n":9,"do":"freeze","with":{"on":true},"at":1}}`, 9}, {`{"command":{"n":9,"Do":"freeze","do":"freeze","with":{"on":true}}}`, 9},
		{`{"command":{"n":9,"do":"freeze","seen":-1,"with":{"on":true}}}`, 9}, {`{"command":{"n":9,"do":"freeze","seen":"1","with":{"on":true}}}`, 9},
		{`{"command":{"n":9,"do":"nothing","with":{}}}`, 9}, {`{"command":{"n":9,"do":"","with":{}}}`, 9}, {`{"command":{"n":9,"do":"FREEZE","with":{"on":true}}}`, 9},
		{`{"command":{"n":9,"do":"freeze","with":` + strings.Repeat("[", 2000) + strings.Repeat("]", 2000) + `}}`, 9},
		{`{"command":{"n":9,"do":"set","with":{"setting":"title","value":"\ud800"}}}`, 9},
	} {
		x.refuses(wall.Owner, c.text, c.n, wall.Invalid)
	}
	seen := `{"command":{"n":9,"do":"vote","seen":1,"with":{"target":"n:` + x.note + `","dots":1,"count":1}}}`
	x.refuses(wall.Participant, seen, 9, wall.Invalid)
	x.unharmed()
}

// What the table of permissions does not say yes to is forbidden, in every cell.
func TestForbiddenCells(t *testing.T) {
	x := newTrial(t)
	with := samples(x.note, x.second, x.cluster)
	with["tick"] = `{}`
	if len(with) != len(verbs)+1 {
		t.Errorf("%d samples for %d verbs", len(with), len(verbs))
	}
	cells := 0
	for _, verb := range append(verbs, "tick") {
		for role := range actors {
			if wall.May(role, verb) {
				continue
			}
			cells++
			x.refuses(role, command(1, verb, with[verb]), 1, wall.Forbidden)
		}
	}
	if cells < len(verbs)*2 {
		t.Errorf("%d cells say no", cells)
	}
	eve := x.attackers[wall.Participant]
	for _, verb := range []string{"edit", "withdraw"} { // another person's note
		if eve != nil {
			x.refuses(wall.Participant, command(1, verb, with[verb]), 1, wall.Forbidden)
		}
	}
	x.unharmed()
}

// The ids of another wall are as unknown as any.
func TestOtherWallsIDs(t *testing.T) {
	x := newTrial(t)
	elsewhere := newID()
	makeWall(t, x.h, elsewhere, nil)
	j := phone(wall.Actor{Role: wall.Participant, ID: "eve"})
	j.Wall = elsewhere
	e := visit(t, overTCP(t, x.h, j)).seesAll()
	note, second := e.posts("there"), e.posts("there, too")
	j = desk(mona)
	j.Wall = elsewhere
	cluster := newID()
	visit(t, overTCP(t, x.h, j)).seesAll().does(wall.MakeCluster{ID: cluster, Name: "there", Theme: "health"})
	with := samples(note, second, cluster)
	for _, verb := range verbs {
		switch verb {
		case "post", "set", "phase", "timer", "display", "freeze", "undo":
			continue // they name nothing of a wall
		}
		role := wall.Owner
		if !wall.May(role, verb) {
			role = wall.Participant
		}
		x.refuses(role, command(1, verb, with[verb]), 1, wall.NotFound)
	}
	x.unharmed()
}
