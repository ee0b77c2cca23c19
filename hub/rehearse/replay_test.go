package rehearse

import (
	"bytes"
	"encoding/json"
	"sync/atomic"
	"testing"

	"openspacewall/hub"
	"openspacewall/hub/wall"
)

// Real input, as fast as it goes: nothing is lost or doubled, and the desk's
// totals are those counted from the file.
func TestReplayOfRealConsultations(t *testing.T) {
	for _, c := range []struct {
		name           string
		extra          int
		posted, hidden int
	}{
		{"youth", 3, 679, 3},
		{"housing", 0, 15241, 46},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := open(t, c.name)
			r, err := Run(t.Context(), Options{Hub: realHub(t), Key: realKey, Script: s, Phones: len(s.People) + c.extra})
			if err != nil {
				t.Fatalf("%v: %+v", err, r)
			}
			if !r.Good() || r.Lost != 0 || r.Duplicated != 0 || r.Joined != len(s.People)+c.extra ||
				r.Posted != c.posted || r.Acknowledged != c.posted || r.Delivered != c.posted || r.Hidden != c.hidden || r.ByHand != 0 {
				t.Errorf("%+v", r)
			}
			want, _ := count(t, c.name)
			if len(r.totals) != len(want) {
				t.Errorf("%d notes at the desk, want %d", len(r.totals), len(want))
			}
			for note, dots := range want {
				if r.totals[note] != dots {
					t.Errorf("note %s: %d dots at the desk, %d in the file", note, r.totals[note], dots)
				}
			}
			t.Logf("%d notes and votes in %.1f s, acknowledged in %.1f/%.1f ms, on the phones in %.1f/%.1f ms, %d came back",
				r.Posted, r.Seconds, r.AckP50, r.AckP99, r.WallP50, r.WallP99, r.Returns)
		})
	}
}

// Connections that break in the middle of everything lose and double nothing.
func TestReplayOverBrokenConnections(t *testing.T) {
	var messages atomic.Int64
	b := &between{hub: realHub(t), cut: func() bool { return messages.Add(1)%151 == 0 }}
	s := open(t, "youth")
	r, err := Run(t.Context(), Options{Hub: b.open(t), Key: realKey, Script: s, Phones: len(s.People)})
	if err != nil || !r.Good() || r.Returns == 0 {
		t.Errorf("%v: %+v", err, r)
	}
}

// A hub that is stopped and started in the middle loses and doubles nothing.
func TestReplayOverARestart(t *testing.T) {
	h := newHouse(t)
	var down atomic.Int64
	half := make(chan struct{})
	b := &between{hub: h.at, cut: func() bool {
		if down.Add(1) == 700 {
			close(half)
		}
		return false
	}}
	restarted := make(chan struct{})
	go func() {
		defer close(restarted)
		<-half
		h.close()
		h.start(t)
	}()
	s := open(t, "youth")
	r, err := Run(t.Context(), Options{Hub: b.open(t), Key: realKey, Script: s, Phones: len(s.People)})
	<-restarted
	if err != nil || !r.Good() || r.Returns == 0 {
		t.Errorf("%v: %+v", err, r)
	}
}

// The negative controls: what is lost or doubled on the way is found.
func TestReplayFindsWhatIsLostOrDoubled(t *testing.T) {
	var once atomic.Bool
	for _, c := range []struct {
		name             string
		up               func(c *hub.Command) ([]*hub.Command, *hub.Outgoing)
		lost, duplicated int
	}{
		{"nothing", func(c *hub.Command) ([]*hub.Command, *hub.Outgoing) { return []*hub.Command{c}, nil }, 0, 0},
		{"a dot is acknowledged and lost", func(c *hub.Command) ([]*hub.Command, *hub.Outgoing) {
			if c.Do == "vote" && bytes.Contains(c.With, []byte(`"dots":1`)) && once.CompareAndSwap(false, true) {
				return nil, &hub.Outgoing{Ack: &hub.Ack{N: c.N, Revision: 1}}
			}
			return []*hub.Command{c}, nil
		}, 1, 0},
		{"a note is acknowledged and lost, and with it its dot", func(c *hub.Command) ([]*hub.Command, *hub.Outgoing) {
			if bytes.Contains(c.With, []byte("Fler cykelbanor")) {
				return nil, &hub.Outgoing{Ack: &hub.Ack{N: c.N, Revision: 1}}
			}
			if c.Do == "vote" && bytes.Contains(c.With, []byte(`"count":2`)) && once.CompareAndSwap(false, true) {
				return nil, &hub.Outgoing{Ack: &hub.Ack{N: c.N, Revision: 1}}
			}
			return []*hub.Command{c}, nil
		}, 2, 0},
		{"a note is posted twice", func(c *hub.Command) ([]*hub.Command, *hub.Outgoing) {
			if c.Do == "post" && once.CompareAndSwap(false, true) {
				var p wall.Post
				_ = json.Unmarshal(c.With, &p)
				p.ID = "11111111-1111-4111-8111-111111111111"
				with, _ := json.Marshal(p)
				return []*hub.Command{c, {N: 1_000_000, Do: c.Do, With: with}}, nil
			}
			return []*hub.Command{c}, nil
		}, 0, 1},
	} {
		t.Run(c.name, func(t *testing.T) {
			once.Store(false)
			b := &between{hub: realHub(t), up: c.up}
			r, err := Run(t.Context(), Options{Hub: b.open(t), Key: realKey, Script: single(t), Phones: 2})
			if err != nil || r.Lost != c.lost || r.Duplicated != c.duplicated || r.Good() != (c.lost+c.duplicated == 0) {
				t.Errorf("%v: %+v", err, r)
			}
		})
	}
}
