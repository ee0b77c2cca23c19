package hub

import (
	"bytes"
	"encoding/json"
	"os"
	"reflect"
	"regexp"
	"strings"
	"testing"
)

// roundTrip reads JSON as T, knowing every member, and asks that writing it
// gives the same JSON.
func roundTrip[T any](t *testing.T, text []byte) T {
	t.Helper()
	var v T
	d := json.NewDecoder(bytes.NewReader(text))
	d.DisallowUnknownFields()
	if err := d.Decode(&v); err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	b, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	var was, is any
	if json.Unmarshal(text, &was) != nil || json.Unmarshal(b, &is) != nil || !reflect.DeepEqual(was, is) {
		t.Errorf("as written:  %s\nas understood: %s", text, b)
	}
	return v
}

// Every example in PROTOCOL.md is what the hub reads and writes.
func TestProtocolExamples(t *testing.T) {
	text, err := os.ReadFile("PROTOCOL.md")
	if err != nil {
		t.Fatal(err)
	}
	in, out := map[string]bool{}, map[string]bool{}
	for _, m := range regexp.MustCompile("(?s)```json\n(.*?)```").FindAllSubmatch(text, -1) {
		for line := range strings.Lines(string(m[1])) {
			line = strings.TrimSpace(line)
			if strings.HasPrefix(line, `{"hello"`) || strings.HasPrefix(line, `{"command"`) {
				roundTrip[Incoming](t, []byte(line))
				f, _, why := decode([]byte(line))
				if why != nil {
					t.Fatalf("%s: %v", line, why)
				}
				if f.Hello != nil {
					in["hello"] = true
				} else {
					in[f.Command.Do] = true
					if _, err := decodeVerb(f.Command); err != nil {
						t.Errorf("%s: %v", line, err)
					}
				}
				continue
			}
			o := roundTrip[Outgoing](t, []byte(line))
			v := reflect.ValueOf(o)
			set := 0
			for i := range v.NumField() {
				if !v.Field(i).IsNil() {
					set++
					out[v.Type().Field(i).Name] = true
				}
			}
			if set != 1 {
				t.Errorf("%s: %d members", line, set)
			}
		}
	}
	for i := range reflect.TypeFor[Outgoing]().NumField() {
		if name := reflect.TypeFor[Outgoing]().Field(i).Name; !out[name] {
			t.Errorf("no example of %s", name)
		}
	}
	for _, verb := range append(verbs, "hello") {
		if !in[verb] {
			t.Errorf("no example of %s", verb)
		}
	}
}

// Every code that can be refused or closed with is told.
func TestProtocolCodes(t *testing.T) {
	text, err := os.ReadFile("PROTOCOL.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, code := range refusals {
		if !bytes.Contains(text, []byte("`"+string(code)+"`")) {
			t.Errorf("refusal %s is not told", code)
		}
	}
	for _, code := range closeCounted {
		if !regexp.MustCompile(`\b` + jsonNumber(code) + `\b`).Match(text) {
			t.Errorf("close code %d is not told", code)
		}
	}
}
