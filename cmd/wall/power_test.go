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

var rounds = flag.Int("rounds", 12, "how many times the program is killed in TestPowerCuts")

// ledger is what phones sent and what the hub said yes to.
type ledger struct {
	sync.Mutex
	sent  map[string]string // id → text
	acked map[string]uint64 // id → revision
}

func (l *ledger) post(id, text string) {
	l.Lock()
	defer l.Unlock()
	l.sent[id] = text
}

func (l *ledger) ack(id string, rev uint64) {
	l.Lock()
	defer l.Unlock()
	l.acked[id] = rev
}

func (l *ledger) count() int {
	l.Lock()
	defer l.Unlock()
	return len(l.acked)
}

// write posts notes on one connection until it breaks or stop is closed: a
// note first that was sent before and not answered, then new ones.
func (ph *phone) write(l *ledger, name string, again map[string]string, stop <-chan struct{}) {
	conn, _, err := ph.join()
	if err != nil {
		return
	}
	defer conn.Close()
	go func() {
		<-stop
		conn.Close()
	}()
	type post struct{ id, text string }
	var queue []post
	for id, text := range again {
		queue = append(queue, post{id, text})
	}
	for n := uint64(1); ; n++ {
		p := post{uuid.NewString(), fmt.Sprintf("%s says %d", name, rand.Uint64())}
		if len(queue) > 0 {
			p, queue = queue[0], queue[1:]
		}
		l.post(p.id, p.text)
		command := map[string]any{"n": n, "do": "post", "with": map[string]any{"id": p.id, "theme": "work", "kind": "opinion", "text": p.text}}
		if conn.WriteJSON(map[string]any{"command": command}) != nil {
			return
		}
		for {
			var m hub.Outgoing
			if conn.ReadJSON(&m) != nil {
				return
			}
			if m.Refused != nil {
				ph.tb.Errorf("refused: %+v", m.Refused)
				return
			}
			if m.Ack != nil && m.Ack.N == n {
				l.ack(p.id, m.Ack.Revision)
				break
			}
		}
	}
}

// Whatever was acknowledged is there after kill -9, and nothing is there
// twice, however often it was sent again.
func TestPowerCuts(t *testing.T) {
	p := newProcess(t, build(t, ""))
	p.start()
	code := p.rehearsal()
	const writers = 8
	var phones []*phone
	for range writers {
		phones = append(phones, p.phone(code))
	}
	reader := p.phone(code)
	l := &ledger{sent: map[string]string{}, acked: map[string]uint64{}}
	toll := &storetest.Toll{What: "the program killed (-9) on its file", Rounds: *rounds}
	for round := range *rounds {
		stop := make(chan struct{})
		before := l.count()
		var crowd sync.WaitGroup
		for i, ph := range phones {
			again := map[string]string{}
			l.Lock()
			for id, text := range l.sent {
				if _, ok := l.acked[id]; !ok && strings.HasPrefix(text, fmt.Sprintf("phone %d ", i)) {
					again[id] = text
				}
			}
			l.Unlock()
			crowd.Go(func() { ph.write(l, fmt.Sprintf("phone %d", i), again, stop) })
		}
		fuse := time.NewTimer(time.Duration(20+rand.IntN(180)) * time.Millisecond)
		<-fuse.C
		redistest.Until(t, 20*time.Second, "something is acknowledged", func() bool { return l.count() > before })
		p.kill()
		close(stop)
		crowd.Wait()
		began := time.Now()
		p.start()
		toll.Recovery = append(toll.Recovery, time.Since(began))
		conn, notes, err := reader.join()
		if err != nil {
			t.Fatalf("round %d: %v", round, err)
		}
		conn.Close()
		l.settle(notes, toll)
	}
	p.kill()
	toll.Acked = l.count()
	toll.Report(t)
}
