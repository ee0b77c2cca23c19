package hub

import (
	"context"
	"encoding/json"
	"errors"
	"reflect"
	"testing"
	"testing/synctest"
	"time"

	"openspacewall/hub/store/memstore"
	"openspacewall/hub/wall"
)

func TestBudget(t *testing.T) {
	var b budget
	now := time.Unix(0, 0)
	for i := range frameBurst {
		if !b.spend(now) {
			t.Fatalf("frame %d of the burst", i)
		}
	}
	if b.spend(now) {
		t.Error("more than the burst")
	}
	wait := b.wait()
	if wait != time.Second/framesPer {
		t.Errorf("told to wait %v", wait)
	}
	if b.spend(now.Add(wait - time.Millisecond)) {
		t.Error("before its time")
	}
	if !b.spend(now.Add(wait)) || b.spend(now.Add(wait)) {
		t.Error("one frame for its time")
	}
	if !b.spend(now.Add(time.Hour)) {
		t.Error("after an hour")
	}
	if b.frames > frameBurst {
		t.Error("more than a burst has gathered")
	}
}

func TestMistakesAndFloods(t *testing.T) {
	var b budget
	now := time.Unix(1e9, 0)
	for range invalidMax {
		if b.mistake(now) {
			t.Fatal("too early")
		}
	}
	if !b.mistake(now.Add(windowLength - 1)) {
		t.Error("one more in a minute")
	}
	if b.mistake(now.Add(windowLength)) {
		t.Error("another minute")
	}
	for range overMax {
		if b.flood(now) {
			t.Fatal("too early")
		}
	}
	if !b.flood(now) {
		t.Error("a flood")
	}
}

// A mark is never after the position, never before half of what is missed more
// than needed, and there are few of them.
func TestMarks(t *testing.T) {
	for _, now := range []uint64{1, 2, 3, 10, 1000, 1 << 40} {
		marks := map[uint64]bool{}
		for back := range min(now, 3000) {
			p := now - back
			m := mark(p, now)
			if m > p || m == 0 || now-m > 2*back {
				t.Fatalf("mark(%d, %d) = %d", p, now, m)
			}
			marks[m] = true
		}
		if len(marks) > 14 {
			t.Errorf("%d marks", len(marks))
		}
	}
}

func TestTotalsAsJSON(t *testing.T) {
	for text, want := range map[string]Totals{
		`null`:          {Hidden: true},
		`{}`:            {By: map[string]wall.Total{}},
		`{"n:x":[3,2]}`: {By: map[string]wall.Total{"n:x": {Dots: 3, People: 2}}},
	} {
		var got Totals
		if err := json.Unmarshal([]byte(text), &got); err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("%s: %+v %v", text, got, err)
		}
		if b, err := json.Marshal(got); err != nil || string(b) != text {
			t.Errorf("%s: %s %v", text, b, err)
		}
	}
	for _, text := range []string{`{"n:x":[3]}`, `{"n:x":[3,2,1]}`, `[]`, `7`} {
		var got Totals
		if json.Unmarshal([]byte(text), &got) == nil {
			t.Errorf("%s was read", text)
		}
	}
}

// Whatever is read as a frame means the same when it is written again.
func FuzzDecode(f *testing.F) {
	f.Add([]byte(`{"hello":{"epoch":"x","revision":7}}`))
	f.Add([]byte(`{"command":{"n":1,"do":"freeze","seen":3,"with":{"on":true}}}`))
	f.Add([]byte(`{"command":{"n":1,"n":1,"do":"freeze","with":{}}}`))
	f.Fuzz(func(t *testing.T, text []byte) {
		in, n, why := decode(text)
		if why != nil {
			if why.Code != wall.Invalid {
				t.Errorf("%s: %v", text, why)
			}
			return
		}
		b, err := json.Marshal(in)
		if err != nil {
			t.Fatal(err)
		}
		again, m, why := decode(b)
		if why != nil || m != n || !reflect.DeepEqual(plain(t, in), plain(t, again)) {
			t.Errorf("%s became %s", text, b)
		}
	})
}

// The owners of walls answer, and who does not is found out.
func TestOwnersAnswer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &shaky{Store: memstore.New()}
		h := openHub(t, s)
		makeWall(t, h, testWall, nil)
		a := join(t, h, phone(ann))
		if stuck := h.Answer(t.Context()); stuck != 0 {
			t.Errorf("%d do not answer", stuck)
		}
		s.next(hangs)
		a.ask(wall.Post{ID: newID(), Theme: "health", Kind: "opinion", Text: "x"})
		synctest.Wait()
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if stuck := h.Answer(ctx); stuck != 1 {
			t.Errorf("%d do not answer", stuck)
		}
		within, end := context.WithTimeout(t.Context(), AnswerWithin)
		defer end()
		if stuck := h.Answer(within); stuck != 0 {
			t.Errorf("%d wait for the store for too long", stuck)
		}
	})
}

func TestInstallationTables(t *testing.T) {
	h, _ := openWall(t, nil)
	if err := h.Put(t.Context(), "codes", "482715", nil, []byte(testWall)); err != nil {
		t.Fatal(err)
	}
	if v, err := h.Get(t.Context(), "codes", "482715"); err != nil || string(v) != testWall {
		t.Error(v, err)
	}
	if all, err := h.List(t.Context(), "codes"); err != nil || len(all) != 1 {
		t.Error(all, err)
	}
}

// What was heard before closing is stored, though its sender hears no answer.
func TestCloseFinishesWhatIsQueued(t *testing.T) {
	s := &shaky{Store: memstore.New(), asked: make(chan struct{}, 8), gate: make(chan struct{}, 8)}
	h := New(Config{Store: s})
	makeWall(t, h, testWall, nil)
	r, err := h.enter(t.Context(), testWall)
	if err != nil {
		t.Fatal(err)
	}
	ids := make(chan *wall.Refusal, 2)
	for range 2 {
		r.submit(&ask{request: wall.Request{By: ann, Command: wall.Post{ID: newID(), Theme: "health", Kind: "opinion", Text: "x"}},
			reply: func(_ uint64, why *wall.Refusal) { ids <- why }})
	}
	<-s.asked
	h.leave(r)
	closed := make(chan error, 1)
	go func() { closed <- h.Close(t.Context()) }()
	<-h.stop
	s.gate <- struct{}{}
	s.gate <- struct{}{}
	if err := <-closed; err != nil && !errors.Is(err, ErrClosed) {
		t.Error(err)
	}
	for range 2 {
		if why := <-ids; why != nil {
			t.Error(why)
		}
	}
}
