package redisstore

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"openspacewall/hub/store"
	"openspacewall/hub/wall"
)

// anyName is a name that somebody could choose to mix things up.
func anyName() *rapid.Generator[string] {
	return rapid.OneOf(
		rapid.StringOfN(rapid.SampledFrom([]rune("ab{}:/% \n\x00å")), 0, 8, -1),
		rapid.SampledFrom([]string{"meta", "note/", "note/1", "setting/epoch", "setting/title", "setting/meta", "ballot/x", "act/1", "a}:log", "walls:ids", "theme:x"}),
		rapid.Custom(func(t *rapid.T) string { return string(rapid.SliceOfN(rapid.Byte(), 0, 6).Draw(t, "bytes")) }),
	)
}

// Every entry has a place of its own, which leads back to it, also through the
// log; and none is in the place of what the store itself keeps.
func TestLayout_entries(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		key := anyName().Draw(t, "key")
		p, field := placeOf(key)
		if back, ok := keyOf(p, field); !ok || back != key {
			t.Fatalf("%q is in %s %q, which is %q", key, placeNames[p], field, back)
		}
		name := placeNames[p] + "/" + escape(field, "")
		if strings.ContainsAny(name, " \n\r\t\x00") {
			t.Fatalf("%q is called %q", key, name)
		}
		if q, f, err := parseTouched(name); err != nil || q != p || f != field {
			t.Fatalf("%q is called %q, which is %s %q, %v", key, name, placeNames[q], f, err)
		}
	})
}

// No two keys meet, whatever walls, themes and tables are called; all keys of a
// wall are in one slot; and a bell is of one wall.
func TestLayout_keys(t *testing.T) {
	owner := map[string]string{}
	claim := func(t *rapid.T, key, who string) {
		if other, taken := owner[key]; taken && other != who {
			t.Fatalf("%q is a key of %s and of %s", key, other, who)
		}
		owner[key] = who
	}
	rapid.Check(t, func(t *rapid.T) {
		id, theme, table := anyName().Draw(t, "id"), anyName().Draw(t, "theme"), anyName().Draw(t, "table")
		claim(t, idsKey, "the list")
		claim(t, tableKey(table), fmt.Sprintf("table %q", table))
		keys := fixedKeys(id)
		tag := wallKey(id, "")
		for i, k := range append(keys[:], wallKey(id, "theme:"+theme)) {
			who := fmt.Sprintf("wall %q, %d", id, i)
			if i == fixed {
				who += fmt.Sprintf(", %q", theme)
			}
			claim(t, k, who)
			open := strings.IndexByte(k, '{')
			end := open + strings.IndexByte(k[open:], '}')
			if k[:end+2] != tag || (id != "" && end == open+1) {
				t.Fatalf("the slot of %q is not that of %q", k, tag)
			}
		}
		if got, ok := bellOf(wallKey(id, bellName)); !ok || got != id {
			t.Fatalf("the bell of %q rings for %q", id, got)
		}
	})
}

// A sealed value gives its bytes back, and no other: not under another field,
// place or wall, and not with any bit changed.
func TestSeal(t *testing.T) {
	s, other := stemsOf("wall"), stemsOf("wall2")
	for _, value := range [][]byte{{}, {0}, []byte(`{"text":"åäö"}`), []byte(" 12345678"), bytes.Repeat([]byte{0xff}, 300)} {
		sealed := string(seal([]byte("before"), s.of[inNotes], "field", value)[len("before"):])
		if got, err := unseal(s.of[inNotes], "field", sealed); err != nil || !bytes.Equal(got, value) || got == nil {
			t.Fatalf("%q: %q %v", value, got, err)
		}
		for what, stem := range map[string]uint32{"place": s.of[inVotes], "wall": other.of[inNotes], "log": s.log, "table": tableStem("wall")} {
			if _, err := unseal(stem, "field", sealed); !errors.Is(err, store.ErrCorrupt) {
				t.Errorf("%q passes in another %s: %v", value, what, err)
			}
		}
		for _, field := range []string{"", "fiel", "field\x00", "field\x00" + string(value)} {
			if _, err := unseal(s.of[inNotes], field, sealed); !errors.Is(err, store.ErrCorrupt) {
				t.Errorf("%q passes under %q", value, field)
			}
		}
		for bit := range 8 * len(sealed) {
			b := []byte(sealed)
			b[bit/8] ^= 1 << (bit % 8)
			if _, err := unseal(s.of[inNotes], "field", string(b)); err == nil && !strings.EqualFold(string(b), sealed) {
				t.Errorf("%q passes as %q", b, sealed)
			}
		}
		for n := range len(sealed) {
			if _, err := unseal(s.of[inNotes], "field", sealed[:n]); err == nil {
				t.Errorf("%q passes, cut to %d bytes", sealed, n)
			}
		}
	}
}

// News that have changed on their way, or are of another wall, are none.
func TestNewsAreOfOneWall(t *testing.T) {
	s := stemsOf("a wall")
	b := store.Batch{After: wall.Position{Epoch: "e", Revision: 7}, To: 12, News: func() string { return "said\n\x00" }}
	_, text, _ := strings.Cut(s.news("me", &b), " ")
	if n := parseNews("a wall", text); n == nil || n.After != b.After || n.At != b.End() || n.Said != "said\n\x00" {
		t.Fatalf("%q is %+v", text, n)
	}
	if n := parseNews("another wall", text); n != nil {
		t.Errorf("another wall's: %+v", n)
	}
	for i := range len(text) {
		for _, changed := range []string{text[:i], text[:i] + text[i+1:], text[:i] + string(text[i]^1) + text[i+1:]} {
			if n := parseNews("a wall", changed); n != nil {
				t.Errorf("%q is %+v", changed, n)
			}
		}
	}
}
