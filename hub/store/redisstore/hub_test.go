package redisstore_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"

	"openspacewall/hub"
	"openspacewall/hub/store"
	"openspacewall/hub/store/redisstore"
	"openspacewall/hub/store/redisstore/redistest"
	"openspacewall/hub/wall"
)

// openHub opens a hub on a store for the time of the test.
func openHub(t testing.TB, s *redisstore.Store) *hub.Hub {
	t.Helper()
	h := hub.New(hub.Config{Store: s})
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), patience)
		defer cancel()
		if err := h.Close(ctx); err != nil {
			t.Errorf("closing the hub: %v", err)
		}
	})
	return h
}

// A thousand walls open on one hub use at most thirty connections, also when
// all of them look at the store at the same time.
func TestThousand_walls_share_thirty_connections(t *testing.T) {
	const walls, most = 1000, 30
	server := redistest.Start(t, "appendfsync no")
	watcher, err := server.Dial()
	if err != nil {
		t.Fatal(err)
	}
	defer watcher.Close()
	h := openHub(t, opened(t, redisstore.Options{URL: server.URL()}))
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Minute)
	defer cancel()
	ids := make(chan string, walls)
	for range walls {
		ids <- uuid.NewString()
	}
	close(ids)
	done := make(chan struct{})
	go func() {
		defer close(done)
		var all sync.WaitGroup
		for range 2 * most {
			all.Go(func() {
				for id := range ids {
					post := wall.Post{ID: uuid.NewString(), Theme: "work", Kind: "opinion", Text: "a note"}
					by := wall.Actor{Role: wall.Participant, ID: "somebody"}
					err := h.Create(ctx, id, wall.Settings{})
					if err == nil {
						err = h.Do(ctx, id, wall.Request{By: by, Command: post})
					}
					if err != nil {
						t.Error(err)
					}
				}
			})
		}
		all.Wait()
	}()
	// number is what INFO says in a line that begins like that.
	number := func(section, line string) int {
		v, err := watcher.Do("INFO", section)
		if err != nil {
			t.Fatal(err)
		}
		_, after, _ := strings.Cut(fmt.Sprint(v), line)
		n, _ := strconv.Atoi(strings.FieldsFunc(after+" ", func(r rune) bool { return r < '0' || r > '9' })[0])
		return n
	}
	peak := 0
	connections := func() { peak = max(peak, number("clients", "connected_clients:")-1) } // without this one
	for open := true; open; {
		select {
		case <-done:
			open = false
		default:
			connections()
		}
	}
	if n := h.Counts().Walls; n != walls {
		t.Errorf("%d walls are open", n)
	}
	t.Logf("%d connections at most while walls are opened and written", peak)
	peak = 0
	asked := number("commandstats", "cmdstat_evalsha:calls=")
	server.Do("CLIENT", "KILL", "TYPE", "pubsub") // who hears anew looks at everything
	redistest.Until(t, time.Minute, "every room has looked", func() bool {
		connections()
		return number("commandstats", "cmdstat_evalsha:calls=") >= asked+walls
	})
	t.Logf("%d connections at most while all look", peak)
	if peak > most || peak < 10 {
		t.Errorf("%d connections, at most %d are allowed", peak, most)
	}
}

// What a stranger reads with redis-cli is what stands on the wall: the settings
// and notes as JSON, and under each theme what the hall sees there, by dots.
func TestStranger_reads_the_wall(t *testing.T) {
	server := redistest.Start(t)
	h := openHub(t, opened(t, redisstore.Options{URL: server.URL()}))
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	id := uuid.NewString()
	if err := h.Create(ctx, id, wall.Settings{Title: "Boden", Dots: wall.Dots{Each: 20, Most: 3}}); err != nil {
		t.Fatal(err)
	}
	key := func(name string) string { return "wall:{" + id + "}:" + name }
	chance := rand.New(rand.NewPCG(1, 2))
	themes := []string{"health", "work", "language", "education", "housing"}
	var notes, clusters []string
	mo := wall.Actor{Role: wall.Moderator, ID: "mo", Name: "Mo"}
	do := func(by wall.Actor, c wall.Command) {
		t.Helper()
		_ = h.Do(ctx, id, wall.Request{By: by, Command: c}) // refused or not: the wall decides
	}
	person := func() wall.Actor {
		return wall.Actor{Role: wall.Participant, ID: fmt.Sprint("person", chance.IntN(40))}
	}
	note := func() string { return notes[chance.IntN(len(notes))] }
	votes := uint64(0)
	for range 60 {
		notes = append(notes, uuid.NewString())
		do(wall.Actor{Role: wall.Participant, ID: fmt.Sprint("writer", len(notes))},
			wall.Post{ID: note1(notes), Theme: themes[chance.IntN(5)], Kind: "opinion", Text: "Mer tid för varandra."})
	}
	for range 6 {
		clusters = append(clusters, uuid.NewString())
		do(mo, wall.MakeCluster{ID: note1(clusters), Name: "Tid", Theme: themes[chance.IntN(5)]})
	}
	for range 600 {
		switch chance.IntN(12) {
		case 0:
			do(mo, wall.GatherNotes{Cluster: clusters[chance.IntN(6)], Notes: []string{note()}})
		case 1:
			do(mo, wall.Hide{Notes: []string{note()}, Reason: &wall.Reason{Code: "rude"}})
		case 2:
			do(mo, wall.RestoreNotes{Notes: []string{note()}})
		case 3:
			do(mo, wall.Move{Notes: []string{note()}, Theme: themes[chance.IntN(5)]})
		case 4:
			do(mo, wall.Merge{Into: note(), Notes: []string{note()}})
		case 5:
			do(mo, wall.Scatter{Notes: []string{note()}})
		case 6:
			do(mo, wall.Dissolve{Cluster: clusters[chance.IntN(6)]})
		default:
			votes++
			target := "n:" + note()
			if chance.IntN(4) == 0 {
				target = "c:" + clusters[chance.IntN(6)]
			}
			do(person(), wall.CastVote{Target: target, Dots: chance.IntN(4), Count: votes})
		}
	}

	hall, err := h.Snapshot(ctx, id, wall.Desk)
	if err != nil {
		t.Fatal(err)
	}
	seen, err := h.Snapshot(ctx, id, wall.Hall)
	if err != nil {
		t.Fatal(err)
	}
	listed, dotted := 0, 0
	for _, theme := range themes {
		want := map[string]int{}
		for n, v := range seen.Notes {
			if v.Theme == theme && v.Merged == "" && seen.Clusters[v.Cluster] == nil {
				want["n:"+n] = hall.Totals["n:"+n].Dots
			}
		}
		for c, v := range seen.Clusters {
			if v.Theme == theme {
				want["c:"+c] = hall.Totals["c:"+c].Dots
			}
		}
		got, _ := server.Do("ZREVRANGE", key("theme:"+theme), 0, -1, "WITHSCORES").([]any)
		if len(got) != 2*len(want) {
			t.Errorf("%s lists %d, want %d", theme, len(got)/2, len(want))
		}
		last := 1 << 30
		for i := 0; i+1 < len(got); i += 2 {
			score, _ := strconv.Atoi(fmt.Sprint(got[i+1]))
			item := fmt.Sprint(got[i])
			if n, ok := want[item]; !ok || n != score || score > last {
				t.Errorf("%s lists %s with %d votes, want %d %v", theme, item, score, n, ok)
			}
			last = score
			listed++
			dotted += score
		}
	}
	if listed < 10 || dotted < 50 {
		t.Errorf("the test shows little: %d listed, %d votes", listed, dotted)
	}
	all, _ := server.Do("SMEMBERS", key("themes")).([]any)
	if len(all) != 5 {
		t.Errorf("themes: %v", all)
	}

	// What is stored is JSON first, and then its checksum.
	var title struct{ Value string }
	read(t, server, key("meta"), "title", &title)
	var n struct{ Text, Theme, State string }
	read(t, server, key("notes"), notes[0], &n)
	if title.Value != "Boden" || n.Text != "Mer tid för varandra." || !slices.Contains(themes, n.Theme) {
		t.Errorf("title %q, note %+v", title, n)
	}
	for _, name := range []string{"votes", "acts"} {
		if n := server.Do("HLEN", key(name)); n == int64(0) {
			t.Errorf("nothing in %s", name)
		}
	}
}

func note1(ids []string) string { return ids[len(ids)-1] }

func read(t *testing.T, s *redistest.Server, key, field string, into any) {
	t.Helper()
	text := fmt.Sprint(s.Do("HGET", key, field))
	d := json.NewDecoder(strings.NewReader(text))
	if err := d.Decode(into); err != nil || len(text)-int(d.InputOffset()) != 9 {
		t.Errorf("%s %s is %s: %v", key, field, text, err)
	}
}

// A slot that moves to another node while its wall is written costs a wait and
// another epoch, but no error, and nothing is lost or doubled.
func TestCluster_slot_moves(t *testing.T) {
	cluster := redistest.StartCluster(t)
	b := &bench{Store: opened(t, redisstore.Options{URL: "redis+cluster://" + cluster.Nodes[0].Addr}), t: t}
	b.create()
	from := cluster.Primary(b.key("meta"))
	var to *redistest.Server
	for _, n := range cluster.Nodes[:3] {
		if n != from {
			to = n
		}
	}
	done, epochs := make(chan struct{}), 0
	var writing sync.WaitGroup
	writing.Go(func() {
		for {
			select {
			case <-done:
				return
			default:
				next := b.batch(fmt.Sprintf("note/%d", b.at.Revision%50), fmt.Sprint(b.at.Revision), "ballot/x", "y")
				var c *store.ConflictError
				switch err := b.Commit(b.ctx(), b.id, next); {
				case err == nil:
					b.at = next.End()
				case errors.As(err, &c) && c.At.Revision == b.at.Revision+1 && c.At.Epoch != b.at.Epoch:
					b.at = c.At // the other node is another Redis: another epoch
					epochs++
				default:
					t.Errorf("Commit: %v", err)
					return
				}
				if _, err := b.Since(b.ctx(), b.id, b.at); err != nil {
					t.Errorf("Since: %v", err)
				}
			}
		}
	})
	slot := fmt.Sprint(from.Do("CLUSTER", "KEYSLOT", b.key("meta")))
	for move := range 3 {
		to.Do("CLUSTER", "SETSLOT", slot, "IMPORTING", from.Do("CLUSTER", "MYID"))
		from.Do("CLUSTER", "SETSLOT", slot, "MIGRATING", to.Do("CLUSTER", "MYID"))
		host, port, _ := net.SplitHostPort(to.Addr)
		for {
			keys, _ := from.Do("CLUSTER", "GETKEYSINSLOT", slot, 1).([]any)
			if len(keys) == 0 {
				break
			}
			from.Do("MIGRATE", host, port, keys[0], 0, 5000)
		}
		for _, n := range []*redistest.Server{to, from} {
			n.Do("CLUSTER", "SETSLOT", slot, "NODE", to.Do("CLUSTER", "MYID"))
		}
		redistest.Until(t, patience, "commits go to the other node", func() bool {
			v, err := to.Try("HGET", b.key("meta"), "revision")
			n, _ := strconv.Atoi(fmt.Sprint(v))
			return err == nil && n > 10*move
		})
		from, to = to, from
	}
	close(done)
	writing.Wait()
	at, _, err := b.Load(b.ctx(), b.id)
	if err != nil || at != b.at {
		t.Errorf("Load: %v %v, want %v", at, err, b.at)
	}
	log, err := b.Log(b.ctx(), b.id, 0, 1<<20)
	if err != nil || uint64(len(log)+epochs) != b.at.Revision || epochs > 3 {
		t.Errorf("a log of %d entries at %v over %d epochs, %v", len(log), b.at, epochs, err)
	}
	for i := 1; i < len(log); i++ {
		if log[i].Revision <= log[i-1].Revision {
			t.Errorf("%d after %d", log[i].Revision, log[i-1].Revision)
		}
	}
	t.Logf("%d commits while the slot moved three times", b.at.Revision)
}
