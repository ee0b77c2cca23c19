package hub

import (
	"context"
	"errors"
	"log/slog"
	"slices"
	"sync/atomic"
	"time"

	"openspacewall/hub/store"
	"openspacewall/hub/wall"
)

// counters are what the hub counts of what it does, for its operator. Counting
// allocates nothing and waits for nobody.
type counters struct {
	commits   Histogram // seconds
	events    Histogram // in a commit
	loads     Histogram // seconds
	answers   Histogram // seconds
	passes    Histogram // seconds
	conflicts atomic.Int64
	epochs    atomic.Int64
	failed    [len(operations)]atomic.Int64
	refused   [len(refusalCodes)]atomic.Int64
	frames    atomic.Int64
	bytes     [feeds]atomic.Int64
	closed    [len(closeCounted)]atomic.Int64
	deaf      atomic.Bool // the doorbell is not heard
}

func newCounters() *counters {
	return &counters{
		commits: newHistogram(seconds),
		events:  newHistogram(amounts),
		loads:   newHistogram(seconds),
		answers: newHistogram(seconds),
		passes:  newHistogram(seconds),
	}
}

// The bounds of histograms: from a memory's commit to a store that does not
// answer, and from one event to the most that a commit has.
var (
	seconds = []float64{.0005, .001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2}
	amounts = []float64{1, 2, 5, 10, 25, 50, 100, 250, 500, 1000}
)

// The operations of a store that can fail, each in its place.
const (
	onCommit = iota
	onLoad
	onSince
)

var operations = [...]string{onCommit: "commit", onLoad: "load", onSince: "since"}

var refusalCodes = [...]wall.Code{
	wall.Invalid, wall.TooLong, wall.Empty, wall.Rate, wall.TooMany, wall.NoDots, wall.Forbidden, wall.WrongPhase, wall.ReadOnly,
	wall.NotFound, wall.Conflict, wall.Gone, wall.Late, wall.InUse, wall.Grouped, wall.Unavailable, wall.Full, wall.Busy,
}

var closeCounted = [...]int{
	CloseRestart, CloseTryLater, CloseProtocol, CloseBinary, CloseText, CloseTooLarge,
	CloseComeBack, CloseMissing, CloseDismissed, CloseNoWall, CloseSlow, CloseOldPage, CloseTooMuch,
}

func (c *counters) refuse(code wall.Code) {
	if i := slices.Index(refusalCodes[:], code); i >= 0 {
		c.refused[i].Add(1)
	}
}

func (c *counters) close(code int) {
	if i := slices.Index(closeCounted[:], code); i >= 0 {
		c.closed[i].Add(1)
	}
}

func (c *counters) sent(feed int, frames, bytes int64) {
	c.frames.Add(frames)
	c.bytes[feed].Add(bytes)
}

// Histogram counts values by how large they are. It is made once, and then
// used by many at a time.
type Histogram struct {
	Bounds []float64      // upper ones, included
	counts []atomic.Int64 // one more: the rest
	sum    atomic.Int64   // in millionths
}

func newHistogram(bounds []float64) Histogram {
	return Histogram{Bounds: bounds, counts: make([]atomic.Int64, len(bounds)+1)}
}

func (h *Histogram) observe(v float64) {
	i := 0
	for i < len(h.Bounds) && v > h.Bounds[i] {
		i++
	}
	h.counts[i].Add(1)
	h.sum.Add(int64(v * 1e6))
}

// Read gives how many values were up to each bound, how many there were in
// all, and their sum.
func (h *Histogram) Read() (upTo []int64, all int64, sum float64) {
	upTo = make([]int64, len(h.Bounds))
	for i := range h.counts {
		all += h.counts[i].Load()
		if i < len(upTo) {
			upTo[i] = all
		}
	}
	return upTo, all, float64(h.sum.Load()) / 1e6
}

// counted is a store whose calls are counted. The rest of them is seldom.
type counted struct {
	store.Store
	count *counters
	log   *slog.Logger
}

func (s counted) Commit(ctx context.Context, id string, b store.Batch) error {
	began := time.Now()
	err := s.Store.Commit(ctx, id, b)
	var conflict *store.ConflictError
	switch {
	case err == nil:
		s.count.commits.observe(time.Since(began).Seconds())
		s.count.events.observe(float64(b.To - b.After.Revision))
		if b.Epoch != "" {
			s.count.epochs.Add(1)
		}
	case errors.As(err, &conflict):
		s.count.conflicts.Add(1)
	default:
		s.count.fail(onCommit, err)
	}
	return err
}

func (s counted) Load(ctx context.Context, id string) (wall.Position, []wall.Entry, error) {
	began := time.Now()
	at, entries, err := s.Store.Load(ctx, id)
	if err == nil {
		s.count.loads.observe(time.Since(began).Seconds())
	} else {
		s.count.fail(onLoad, err)
	}
	return at, entries, err
}

func (s counted) Since(ctx context.Context, id string, p wall.Position) (store.Missed, error) {
	missed, err := s.Store.Since(ctx, id, p)
	if err != nil {
		s.count.fail(onSince, err)
	}
	return missed, err
}

// Watch notes when the doorbell is heard: a store rings when it begins to hear.
func (s counted) Watch(ctx context.Context, ring store.Ring) error {
	return s.Store.Watch(ctx, func(id string, news *store.News) {
		if s.count.deaf.Swap(false) {
			s.log.Info("the doorbell is heard again")
		}
		ring(id, news)
	})
}

// fail counts a failure; what a store says about a wall is none.
func (c *counters) fail(operation int, err error) {
	if !errors.Is(err, store.ErrNotFound) && !errors.Is(err, store.ErrLoad) {
		c.failed[operation].Add(1)
	}
}
