package wall

import (
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"strings"
	"testing"
)

// wire is a command as a client sends it.
func wire(c Command) []byte {
	b, err := json.Marshal(c)
	if err != nil {
		panic(err)
	}
	return b
}

func TestDecode(t *testing.T) {
	t.Run("J1 what is well formed is read as it was meant", func(t *testing.T) {
		top := noteID(1)
		all := append(oneOfEach(),
			Hide{Notes: notes(1), Reason: &Reason{Code: "rude", Text: "å\n\"\\😀\u0001"}},
			AnswerNote{Note: noteID(1)}, AnswerNote{Note: noteID(1), Answer: &AnswerGiven{Text: "a", Promise: "2026-12-01"}},
			NameCluster{Cluster: clusterID(1), Name: "x", Theme: "work", Top: &top},
			GatherNotes{Cluster: clusterID(1), Notes: notes(1, 2), Before: noteID(3)},
			MakeCluster{ID: clusterID(1), Name: "x", Theme: "work", Notes: notes(1)},
			SetDisplay{Name: "2"}, SetDisplay{Name: "2", Display: &Display{View: "theme", Theme: "work", Queue: notes(1), Step: 2,
				Dark: true, Numbers: true, QR: true, Calm: true, Still: true, Note: noteID(1), Cluster: clusterID(1)}},
			SetTimer{Timer{Left: 5, Length: 6, Advance: true}}, Post{ID: noteID(1), Theme: "a", Kind: "b", Text: "x", Lang: "sr-Latn"})
		for _, c := range all {
			raw := wire(c)
			got, err := DecodeCommand(c.Verb(), raw)
			if err != nil || !reflect.DeepEqual(got, c) {
				t.Errorf("%s %s: %+v %v", c.Verb(), raw, got, err)
			}
			spaced := strings.NewReplacer(",", " ,\n", ":{", " :\t{").Replace(string(raw))
			if _, err := DecodeCommand(c.Verb(), []byte(spaced)); err != nil {
				t.Errorf("%s %s: %v", c.Verb(), spaced, err)
			}
			spoil(t, c, string(raw))
		}
	})
	vote := func(s string) string { return `{"target":"n:` + noteID(1) + `",` + s + `}` }
	for _, bad := range []struct{ verb, raw, field string }{
		{"conquer", `{}`, "do"}, {"", `{}`, "do"}, {"Post", `{}`, "do"},
		{"vote", ``, ""}, {"vote", `null`, ""}, {"vote", `[]`, ""}, {"vote", `{`, ""}, {"vote", `{}`, "target"},
		{"vote", vote(`"dots":1`), "count"}, {"vote", vote(`"dots":1,"count":1,"dots":1`), "dots"},
		{"vote", vote(`"dots":1,"Count":1`), "Count"}, {"vote", vote(`"dots":1,"count":1,`), ""},
		{"vote", vote(`"dots":1.0,"count":1`), "dots"}, {"vote", vote(`"dots":1e0,"count":1`), "dots"},
		{"vote", vote(`"dots":01,"count":1`), "dots"}, {"vote", vote(`"dots":-1,"count":1`), "dots"},
		{"vote", vote(`"dots":"1","count":1`), "dots"}, {"vote", vote(`"dots":null,"count":1`), "dots"},
		{"vote", vote(`"dots":1,"count":-1`), "count"}, {"vote", vote(`"dots":1,"count":9007199254740992`), "count"},
		{"vote", vote(`"dots":1,"count":1e999`), "count"}, {"vote", vote(`"dots":1,"count":1`) + `{}`, ""},
		{"vote", "\ufeff" + vote(`"dots":1,"count":1`), ""}, {"vote", vote(`"dots":1 "count":1`), ""},
		{"withdraw", `{"note":"\ud800"}`, "note"}, {"withdraw", `{"note":"\ud800\u0041"}`, "note"},
		{"withdraw", `{"note":"\udc00\ud800"}`, "note"}, {"withdraw", `{"note":"\x"}`, "note"}, {"withdraw", `{"note":"\u12"}`, "note"},
		{"withdraw", `{"note":"\u12g4"}`, "note"}, {"withdraw", "{\"note\":\"a\nb\"}", "note"}, {"withdraw", "{\"note\":\"\\n\x01\"}", "note"},
		{"withdraw", "{\"note\":\"\xff\"}", "note"}, {"withdraw", "{\"note\":\"\\n\xff\"}", "note"}, {"withdraw", `{"note":"a`, "note"},
		{"withdraw", `{"note":"a\`, "note"}, {"withdraw", `{"note":"\u0000"}`, "note"}, {"withdraw", `{"note":"` + strings.ToUpper(noteID(1)) + `"}`, "note"},
		{"hide", `{"notes":["` + noteID(1) + `",]}`, "notes"}, {"hide", `{"notes":"x"}`, "notes"}, {"hide", `{"notes":[1]}`, "notes"},
		{"hide", `{"notes":["` + noteID(1) + `"],"reason":{"code":"rude","code":"rude"}}`, "reason"},
		{"hide", `{"notes":["` + noteID(1) + `"],"reason":{"text":"x"}}`, "reason"},
		{"hide", `{"notes":["` + noteID(1) + `"],"reason":5}`, "reason"}, {"freeze", `{"on":1}`, "on"}, {"freeze", `{"on":tru}`, "on"},
		{"answer", `{"note":"` + noteID(1) + `"}`, "answer"}, {"display", `{"name":"1"}`, "display"},
		{"set", `{"setting":"title","value":{"a":1,"a":2}}`, "value"}, {"set", `{"setting":"title","value":nul}`, "value"},
		{"set", `{"setting":"title","value":{"a":[{"b":1,"b":2}]}}`, "value"}, {"set", `{"setting":"title"}`, "value"},
		{"set", `{"setting":"title","value":[1,}`, "value"}, {"set", `{"setting":"title","value":` + strings.Repeat("[", 16) + strings.Repeat("]", 16) + `}`, "value"},
		{"set", `{"setting":"title","value":` + strings.Repeat(`{"a":`, 16) + `1` + strings.Repeat("}", 16) + `}`, "value"},
		{"set", `{"setting":"title","value":` + strings.Repeat("[", 100_000) + `}`, "value"},
		{"post", `{"id":"` + noteID(1) + `","theme":"` + strings.Repeat("a", 33) + `","kind":"a","text":"x"}`, "theme"},
		{"post", `{"id":"` + noteID(1) + `","theme":"a","kind":"","text":"x"}`, "kind"},
		{"post", `{"id":"` + noteID(1) + `","theme":"a","kind":"b","text":"x","lang":"s"}`, "lang"},
		{"post", `{"id":"` + noteID(1) + `","theme":"a","kind":"b","text":"x","author":"me"}`, "author"},
		{"undo", `{"act":-1}`, "act"}, {"phase", `{"phase":"lunch"}`, "phase"}, {"tick", `{"now":1}`, "now"},
	} {
		t.Run("J1 refused "+bad.verb+" "+fmt.Sprintf("%.60q", bad.raw), func(t *testing.T) {
			c, err := DecodeCommand(bad.verb, []byte(bad.raw))
			var no *Refusal
			if c != nil || !errors.As(err, &no) || no.Code != Invalid || no.Field != bad.field {
				t.Errorf("%+v %+v; want field %q", c, err, bad.field)
			}
		})
	}
	t.Run("J1 depth", func(t *testing.T) {
		raw := `{"setting":"title","value":` + strings.Repeat("[", DepthMax-1) + `{"` + strings.Repeat("]", DepthMax-1) + `}`
		raw = strings.Replace(raw, `{"]`, `1]`, 1)
		if _, err := DecodeCommand("set", []byte(raw)); err != nil {
			t.Error(err)
		}
	})
}

// spoil makes each member of a command missing, null, of every wrong type, and
// named otherwise, and asks that it is refused by its name.
func spoil(t *testing.T, c Command, raw string) {
	t.Helper()
	var members map[string]json.RawMessage
	if err := json.Unmarshal([]byte(raw), &members); err != nil {
		t.Fatal(err)
	}
	nullable := map[string]bool{"reason": true, "answer": true, "display": true, "top": true, "value": true}
	for name, value := range members {
		for _, wrong := range []string{`null`, `true`, `7.5`, `"\u0000 huge ` + strings.Repeat("x", 600) + `"`, `[[]]`, `{"x":{}}`, `[`} {
			if wrong == "null" && nullable[name] || name == "value" && wrong != "[" {
				continue
			}
			if wrong[0] == '"' && (name == "text" || name == "name" || name == "setting") {
				continue
			}
			if wrong == "true" && (name == "on" || name == "mute") {
				continue
			}
			spoiled := strings.Replace(raw, fmt.Sprintf("%q:%s", name, value), fmt.Sprintf("%q:%s", name, wrong), 1)
			_, err := DecodeCommand(c.Verb(), []byte(spoiled))
			var no *Refusal
			if !errors.As(err, &no) || (no.Field != name && wrong != "[") {
				t.Errorf("%s %s: %+v", c.Verb(), spoiled, err)
			}
		}
		renamed := strings.Replace(raw, fmt.Sprintf("%q:", name), fmt.Sprintf("%q:", strings.ToUpper(name)), 1)
		if _, err := DecodeCommand(c.Verb(), []byte(renamed)); err == nil {
			t.Errorf("%s is read", renamed)
		}
	}
}

// FuzzDecodeCommand asks that whatever is read means the same when it is
// written and read again, that encoding/json agrees, and that deciding it on a
// wall neither panics nor lets Apply refuse.
func FuzzDecodeCommand(f *testing.F) {
	for _, c := range oneOfEach() {
		f.Add(c.Verb(), wire(c))
	}
	f.Add("set", []byte(`{"setting":"themes","value":[]}`))
	f.Fuzz(func(t *testing.T, verb string, raw []byte) {
		c, err := DecodeCommand(verb, raw)
		if err != nil {
			if no := new(Refusal); !errors.As(err, &no) {
				t.Fatalf("not a refusal: %v", err)
			}
			return
		}
		if !json.Valid(raw) {
			t.Fatalf("not JSON: %q", raw)
		}
		again, err := DecodeCommand(verb, wire(c))
		if err != nil || string(wire(again)) != string(wire(c)) {
			t.Fatalf("%s read again is %+v, %v", wire(c), again, err)
		}
		x := newWorld(Settings{})
		for i := 1; i <= 4; i++ {
			x.ask(mo, Post{ID: noteID(i), Theme: "work", Kind: "opinion", Text: "x"})
		}
		for _, by := range []Actor{anna, owner, clock} {
			if e, err := x.w.Decide(Request{By: by, At: x.now, Command: c}); err == nil && e != nil {
				x.w.Apply(e)
			}
		}
	})
}
