package hub

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/anishathalye/porcupine"

	"openspacewall/hub/store"
	"openspacewall/hub/store/memstore"
	"openspacewall/hub/wall"
)

var histories = flag.Int("histories", 4, "histories of a thousand operations to check")

// historyOps is how many operations a history has.
const historyOps = 1000

// account is what people did to one wall through any of some hubs, and what
// they were told.
type account struct {
	t     *testing.T
	hubs  []*Hub
	store store.Store // the store itself, for looking
	id    string
	began time.Time
	notes [linearNotes]string
	group [linearNotes]string

	mu  sync.Mutex
	ops []porcupine.Operation
}

// newAccount makes a wall, with a cluster for each note to come.
func newAccount(t *testing.T, s store.Store, hubs []*Hub) *account {
	t.Helper()
	h := &account{t: t, hubs: hubs, store: s, id: newID(), began: time.Now()}
	makeWall(t, hubs[0], h.id, func(s *wall.Settings) { s.Rehearsal = true }) // without limits, no note depends on another
	for i := range h.notes {
		h.notes[i], h.group[i] = newID(), newID()
		for { // the store may be a bad one
			err := hubs[0].Do(t.Context(), h.id, wall.Request{By: mona, Command: wall.MakeCluster{ID: h.group[i], Name: "x", Theme: "work"}})
			if err == nil {
				break
			}
		}
	}
	return h
}

// run has people do things, each as soon as the last was answered, now at this
// hub and now at that.
func (h *account) run(seed uint64) {
	var crowd sync.WaitGroup
	for who := range linearPeople {
		crowd.Go(func() {
			r := rand.New(rand.NewPCG(seed, uint64(who)))
			counter := uint64(3)
			for range historyOps / linearPeople {
				if r.IntN(40) == 0 {
					h.look(who)
					continue
				}
				counter++
				h.ask(r.IntN(len(h.hubs)), h.draw(r, who, counter), r.IntN(25) == 0)
			}
		})
	}
	crowd.Wait()
	h.look(0)
}

var linearVerbs = strings.Fields(`post post post post edit edit edit vote vote vote vote vote vote
	show show show hide archive restore restore gather scatter scatter withdraw`)

func (h *account) draw(r *rand.Rand, who int, counter uint64) linearAsk {
	a := linearAsk{note: r.IntN(linearNotes), who: who, do: linearVerbs[r.IntN(len(linearVerbs))]}
	if a.do == "withdraw" && r.IntN(8) > 0 {
		a.do = "edit"
	}
	switch a.do {
	case "post":
		a.text = fmt.Sprint("text ", r.IntN(2))
	case "edit":
		a.text = fmt.Sprint("text ", r.IntN(4))
	case "vote":
		a.dots, a.count = r.IntN(4), counter-uint64(r.IntN(3))
	}
	return a
}

func (h *account) command(a linearAsk) (wall.Actor, wall.Command) {
	id := h.notes[a.note]
	person := wall.Actor{Role: wall.Participant, ID: fmt.Sprint("person ", a.who)}
	switch a.do {
	case "post":
		return person, wall.Post{ID: id, Theme: "work", Kind: "opinion", Text: a.text}
	case "edit":
		return person, wall.Edit{Note: id, Text: a.text}
	case "withdraw":
		return person, wall.Withdraw{Note: id}
	case "vote":
		return person, wall.CastVote{Target: "n:" + id, Dots: a.dots, Count: a.count}
	case "show":
		return mona, wall.Show{Notes: []string{id}}
	case "hide":
		return mona, wall.Hide{Notes: []string{id}}
	case "archive":
		return olle, wall.Archive{Notes: []string{id}}
	case "restore":
		return olle, wall.RestoreNotes{Notes: []string{id}}
	case "gather":
		return mona, wall.GatherNotes{Cluster: h.group[a.note], Notes: []string{id}}
	}
	return olle, wall.Scatter{Notes: []string{id}}
}

// ask sends a command, and writes down when and what came of it. Who is
// impatient goes away at once, and does not know.
func (h *account) ask(hub int, a linearAsk, impatient bool) {
	by, c := h.command(a)
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	if impatient {
		cancel()
	}
	call := time.Since(h.began)
	err := h.hubs[hub].Do(ctx, h.id, wall.Request{By: by, Command: c})
	op := porcupine.Operation{ClientId: a.who, Input: a, Call: int64(call), Return: int64(time.Since(h.began))}
	var why *wall.Refusal
	switch {
	case err == nil:
		op.Output = linearAnswer{}
	case errors.As(err, &why) && why.Code != wall.Unavailable && why.Code != wall.Busy:
		op.Output = linearAnswer{code: why.Code}
	default:
		op.Output, op.Return = linearAnswer{unknown: true}, math.MaxInt64
	}
	h.add(op)
}

func (h *account) add(ops ...porcupine.Operation) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.ops = append(h.ops, ops...)
}

// look reads every note as the store has it.
func (h *account) look(who int) {
	call := time.Since(h.began)
	_, entries, err := h.store.Load(context.Background(), h.id)
	back := time.Since(h.began)
	if err != nil {
		h.t.Error(err)
		return
	}
	var found [linearNotes]linearNote
	for _, e := range entries {
		switch kind, id, _ := strings.Cut(e.Key, "/"); kind {
		case "note":
			h.lookAt(&found, e.Value)
		case "ballot":
			var person int
			var b wall.Ballot
			if _, err := fmt.Sscanf(id, "person %d", &person); err != nil || json.Unmarshal(e.Value, &b) != nil {
				h.t.Errorf("a ballot %s %s", e.Key, e.Value)
				continue
			}
			for i, note := range h.notes {
				found[i].dots[person], _ = b.Dots.On("n:" + note)
			}
		}
	}
	for i, n := range found {
		h.add(porcupine.Operation{ClientId: who, Input: linearAsk{note: i, who: who, do: "read"}, Call: int64(call),
			Output: linearAnswer{read: n}, Return: int64(back)})
	}
}

func (h *account) lookAt(found *[linearNotes]linearNote, value []byte) {
	var n wall.Note
	if err := json.Unmarshal(value, &n); err != nil {
		h.t.Error(err)
		return
	}
	f := &found[slices.Index(h.notes[:], n.ID)]
	if _, err := fmt.Sscanf(n.Author, "person %d", &f.author); err != nil {
		h.t.Errorf("a note by %q", n.Author)
	}
	f.there, f.text, f.state, f.live, f.gathered = true, n.Text, n.State, n.Live, n.Cluster != ""
}

// check asks whether all of it can have happened one after the other, each
// thing between its question and its answer. Not to know is to fail.
func (h *account) check(name string) {
	h.t.Helper()
	switch got := porcupine.CheckOperationsTimeout(linearModel, h.ops, time.Minute); got {
	case porcupine.Ok:
	default:
		_, why := porcupine.CheckOperationsVerbose(linearModel, h.ops, time.Minute)
		path := fmt.Sprintf("%s/%s.html", h.t.ArtifactDir(), strings.ReplaceAll(name, "/", "-"))
		err := porcupine.VisualizePath(linearModel, why, path)
		h.t.Errorf("%s: a history that is %s: %s %v", name, got, path, err)
	}
}

// outcomes counts what the people were told.
func (h *account) outcomes() map[string]int {
	n := map[string]int{}
	for _, op := range h.ops {
		a, got := op.Input.(linearAsk), op.Output.(linearAnswer)
		switch {
		case a.do == "read":
			n["read"]++
		case got.unknown:
			n["unknown"]++
		case got.code == "":
			n["accepted"]++
		default:
			n[string(got.code)]++
		}
	}
	return n
}

// sometimes is a commit in nine of which nobody knows what became of it.
func sometimes(seed uint64) func() fate {
	var mu sync.Mutex
	r := rand.New(rand.NewPCG(seed, 7))
	return func() fate {
		mu.Lock()
		defer mu.Unlock()
		return [9]fate{lost, fails}[r.IntN(18)/2]
	}
}

// Two hubs, and four, race on one wall; some commits end unknown. Whatever
// people were told can have happened one after the other.
func TestHistoriesAreLinearizable(t *testing.T) {
	for i := range *histories {
		inner := memstore.New()
		var hubs []*Hub
		for n := range []int{2, 4}[i%2] {
			hubs = append(hubs, openHub(t, &shaky{Store: inner, fate: sometimes(uint64(4*i + n))}))
		}
		checkHistory(t, inner, hubs, i)
		for _, h := range hubs {
			closeHub(t, h)
		}
	}
}

func checkHistory(t *testing.T, look store.Store, hubs []*Hub, i int) {
	t.Helper()
	h := newAccount(t, look, hubs)
	h.run(uint64(i))
	h.check(fmt.Sprint(t.Name(), " ", i))
	t.Log(len(hubs), "hubs:", h.outcomes())
}
