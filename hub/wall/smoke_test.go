package wall

import "testing"

func TestSmoke(t *testing.T) {
	w := New(Position{Epoch: "e"}, Settings{}, 1000)
	do := func(a Actor, verb, raw string) Touched {
		t.Helper()
		c, err := DecodeCommand(verb, []byte(raw))
		if err != nil {
			t.Fatal(err)
		}
		e, err := w.Decide(Request{By: a, At: 2000, Command: c})
		if err != nil {
			t.Fatal(err)
		}
		if e == nil {
			return Touched{}
		}
		return w.Apply(e)
	}
	p := Actor{Role: Participant, ID: "p1"}
	m := Actor{Role: Moderator, ID: "m1", Name: "Mo"}
	const a = "11111111-1111-1111-1111-111111111111"
	const b = "22222222-2222-2222-2222-222222222222"
	const c = "33333333-3333-3333-3333-333333333333"
	t.Logf("%+v", do(p, "post", `{"id":"`+a+`","theme":"work","kind":"opinion","text":"Hej  du"}`))
	t.Logf("%+v", do(p, "post", `{"id":"`+b+`","theme":"work","kind":"opinion","text":"Hej"}`))
	t.Logf("%+v", do(p, "vote", `{"target":"n:`+a+`","dots":2,"count":1}`))
	t.Logf("%+v", do(m, "make_cluster", `{"id":"`+c+`","name":"K","theme":"work","notes":["`+a+`"]}`))
	t.Logf("%+v", do(p, "vote", `{"target":"c:`+c+`","dots":3,"count":2}`))
	t.Logf("%+v", do(m, "merge", `{"into":"`+a+`","notes":["`+b+`"]}`))
	t.Logf("%+v", do(m, "undo", `{"act":6}`))
	t.Logf("%+v", w.Me(p))
	t.Logf("%+v", w.Since(Desk, 0).Totals)
	x, err := Restore(w.Position(), w.All())
	if err != nil || len(x.All()) != len(w.All()) {
		t.Fatal(err)
	}
	for i, e := range x.All() {
		if string(e.Value) != string(w.All()[i].Value) {
			t.Errorf("%s %s", e.Value, w.All()[i].Value)
		}
	}
}
