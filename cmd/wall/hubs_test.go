package main

import (
	"flag"
	"fmt"
	"math/rand/v2"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"

	"openspacewall/hub"
	"openspacewall/hub/store/redisstore/redistest"
	"openspacewall/hub/store/storetest"
)

var (
	hubKills    = flag.Int("hub-kills", 6, "how often one of two hubs on a Redis is killed in TestHubsKilled")
	hubRestarts = flag.Int("hub-restarts", 4, "how often one of two hubs on a Redis is started again in TestHubsRestarted")
)

// wanderer is a phone that goes to the other hub when its own is gone, and
// sends again what was not answered.
type wanderer struct {
	*phone
	bases []string

	mu      sync.Mutex
	last    time.Time // when the newest answered command was sent
	current int       // where it is in bases
}

func (w *wanderer) answered(since time.Time) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.last.After(since)
}

// roam writes until stop. What it was not told is done it sends again, first of all.
func (w *wanderer) roam(l *ledger, name string, stop <-chan struct{}) {
	var open struct{ id, text string } // sent and not answered
	pause := time.NewTicker(5 * time.Millisecond)
	defer pause.Stop()
	for {
		select {
		case <-stop:
			return
		case <-pause.C:
		}
		w.mu.Lock()
		w.base = w.bases[w.current]
		w.mu.Unlock()
		conn, _, err := w.join()
		for n := uint64(1); err == nil; n++ {
			if open.id == "" {
				open.id, open.text = uuid.NewString(), fmt.Sprintf("%s says %d", name, rand.Uint64())
				l.post(open.id, open.text)
			}
			sent := time.Now()
			command := map[string]any{"n": n, "do": "post", "with": map[string]any{"id": open.id, "theme": "work", "kind": "opinion", "text": open.text}}
			var rev uint64
			if rev, err = w.ask(conn, n, command); err != nil {
				break
			}
			if rev == 0 {
				<-pause.C
				continue
			}
			l.ack(open.id, rev)
			open.id = ""
			w.mu.Lock()
			w.last = sent
			w.mu.Unlock()
			select {
			case <-stop:
				conn.Close()
				return
			default:
			}
		}
		if conn != nil {
			conn.Close()
		}
		w.mu.Lock()
		w.current = (w.current + 1) % len(w.bases)
		w.mu.Unlock()
	}
}

// asker is a socket.
type asker interface {
	WriteJSON(any) error
	ReadJSON(any) error
}

// ask sends a command and waits for its answer: the revision, or 0 when it is to
// be sent again.
func (w *wanderer) ask(conn asker, n uint64, command any) (uint64, error) {
	if err := conn.WriteJSON(map[string]any{"command": command}); err != nil {
		return 0, err
	}
	for {
		var m hub.Outgoing
		if err := conn.ReadJSON(&m); err != nil {
			return 0, err
		}
		switch {
		case m.Refused != nil && m.Refused.N == n:
			if m.Refused.After == 0 {
				w.tb.Errorf("refused: %+v", m.Refused)
			}
			return 0, nil
		case m.Ack != nil && m.Ack.N == n:
			return m.Ack.Revision, nil
		}
	}
}

// One hub is killed again and again: its phones go to the other one, and nothing
// is lost or doubled.
func TestHubsKilled(t *testing.T) {
	toll := &storetest.Toll{What: "a hub killed (-9), another one on the same Redis", Rounds: *hubKills, Within: 5 * time.Second}
	hubsEnd(t, toll, func(_ int, hubs []*process) *process {
		victim := hubs[rand.IntN(2)]
		victim.kill()
		return victim
	})
}

// Now the one hub is started again and now the other, as for a new version: each
// ends politely, while people write, and nothing is lost or doubled.
func TestHubsRestarted(t *testing.T) {
	toll := &storetest.Toll{What: "two hubs on one Redis started again in turn (SIGTERM)", Rounds: *hubRestarts, Within: 10 * time.Second}
	hubsEnd(t, toll, func(round int, hubs []*process) *process {
		hubs[round%2].stop()
		return hubs[round%2]
	})
}

// hubsEnd has two hubs on one Redis, phones at both, and ends one of the hubs
// round after round, which is started again when everyone has found the other.
func hubsEnd(t *testing.T, toll *storetest.Toll, end func(round int, hubs []*process) *process) {
	t.Helper()
	const phones, perWall = 8, 25
	redis := redistest.Start(t)
	bin := build(t, "")
	var hubs []*process
	var bases []string
	for range 2 {
		p := newProcess(t, bin)
		p.args = []string{"--redis", redis.URL()}
		p.start()
		t.Cleanup(p.kill)
		hubs, bases = append(hubs, p), append(bases, "http://"+p.addr)
	}
	for round, rounds := 0, toll.Rounds; round < rounds; {
		code := hubs[0].rehearsal()
		l := &ledger{sent: map[string]string{}, acked: map[string]uint64{}}
		stop := make(chan struct{})
		var all sync.WaitGroup
		var crowd []*wanderer
		for i := range phones {
			w := &wanderer{phone: hubs[i%2].phone(code), bases: bases, current: i % 2}
			crowd = append(crowd, w)
			all.Go(func() { w.roam(l, fmt.Sprintf("phone %d", i), stop) })
		}
		everyone := func(since time.Time) {
			redistest.Until(t, 20*time.Second, "every phone is answered", func() bool {
				for _, w := range crowd {
					if !w.answered(since) {
						return false
					}
				}
				return true
			})
		}
		everyone(time.Time{})
		for range perWall {
			if round++; round > rounds {
				break
			}
			fuse := time.NewTimer(time.Duration(rand.IntN(100)) * time.Millisecond)
			<-fuse.C
			ended := end(round, hubs)
			since := time.Now()
			everyone(since)
			toll.Recovery = append(toll.Recovery, time.Since(since))
			ended.start()
		}
		close(stop)
		all.Wait()
		for _, p := range hubs { // both must show the same
			l.settle(p.phone(code).reads(l), toll)
		}
		toll.Acked += l.count()
	}
	toll.Report(t)
}

// reads is what a phone sees once it sees all that was acknowledged, or after
// a while: a snapshot may be a second old, and the frame since it follows.
func (ph *phone) reads(l *ledger) map[string]string {
	conn, notes, err := ph.join()
	if err != nil {
		ph.tb.Fatal(err)
	}
	defer conn.Close()
	conn.SetReadDeadline(time.Now().Add(10 * time.Second))
	for !l.within(notes) {
		var m hub.Outgoing
		if err := conn.ReadJSON(&m); err != nil {
			return notes // and what is missing is lost
		}
		if m.Frame != nil {
			for id, n := range m.Frame.Notes {
				if n != nil {
					notes[id] = n.Text
				}
			}
		}
	}
	return notes
}

// within says whether all that was acknowledged is among notes.
func (l *ledger) within(notes map[string]string) bool {
	l.Lock()
	defer l.Unlock()
	for id := range l.acked {
		if notes[id] == "" {
			return false
		}
	}
	return true
}

// settle compares what was acknowledged with what stands on the wall.
func (l *ledger) settle(notes map[string]string, toll *storetest.Toll) {
	l.Lock()
	defer l.Unlock()
	seen := map[string]int{}
	for id, text := range notes {
		seen[text]++
		if _, told := l.acked[id]; !told && strings.HasPrefix(text, "phone ") {
			toll.Unacked++
		}
	}
	for id := range l.acked {
		if notes[id] != l.sent[id] {
			toll.Lost++
		}
	}
	for _, n := range seen {
		toll.Doubled += n - 1
	}
}
