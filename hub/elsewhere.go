package hub

import (
	"context"
	"encoding/json"
	"time"
)

// Hubs on one store tell each other how many phones they have, by a record
// each in a table: "phones here" is about the hall, not about a process. It is
// not the wall's history, and may be some seconds old.
const tableHubs = "hubs" // hub → census

// census is what one hub says of itself. Beat changes each time, so that a hub
// that has ended without a word is known by its silence, whatever its clock says.
type census struct {
	Beat   uint64         `json:"beat"`
	Phones map[string]int `json:"phones"` // by wall
}

// others is what the last look at the other hubs brought.
type others struct {
	mine []byte            // my record, as it is stored; nil: none
	beat uint64            // of my record
	seen map[string]uint64 // their beats
	mute map[string]int    // for how many looks a beat was the same
}

// countOthers tells the other hubs of mine and asks for theirs, until ctx ends;
// then it takes its record away.
func (h *Hub) countOthers(ctx context.Context) {
	o := &others{seen: map[string]uint64{}, mute: map[string]int{}}
	tick := time.NewTicker(censusEvery)
	defer tick.Stop()
	for {
		select {
		case <-tick.C:
			h.askOthers(ctx, o)
		case <-ctx.Done():
			if o.mine != nil {
				last, cancel := context.WithTimeout(context.WithoutCancel(ctx), farewellWait)
				defer cancel()
				_ = h.Store.Put(last, tableHubs, h.Name, o.mine, nil) // else its silence says it
			}
			return
		}
	}
}

func (h *Hub) askOthers(ctx context.Context, o *others) {
	ctx, cancel := context.WithTimeout(ctx, censusEvery)
	defer cancel()
	phones, anybody := h.phonesByWall()
	if len(phones) > 0 || o.mine != nil {
		o.beat++
		record, err := json.Marshal(census{Beat: o.beat, Phones: phones})
		if err != nil || len(phones) == 0 {
			record = nil
		}
		if h.Store.Put(ctx, tableHubs, h.Name, o.mine, record) != nil {
			// Done or not: the next time begins with what is there.
			there, err := h.Store.Get(ctx, tableHubs, h.Name)
			if err != nil {
				return // and what is known is still what a hub that leaves takes away
			}
			o.mine = there
		} else {
			o.mine = record
		}
	}
	if !anybody {
		return
	}
	all, err := h.Store.List(ctx, tableHubs)
	if err != nil {
		return // the store is away, which rooms say
	}
	delete(all, h.Name)
	h.tellOthers(h.sum(ctx, o, all))
}

// sum adds up what the other hubs say. A record of one that is silent is
// removed.
func (h *Hub) sum(ctx context.Context, o *others, all map[string][]byte) map[string]int {
	sum := map[string]int{}
	for name, record := range all {
		var c census
		if json.Unmarshal(record, &c) != nil {
			continue // a newer version's
		}
		if beat, known := o.seen[name]; known && beat == c.Beat {
			if o.mute[name]++; o.mute[name] >= censusMute {
				_ = h.Store.Put(ctx, tableHubs, name, record, nil) // somebody else may be faster
				continue
			}
		} else {
			o.seen[name], o.mute[name] = c.Beat, 0
		}
		for id, n := range c.Phones {
			sum[id] += n
		}
	}
	for name := range o.seen {
		if _, there := all[name]; !there {
			delete(o.seen, name)
			delete(o.mute, name)
		}
	}
	return sum
}

// phonesByWall counts this hub's phones; anybody: somebody is here who wants to
// know of others'.
func (h *Hub) phonesByWall() (phones map[string]int, anybody bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	phones = map[string]int{}
	for c := range h.clients {
		if c.Face == Phone {
			phones[c.Wall]++
		}
	}
	return phones, len(h.clients) > 0
}

// tellOthers tells rooms how many phones other hubs have.
func (h *Hub) tellOthers(sum map[string]int) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for id, r := range h.rooms {
		if n := int64(sum[id]); r.elsewhere.Swap(n) != n {
			nudge(r.moved)
		}
	}
}
