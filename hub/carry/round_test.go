package carry_test

import (
	"bytes"
	"context"
	"crypto/rand"
	"fmt"
	"regexp"
	"slices"
	"testing"
	"time"

	"github.com/google/uuid"
	"pgregory.net/rapid"

	"openspacewall/hub/carry"
	"openspacewall/hub/rehearse"
	"openspacewall/hub/store"
	"openspacewall/hub/wall"
)

// exported is a file of a store's walls, which Check has found right.
func exported(t tb, s store.Store, want carry.Wanted) ([]byte, carry.File) {
	t.Helper()
	want.At = time.Unix(1_764_000_000, 0)
	var b bytes.Buffer
	if err := carry.Export(context.Background(), s, &b, want); err != nil {
		t.Fatalf("export: %v", err)
	}
	f, err := carry.Check(context.Background(), bytes.NewReader(b.Bytes()), nil)
	if err != nil {
		t.Fatalf("the file just written: %v", err)
	}
	return b.Bytes(), f
}

func imports(s store.Store, text []byte, f carry.File) (carry.Result, error) {
	return carry.Import(context.Background(), s, bytes.NewReader(text), carry.Options{SHA256: f.SHA256, Random: rand.Reader})
}

// moved imports a file into a store.
func moved(t tb, s store.Store, text []byte, f carry.File) carry.Result {
	t.Helper()
	r, err := imports(s, text, f)
	if err != nil {
		t.Fatalf("import: %v", err)
	}
	return r
}

// The cast: four with phones, and those at the desk.
var (
	cast = []wall.Actor{
		{Role: wall.Participant, ID: "anna"}, {Role: wall.Participant, ID: "bilal"},
		{Role: wall.Participant, ID: "cilla"}, {Role: wall.Participant, ID: "dawit"},
	}
	mo   = wall.Actor{Role: wall.Moderator, ID: "mo", Name: "Mo <b>&"}
	olga = wall.Actor{Role: wall.Owner, ID: "olga", Name: "Olga"}
)

func noteID(n int) string { return uuid.NewSHA1(uuid.Nil, fmt.Appendf(nil, "note %d", n)).String() }
func clusterID(n int) string {
	return uuid.NewSHA1(uuid.Nil, fmt.Appendf(nil, "cluster %d", n)).String()
}

// happen lets anything happen to a wall.
func (l *life) happen(t *rapid.T) {
	l.now += rapid.Int64Range(0, 30_000).Draw(t, "later")
	by := rapid.SampledFrom(cast).Draw(t, "by")
	note := noteID(rapid.IntRange(0, 9).Draw(t, "note"))
	other := noteID(rapid.IntRange(0, 9).Draw(t, "other"))
	cluster := clusterID(rapid.IntRange(0, 2).Draw(t, "cluster"))
	theme := rapid.SampledFrom([]string{"health", "work", "language", "education", "housing"}).Draw(t, "theme")
	text := rapid.SampledFrom([]string{"Kortare köer", "Vad händer\nmed bussen?", "<script>&\u2028</script>", "هل يمكن", "👩‍👩‍👧 \\\"", "a\u0000b"}).Draw(t, "text")
	switch rapid.IntRange(0, 13).Draw(t, "what") {
	case 0, 1, 2:
		l.ask(by, wall.Post{ID: note, Theme: theme, Kind: "opinion", Text: text})
	case 3, 4, 5:
		l.ask(by, wall.CastVote{Target: "n:" + note, Dots: rapid.IntRange(0, 3).Draw(t, "dots"), Count: l.w.Position().Revision + 1})
	case 6:
		l.ask(by, wall.Edit{Note: note, Text: text})
	case 7:
		l.ask(by, wall.Withdraw{Note: note})
	case 8:
		l.ask(mo, wall.MakeCluster{ID: cluster, Name: text, Theme: theme, Notes: []string{note}})
	case 9:
		l.ask(mo, wall.GatherNotes{Cluster: cluster, Notes: []string{note, other}})
	case 10:
		l.ask(mo, wall.Merge{Into: note, Notes: []string{other}})
	case 11:
		l.ask(mo, wall.Hide{Notes: []string{note}, Reason: &wall.Reason{Code: "rude", Text: text}})
	case 12:
		l.ask(olga, wall.Erase{Notes: []string{note}})
	case 13:
		l.ask(mo, wall.SetPhase{Phase: rapid.SampledFrom([]wall.Phase{wall.Write, wall.Vote, wall.Results}).Draw(t, "phase")})
	}
	if rapid.IntRange(0, 2).Draw(t, "commit") > 0 {
		l.commit()
	}
}

// A wall goes from a laptop to Redis and on to another laptop, and is the same
// there, whatever has happened to it: entries, log and revisions.
func TestAWallIsTheSameWhereItArrives(t *testing.T) {
	// A store each for all walls: opening one a hundred times is slow. So is a
	// disk, and a third of the walls is enough for it.
	type way struct{ home, back store.Store }
	ways := []way{{kinds[1].open(t), kinds[1].open(t)}, {kinds[0].open(t), kinds[0].open(t)}, {kinds[0].open(t), kinds[0].open(t)}}
	redis := kinds[2].open(t)
	n := 0
	rapid.Check(t, func(t *rapid.T) {
		n++
		id, code := fmt.Sprintf("wall-%d", n), fmt.Sprint(100_000+n)
		by := rapid.SampledFrom(ways).Draw(t, "way")
		l := born(t, by.home, id, wall.DefaultSettings())
		for range rapid.IntRange(0, 40).Draw(t, "steps") {
			l.happen(t)
		}
		l.commit()
		listed(t, by.home, id, code)
		want := keptOf(t, by.home, id)

		text, f := exported(t, by.home, carry.Wanted{Code: code})
		if len(f.Walls) != 1 || f.Walls[0].Revision != want.at.Revision || f.Walls[0].Log != len(want.log) {
			t.Fatalf("the file has %+v", f.Walls)
		}
		moved(t, redis, text, f)
		there := keptOf(t, redis, id)
		sameWall(t, "there", there, want)
		text, f = exported(t, redis, carry.Wanted{Code: code})
		moved(t, by.back, text, f)
		sameWall(t, "and back", keptOf(t, by.back, id), there)
		w, err := wall.Restore(there.at, there.entries)
		if err != nil {
			t.Fatalf("it cannot be opened there: %v", err)
		}
		if got, want := fmt.Sprintf("%+v", w.Settings()), fmt.Sprintf("%+v", l.w.Settings()); got != want {
			t.Errorf("settings\n%s\nwere\n%s", got, want)
		}
	})
}

// consultation is the housing consultation on a wall: 165 notes and 15,076 votes
// of 381 people, every vote a command, ten commands a commit.
func consultation(t *testing.T, s store.Store, id string) *life {
	t.Helper()
	script, err := rehearse.OpenScript("../rehearse/testdata/consultation-housing.jsonl")
	if err != nil {
		t.Fatal(err)
	}
	settings := wall.DefaultSettings()
	settings.Rehearsal = true // no limits
	l := born(t, s, id, settings)
	count := uint64(0)
	for i, e := range script.Events {
		l.now = 1_764_000_000_000 + e.At.Milliseconds()
		by := wall.Actor{Role: wall.Participant, ID: script.People[e.Person]}
		if e.Vote {
			count++
			l.ask(by, wall.CastVote{Target: "n:" + noteID(e.Note), Dots: e.Dots, Count: count})
		} else if !l.ask(by, wall.Post{ID: noteID(e.Note), Theme: "housing", Kind: "opinion", Text: script.Notes[e.Note].Text}) {
			t.Fatalf("note %d was not taken", e.Note)
		}
		if i%10 == 0 {
			l.commit()
		}
	}
	l.commit()
	return l
}

// The consultation goes from store to store: to a file, to bbolt, to a file, to Redis,
// to a file, and to memory.
func TestAConsultationArrives(t *testing.T) {
	home := kinds[0].open(t)
	const id = "6b1f0e9d-8c7b-4a59-9e3d-2c1b0a998877"
	l := consultation(t, home, id)
	listed(t, home, id, "482715")
	want := keptOf(t, home, id)
	text, f := exported(t, home, carry.Wanted{})
	t.Logf("%d bytes, %d entries, %d log entries, revision %d", len(text), f.Walls[0].Entries, f.Walls[0].Log, f.Walls[0].Revision)
	for _, kind := range []opened{kinds[1], kinds[2], kinds[0]} {
		s := &spy{Store: kind.open(t)}
		begun := time.Now()
		moved(t, s, text, f)
		t.Logf("into %s in %v", kind.name, time.Since(begun))
		got := keptOf(t, s, id)
		sameWall(t, kind.name, got, want)
		w, err := wall.Restore(got.at, got.entries)
		if err != nil {
			t.Fatal(err)
		}
		if len(s.ranks) == 0 || !slices.Equal(s.ranks, l.w.AllRanks()) {
			t.Errorf("%s: %d places under the themes were written, there are %d", kind.name, len(s.ranks), len(l.w.AllRanks()))
		}
		for _, a := range []wall.Audience{wall.Desk, wall.Hall} {
			if got, want := w.Since(a, 0), l.w.Since(a, 0); len(got.Notes) != len(want.Notes) || len(got.Totals) != len(want.Totals) {
				t.Errorf("%s: %d notes and %d totals, there were %d and %d", kind.name, len(got.Notes), len(got.Totals), len(want.Notes), len(want.Totals))
			}
		}
		text, f = exported(t, s, carry.Wanted{}) // and on from here
	}
}

// Entries that no commit of the log could have brought in one go are spread over
// the revisions, and all arrive.
func TestAWallWithFewLogEntriesArrives(t *testing.T) {
	home := kinds[0].open(t)
	settings := wall.DefaultSettings()
	settings.Rehearsal = true
	for _, each := range []int{1, 500, 100_000} {
		id := fmt.Sprintf("wall-%d", each)
		l := born(t, home, id, settings)
		for i := range 1200 {
			l.ask(wall.Actor{Role: wall.Participant, ID: fmt.Sprint("p", i)}, wall.Post{ID: noteID(i), Theme: "work", Kind: "opinion", Text: fmt.Sprint("Not ", i)})
			if i%each == 0 {
				l.commit()
			}
		}
		l.commit()
		listed(t, home, id, fmt.Sprint(100_000+each%1000))
	}
	// A new epoch has no log entry, and may be the last thing that happened.
	at, _, err := home.Load(t.Context(), "wall-500")
	if err != nil {
		t.Fatal(err)
	}
	if err := home.Commit(t.Context(), "wall-500", store.Batch{After: at, To: at.Revision + 1, Epoch: "again"}); err != nil {
		t.Fatal(err)
	}
	s := &spy{Store: kinds[0].open(t)}
	text, f := exported(t, home, carry.Wanted{})
	moved(t, s, text, f)
	for _, w := range f.Walls {
		sameWall(t, w.ID, keptOf(t, s, w.ID), keptOf(t, home, w.ID))
	}
	if s.most > 1000 {
		t.Errorf("a commit brought %d entries", s.most)
	}
}

// spy looks at what is committed.
type spy struct {
	store.Store
	most  int // entries of one commit
	ranks []wall.Rank
}

func (s *spy) Commit(ctx context.Context, id string, b store.Batch) error {
	s.most = max(s.most, len(b.Entries))
	s.ranks = append(s.ranks, b.Ranks...)
	return s.Store.Commit(ctx, id, b)
}

// A wall is exported again and again while things happen to it: each file is the
// wall of one moment, with the log up to just there.
func TestAnExportIsOneMoment(t *testing.T) {
	for _, kind := range kinds {
		t.Run(kind.name, func(t *testing.T) {
			s := kind.open(t)
			settings := wall.DefaultSettings()
			settings.Rehearsal = true
			l := born(t, s, "boden", settings)
			listed(t, s, "boden", "482715")
			done := make(chan struct{})
			go func() {
				defer close(done)
				for i := range 150 {
					by := wall.Actor{Role: wall.Participant, ID: fmt.Sprint("p", i%50)}
					l.ask(by, wall.Post{ID: noteID(i), Theme: "work", Kind: "opinion", Text: fmt.Sprint("Not ", i)})
					l.ask(by, wall.CastVote{Target: "n:" + noteID(i/2), Dots: 1, Count: uint64(i + 1)})
					l.commit()
				}
			}()
			moments := map[uint64]bool{}
			for under := true; under; {
				select {
				case <-done:
					under = false
				default:
				}
				text, f := exported(t, s, carry.Wanted{})
				w := f.Walls[0]
				moments[w.Revision] = true
				logs := regexp.MustCompile(`"is":"log","revision":(\d+)`).FindAllSubmatch(text, -1)
				notes := bytes.Count(text, []byte(`"is":"entry","key":"note/`))
				posted := bytes.Count(text, []byte(`"e":"note_posted"`))
				if last := fmt.Sprint(w.Revision); w.Log != len(logs) || (w.Log > 0 && string(logs[w.Log-1][1]) != last) || notes != posted {
					t.Fatalf("at revision %s: %d log entries, %d notes and %d that were posted", last, w.Log, notes, posted)
				}
			}
			if !moments[300] || len(moments) < 2 {
				t.Errorf("only %d moments were seen", len(moments))
			}
		})
	}
}

func TestAFileHasWhatWasAskedFor(t *testing.T) {
	s := kinds[0].open(t)
	for i, id := range []string{"one", "two"} {
		born(t, s, id, wall.DefaultSettings())
		listed(t, s, id, fmt.Sprint(111_111*(i+1)), fmt.Sprint(333_333*(i+1)))
	}
	born(t, s, "trial", wall.DefaultSettings())
	put(t, s, "codes", "999999", `{"wall":"trial"}`)
	put(t, s, "walls", "trial", `{"code":"999999","since":1,"rehearsal":true}`)
	ids := func(f carry.File) (all []string) {
		for _, w := range f.Walls {
			all = append(all, w.ID)
		}
		return all
	}
	for code, want := range map[string][]string{"": {"one", "two"}, "222222": {"two"}, "333333": {"one"}, "999999": {"trial"}} {
		_, f := exported(t, s, carry.Wanted{Code: code})
		if got := ids(f); !slices.Equal(got, want) {
			t.Errorf("%q: %v, want %v", code, got, want)
		}
	}
	var b bytes.Buffer
	err := carry.Export(t.Context(), s, &b, carry.Wanted{Code: "000000"})
	refusedWith(t, err, wall.NotFound, `no wall with the code "000000"`)
	if err := carry.Export(t.Context(), kinds[0].open(t), &b, carry.Wanted{}); b.Len() != 0 {
		t.Errorf("%d bytes of nothing: %v", b.Len(), err)
	} else {
		refusedWith(t, err, wall.NotFound, "no wall to export")
	}
}
