// Package hub is the relay: it stands between the sockets and the walls.
//
//	hub     the walls open in this process
//	room    one wall, owned by one goroutine
//	client  one connection: what is heard on it, and what is to be written
//	relay   what has changed, encoded once for all who see the same
//	shard   writes to some of the clients, and is the only one that does
//	frame   the protocol, as PROTOCOL.md tells it
//
// Commands go client → room → store, answers and frames go room → client, and
// nothing leaves a room before the store has it.
package hub

import (
	"context"
	"crypto/rand"
	"errors"
	"io"
	"log/slog"
	"sync"
	"time"

	"openspacewall/hub/store"
)

// ErrClosed is the answer of a hub that is closing.
var ErrClosed = errors.New("hub: closing")

// errLeft is the answer of a room that has been left: ask for a new one.
var errLeft = errors.New("hub: the room has been left")

// Config is what a hub needs. Now and Random may be given so that tests own
// time and chance; without Log it says nothing.
type Config struct {
	Store  store.Store
	Now    func() time.Time
	Random io.Reader
	Log    *slog.Logger
	Build  string // of the front end; told to every client
	// Name is what this hub is called among those on the same store; empty: it
	// is alone there.
	Name string
}

// Hub is the relay of one process: walls are opened when somebody comes, and
// closed some time after the last has left.
type Hub struct {
	Config

	work     context.Context // ends when Close gives up waiting, and with it every store call
	abandon  context.CancelFunc
	watching context.CancelFunc
	stop     chan struct{} // closed by Close, when the clients are gone: rooms end
	running  sync.WaitGroup
	present  sync.WaitGroup // the clients
	born     time.Time

	mu      sync.Mutex
	rooms   map[string]*room
	clients map[*client]struct{}
	pollers []*poller
	polled  int // clients that were given to one
	closing bool
	over    bool // nothing may be started any more: Close waits for what runs

	count *counters
}

// New makes a hub. Close ends it.
func New(c Config) *Hub {
	if c.Now == nil {
		c.Now = time.Now
	}
	if c.Random == nil {
		c.Random = rand.Reader
	}
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	h := &Hub{Config: c, count: newCounters(), stop: make(chan struct{}), rooms: map[string]*room{}, clients: map[*client]struct{}{}, born: time.Now()}
	h.Store = counted{c.Store, h.count, c.Log}
	h.work, h.abandon = context.WithCancel(context.Background())
	var watch context.Context
	watch, h.watching = context.WithCancel(h.work)
	h.running.Go(func() { h.watch(watch) })
	if h.Name != "" {
		h.running.Go(func() { h.countOthers(watch) })
	}
	return h
}

// watch hears the doorbell. It is not the truth: rooms look by themselves,
// too, and all of them do when hearing begins again.
func (h *Hub) watch(ctx context.Context) {
	for wait := awayFirst; ; wait = min(2*wait, awayMost) {
		began := time.Now()
		h.ring("", nil)
		err := h.Store.Watch(ctx, h.ring)
		if ctx.Err() != nil {
			return
		}
		if !h.count.deaf.Swap(true) { // its lasting is no news
			h.Log.Warn("the doorbell is silent; rooms look by themselves", "err", err)
		}
		if time.Since(began) > awayMost {
			wait = awayFirst
		}
		select {
		case <-time.After(jitter(wait)):
		case <-ctx.Done():
			return
		}
	}
}

// ring wakes the room of a wall, or all of them; news it gets, if it keeps up.
func (h *Hub) ring(id string, news *store.News) {
	h.mu.Lock()
	defer h.mu.Unlock()
	switch {
	case id == "" && bellIsTruth:
	case id == "":
		for _, r := range h.rooms {
			nudge(r.bell)
		}
	case h.rooms[id] != nil:
		h.rooms[id].rings(news)
	}
}

// enter gives the room of a wall, loaded, and keeps it until leave. A room
// counts its users under the hub's lock, so none can leave while one enters.
func (h *Hub) enter(ctx context.Context, id string) (*room, error) {
	h.mu.Lock()
	if h.closing {
		h.mu.Unlock()
		return nil, ErrClosed
	}
	r := h.rooms[id]
	if r == nil {
		r = newRoom(h, id)
		h.rooms[id] = r
		h.running.Go(r.run)
	}
	r.users++
	h.mu.Unlock()

	select {
	case <-r.ready:
		if r.failed == nil {
			return r, nil
		}
		h.leave(r)
		return nil, r.failed
	case <-ctx.Done():
		h.leave(r)
		return nil, ctx.Err()
	}
}

func (h *Hub) leave(r *room) {
	h.mu.Lock()
	defer h.mu.Unlock()
	r.users--
	if r.users == 0 {
		nudge(r.empty)
	}
}

// deserted takes a room off the list if nobody is in it; the room then ends.
func (h *Hub) deserted(r *room) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	if r.users > 0 {
		return false
	}
	h.unlist(r)
	return true
}

// condemn takes a room off the list though somebody is in it: its wall is
// gone, or could not be loaded. Whoever comes now gets another room.
func (h *Hub) condemn(r *room) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.unlist(r)
}

func (h *Hub) unlist(r *room) {
	if h.rooms[r.id] == r {
		delete(h.rooms, r.id)
	}
}

// with runs f in the goroutine that owns a wall, between two commits. A room
// that is just being left is tried again.
func (h *Hub) with(ctx context.Context, id string, f func(*room)) error {
	for {
		r, err := h.enter(ctx, id)
		if err != nil {
			return err
		}
		err = r.do(ctx, func() { f(r) })
		h.leave(r)
		if !errors.Is(err, errLeft) {
			return err
		}
	}
}

// Close tells every client to come back later, spread over a short time so
// that they do not come as one; then it waits for rooms and goroutines. When
// ctx ends first, what is still under way is cut off, and ctx's error returned.
func (h *Hub) Close(ctx context.Context) error {
	h.mu.Lock()
	if h.closing {
		h.mu.Unlock()
		return ErrClosed
	}
	h.closing = true
	leaving := make([]*client, 0, len(h.clients))
	for c := range h.clients {
		leaving = append(leaving, c)
	}
	h.mu.Unlock()

	h.farewell(ctx, leaving)
	h.watching()
	ended := make(chan struct{})
	go func() {
		h.present.Wait()
		close(h.stop)
		h.mu.Lock()
		closePollers(h.pollers)
		h.over = true
		h.mu.Unlock()
		h.running.Wait()
		close(ended)
	}()
	select {
	case <-ended:
		h.abandon()
		return nil
	case <-ctx.Done():
	}
	h.abandon()
	for _, c := range leaving {
		c.cut()
	}
	<-ended
	return ctx.Err()
}

// farewell closes connections in small groups.
func (h *Hub) farewell(ctx context.Context, leaving []*client) {
	const group = 50
	pause := min(spreadMost/time.Duration(len(leaving)/group+1), 20*time.Millisecond)
	for i, c := range leaving {
		c.stop(CloseRestart)
		if i%group == group-1 {
			select {
			case <-time.After(pause):
			case <-ctx.Done():
			}
		}
	}
}

// clock is the time since the hub began.
func (h *Hub) clock() time.Duration { return time.Since(h.born) }
