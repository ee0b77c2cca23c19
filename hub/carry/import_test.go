package carry_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"

	"openspacewall/hub/carry"
	"openspacewall/hub/store"
	"openspacewall/hub/wall"
)

// refusedWith checks that an error is an answer for a person, and which one.
func refusedWith(t tb, err error, code wall.Code, text string) {
	t.Helper()
	var no *wall.Refusal
	if !errors.As(err, &no) || no.Code != code || !strings.Contains(no.Text, text) {
		t.Errorf("%v, want %s: …%s…", err, code, text)
	}
}

// town is a store with one wall of some notes.
func town(t tb, s store.Store, id, code string, older ...string) *life {
	t.Helper()
	l := born(t, s, id, wall.DefaultSettings())
	for i, a := range cast {
		l.now += 20_000
		l.ask(a, wall.Post{ID: noteID(i), Theme: "work", Kind: "opinion", Text: "Not " + fmt.Sprint(i)})
		l.ask(a, wall.CastVote{Target: "n:" + noteID(0), Dots: 1, Count: 1})
		l.commit()
	}
	listed(t, s, id, code, older...)
	return l
}

func TestAFileIsImportedOnce(t *testing.T) {
	home, away := bolt(t), bolt(t)
	l := town(t, home, "boden", "482715")
	text, f := exported(t, home, carry.Wanted{})
	if r := moved(t, away, text, f); r.Walls[0].Here || r.Walls[0].Code != "482715" || r.Walls[0].Title != "Göteborg" {
		t.Errorf("%+v", r)
	}
	before := keptOf(t, away, "boden")
	if r := moved(t, away, text, f); !r.Walls[0].Here || r.Walls[0].Code != "482715" {
		t.Errorf("again: %+v", r)
	}
	if now := keptOf(t, away, "boden"); now.at != before.at {
		t.Errorf("the second time changed the wall: %v, was %v", now.at, before.at)
	}
	// A later file of the same wall does not write over what is here, and
	// neither does the first one after the wall has gone on.
	l.ask(mo, wall.Freeze{On: true})
	l.commit()
	later, g := exported(t, home, carry.Wanted{})
	_, err := imports(away, later, g)
	refusedWith(t, err, wall.Conflict, "is here already, and is not from this file")
	if now := keptOf(t, away, "boden"); now.at != before.at {
		t.Errorf("the refused file changed the wall: %v, was %v", now.at, before.at)
	}
	// Nor at home, where it was made and never imported.
	_, err = imports(home, text, f)
	refusedWith(t, err, wall.Conflict, "is here already")
	// Once it is gone it can come again.
	if err := away.Delete(t.Context(), "boden"); err != nil {
		t.Fatal(err)
	}
	moved(t, away, later, g)
	sameWall(t, "again", keptOf(t, away, "boden"), keptOf(t, home, "boden"))
}

// failing lets n calls through; all later ones fail, as when the process is killed.
type failing struct {
	store.Store
	left   int
	blind  bool // the call that fails has done its work: its end is unknown
	failed bool
}

var errKilled = errors.New("killed")

func (f *failing) call(do func() error) error {
	if f.left--; f.left >= 0 {
		return do()
	}
	if f.blind && !f.failed {
		_ = do()
	}
	f.failed = true
	return errKilled
}

func (f *failing) Create(ctx context.Context, id string, b store.Batch) error {
	return f.call(func() error { return f.Store.Create(ctx, id, b) })
}

func (f *failing) Commit(ctx context.Context, id string, b store.Batch) error {
	return f.call(func() error { return f.Store.Commit(ctx, id, b) })
}

func (f *failing) Delete(ctx context.Context, id string) error {
	return f.call(func() error { return f.Store.Delete(ctx, id) })
}

func (f *failing) Put(ctx context.Context, table, key string, old, value []byte) error {
	return f.call(func() error { return f.Store.Put(ctx, table, key, old, value) })
}

func (f *failing) Get(ctx context.Context, table, key string) (v []byte, err error) {
	err = f.call(func() error { v, err = f.Store.Get(ctx, table, key); return err })
	return v, err
}

// seen says which of a store's walls people can come to, and that these are whole.
func seen(t tb, s store.Store, want map[string]kept) int {
	t.Helper()
	walls, err := s.List(context.Background(), "walls")
	if err != nil {
		t.Fatalf("%v", err)
	}
	for id := range walls {
		got := keptOf(t, s, id)
		if got.at.Revision != want[id].at.Revision || len(got.entries) != len(want[id].entries) || len(eventsOf(t, got.log)) != len(eventsOf(t, want[id].log)) {
			t.Errorf("%s is served half", id)
		}
	}
	return len(walls)
}

// An import is killed at each of its steps in turn, knowing or not knowing how
// the last one ended: nobody ever sees half a wall, and run again it is whole.
func TestAnImportKilledAnywhereRunsAgain(t *testing.T) {
	home := kinds[0].open(t)
	for _, l := range []*life{town(t, home, "boden", "482715", "111111"), town(t, home, "kiruna", "593826")} {
		for i := range 800 { // a log that is several commits, however it is joined
			if !l.ask(mo, wall.Freeze{On: i%2 == 0}) {
				t.Fatal("nothing came of it")
			}
			l.commit()
		}
	}
	put(t, home, "keys", "seal", "the seal\x00\xff")
	put(t, home, "people", "p1", `{"id":"p1","name":"Olga","role":"owner"}`)
	want := map[string]kept{"boden": keptOf(t, home, "boden"), "kiruna": keptOf(t, home, "kiruna")}
	text, f := exported(t, home, carry.Wanted{Keys: true})
	for _, blind := range []bool{false, true} {
		steps := 0
		for ; ; steps++ {
			s := kinds[0].open(t)
			cut := &failing{Store: s, left: steps, blind: blind}
			_, err := imports(cut, text, f)
			if !cut.failed {
				if err != nil {
					t.Fatal(err)
				}
				break
			}
			if blind && err == nil {
				continue // it looked, and found that it was done
			}
			if !errors.Is(err, errKilled) {
				t.Fatalf("killed at step %d: %v", steps, err)
			}
			seen(t, s, want)
			// A second life is killed, too, half as far.
			_, _ = imports(&failing{Store: s, left: steps / 2, blind: blind}, text, f)
			seen(t, s, want)
			moved(t, s, text, f)
			if n := seen(t, s, want); n != 2 {
				t.Fatalf("killed at step %d: %d walls are served in the end", steps, n)
			}
			for id, w := range want {
				sameWall(t, fmt.Sprintf("%s, killed at step %d", id, steps), keptOf(t, s, id), w)
			}
			if get(t, s, "codes", "111111") != `{"wall":"boden"}` || get(t, s, "keys", "seal") != "the seal\x00\xff" {
				t.Fatalf("killed at step %d: a code or the key is missing", steps)
			}
		}
		if steps < 26 {
			t.Errorf("only %d steps", steps)
		}
	}
}

// Of imports that run at the same time at most one comes to an end, and then
// the wall is whole; one that runs afterwards always does.
func TestImportsBesideEachOther(t *testing.T) {
	home := kinds[0].open(t)
	town(t, home, "boden", "482715")
	want := keptOf(t, home, "boden")
	text, f := exported(t, home, carry.Wanted{})
	for i := range 50 {
		kind := kinds[0]
		if i%10 == 0 {
			kind = kinds[1+i/10%2]
		}
		s := kind.open(t)
		var all sync.WaitGroup
		errs := make([]error, 4)
		for i := range errs {
			all.Go(func() { _, errs[i] = imports(s, text, f) })
		}
		all.Wait()
		ended := 0
		for _, err := range errs {
			if err == nil {
				ended++
			} else {
				refusedWith(t, err, wall.Conflict, "")
			}
		}
		if n := seen(t, s, map[string]kept{"boden": want}); (n == 1) != (ended > 0) {
			t.Errorf("%d ended well, %d walls are served", ended, n)
		}
		moved(t, s, text, f)
		sameWall(t, "in the end", keptOf(t, s, "boden"), want)
	}
}

func TestCodesThatAreTakenAreDrawnAnew(t *testing.T) {
	home, away := kinds[0].open(t), kinds[0].open(t)
	town(t, home, "boden", "482715", "111111", "222222")
	town(t, away, "other", "482715", "111111")
	text, f := exported(t, home, carry.Wanted{})
	r := moved(t, away, text, f)
	w := r.Walls[0]
	if w.Was != "482715" || w.Code == "482715" || len(w.Code) != 6 || w.Code[0] == '0' || strings.Join(w.Lost, ",") != "111111" {
		t.Errorf("%+v", w)
	}
	for code, id := range map[string]string{"482715": "other", "111111": "other", "222222": "boden", w.Code: "boden"} {
		if got := get(t, away, "codes", code); got != `{"wall":"`+id+`"}` {
			t.Errorf("%s leads to %s, want %s", code, got, id)
		}
	}
	if got := get(t, away, "walls", "boden"); got != `{"code":"`+w.Code+`","since":1764000000000,"screens":2}` {
		t.Errorf("the record is %s", got)
	}
}

// The installation's key comes to where there is none, and never in the place of
// another one.
func TestKeysComeAlong(t *testing.T) {
	home := kinds[0].open(t)
	town(t, home, "boden", "482715")
	town(t, home, "kiruna", "593826")
	put(t, home, "keys", "seal", "\x00 the seal \xff")
	for id, record := range map[string]string{
		"everywhere": `{"id":"everywhere","name":"Olga","role":"owner"}`,
		"boden":      `{"id":"boden","name":"Bo","role":"moderator","wall":"boden"}`,
		"kiruna":     `{"id":"kiruna","name":"Kim","role":"moderator","wall":"kiruna"}`,
	} {
		put(t, home, "people", id, record)
		put(t, home, "links", "link of "+id, `{"person":"`+id+`","until":1}`)
		put(t, home, "logins", "login of "+id, `{"people":{"`+id+`":1}}`)
	}
	secrets := func(s store.Store) string {
		var b strings.Builder
		for _, table := range []string{"keys", "people", "links", "logins"} {
			all, err := s.List(t.Context(), table)
			if err != nil {
				t.Fatal(err)
			}
			fmt.Fprintln(&b, table, all)
		}
		return b.String()
	}
	none := secrets(kinds[0].open(t))

	text, f := exported(t, home, carry.Wanted{})
	if f.Keys || bytes.Contains(text, []byte("Olga")) || bytes.Contains(text, []byte("login of")) {
		t.Errorf("secrets are in a file without keys")
	}
	away := kinds[0].open(t)
	if r := moved(t, away, text, f); r.Keys || secrets(away) != none {
		t.Errorf("%+v %s", r, secrets(away))
	}

	text, f = exported(t, home, carry.Wanted{Keys: true})
	away = kinds[0].open(t)
	if r := moved(t, away, text, f); !r.Keys || secrets(away) != secrets(home) {
		t.Errorf("%+v\n%s\nis not\n%s", r, secrets(away), secrets(home))
	}
	text, f = exported(t, home, carry.Wanted{Keys: true, Code: "482715"})
	away = kinds[0].open(t)
	moved(t, away, text, f)
	if got := secrets(away); strings.Contains(got, "kiruna") || !strings.Contains(got, "login of boden") || !strings.Contains(got, "everywhere") {
		t.Errorf("with Boden alone came\n%s", got)
	}

	// Another installation keeps its own key, and nothing has been written.
	other := kinds[0].open(t)
	put(t, other, "keys", "seal", "another")
	_, err := imports(other, text, f)
	refusedWith(t, err, wall.Conflict, "--without-keys")
	if walls, err := other.Walls(t.Context()); err != nil || len(walls) != 0 || get(t, other, "imports", "boden") != "" {
		t.Errorf("the refused file left %v %v", walls, err)
	}
	r, err := carry.Import(t.Context(), other, bytes.NewReader(text), carry.Options{SHA256: f.SHA256, Random: strings.NewReader(strings.Repeat("x", 99)), WithoutKeys: true})
	if err != nil || r.Keys || !strings.Contains(secrets(other), "another") == strings.Contains(secrets(other), "Olga") {
		t.Errorf("%+v %v %s", r, err, secrets(other))
	}
	sameWall(t, "without keys", keptOf(t, other, "boden"), keptOf(t, home, "boden"))
}
