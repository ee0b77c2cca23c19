package carry_test

import (
	"bytes"
	"context"
	"crypto/rand"
	"fmt"
	"strings"
	"testing"
	"time"

	"openspacewall/hub/carry"
	"openspacewall/hub/store"
	"openspacewall/hub/store/boltstore"
	"openspacewall/hub/store/memstore"
	"openspacewall/hub/store/redisstore"
	"openspacewall/hub/store/redisstore/redistest"
	"openspacewall/hub/wall"
)

// A wall of 15,000 notes and 225,000 votes, each of which was a commit of its own
// when it came, is imported. Every commit is synced.
func BenchmarkImport(b *testing.B) {
	home := memstore.New()
	settings := wall.DefaultSettings()
	settings.Rehearsal = true // no limits
	const id, notes, people, each = "6b1f0e9d-8c7b-4a59-9e3d-2c1b0a998877", 15_000, 9_000, 25
	l := born(b, home, id, settings)
	for n := range notes {
		by := wall.Actor{Role: wall.Participant, ID: fmt.Sprint("person ", n%people)}
		l.ask(by, wall.Post{ID: noteID(n), Theme: "work", Kind: "opinion", Text: strings.Repeat(fmt.Sprint("Note ", n, ". "), 10)})
		l.commit()
	}
	for v := range people * each {
		by := wall.Actor{Role: wall.Participant, ID: fmt.Sprint("person ", v%people)}
		l.ask(by, wall.CastVote{Target: "n:" + noteID(v%people+v/people*97%notes), Dots: 1, Count: uint64(v + 1)})
		l.commit()
	}
	put(b, home, "codes", "482715", `{"wall":"`+id+`"}`)
	put(b, home, "walls", id, `{"code":"482715","since":1764000000000}`)
	var text bytes.Buffer
	if err := carry.Export(b.Context(), home, &text, carry.Wanted{At: time.Unix(1_764_000_000, 0)}); err != nil {
		b.Fatal(err)
	}
	f, err := carry.Check(b.Context(), bytes.NewReader(text.Bytes()), nil)
	if err != nil {
		b.Fatal(err)
	}
	b.Logf("%d MB, %d entries, %d in the log", text.Len()>>20, f.Walls[0].Entries, f.Walls[0].Log)
	for name, open := range map[string]func(*testing.B) store.Store{
		"bbolt": func(b *testing.B) store.Store {
			s, err := boltstore.Open(b.TempDir()+"/wall.db", boltstore.Options{})
			if err != nil {
				b.Fatal(err)
			}
			return s
		},
		"Redis": func(b *testing.B) store.Store {
			s, err := redisstore.Open(context.Background(), redisstore.Options{URL: redistest.Start(b, "appendfsync always").URL()})
			if err != nil {
				b.Fatal(err)
			}
			return s
		},
	} {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				b.StopTimer()
				s := open(b)
				b.StartTimer()
				if _, err := carry.Import(b.Context(), s, bytes.NewReader(text.Bytes()), carry.Options{SHA256: f.SHA256, Random: rand.Reader}); err != nil {
					b.Fatal(err)
				}
				b.StopTimer()
				if err := s.Close(); err != nil {
					b.Fatal(err)
				}
				b.StartTimer()
			}
		})
	}
}
