// Package crowd is thousands of phones in one small process: they come in, say
// where they are, take what they are sent, and know exactly what each of them
// has seen and how late.
//
//	crowd   the phones, and what they have in common
//	phone   one of them: a connection, a place on the wall, the notes it has seen
//	line    how bytes come and go: polled (Linux), or a goroutine for each phone
//	wire    what the messages mean: the wall's protocol, or a reference hub's
//	tally   what was sent when, what was seen by whom, and how late
//
// A phone here holds no picture of the wall. It counts: for every note whether
// it has seen it, which is exact, and costs a bit. Frames go to everyone in the
// same bytes, so each is read once for all.
package crowd

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"maps"
	"sync"
	"sync/atomic"
	"time"

	"openspacewall/hub/wall"
)

// Options say where a crowd goes, and how it behaves there.
type Options struct {
	Phones  int
	Address string      // host:port
	TLS     *tls.Config // nil: plain
	// Head is a phone's upgrade request, from its first line to the empty one,
	// when it is at a position. UpgradeKey is to be its Sec-WebSocket-Key.
	Head func(phone int, at wall.Position) []byte
	// Placed is that Head says where the phone is: then hello need not.
	Placed bool
	Wire   Wire
	Notes  int // the most that will be numbered
	// Stay leaves a phone outside that has lost its connection. Without it, it
	// comes back by itself, as a phone's page does.
	Stay   bool
	AtOnce int // phones coming in at one moment; 0: AtOnceDefault
	// Narrow is how many phones, from the first, are on lines as narrow as a bad
	// corner's: they can be made to read slowly, or not at all. Loopback's own
	// lines are megabytes wide, and would hide it.
	Narrow int
	// Queue has all wait when the hub says "later" to one, as people in a queue
	// do. Without it each comes again by itself.
	Queue bool
	// Plain has a goroutine for each phone though there is something better.
	Plain bool
	// Arrived is called each time a phone has the wall; it must not wait, nor
	// call the phone. It may be nil.
	Arrived func(phone int)
	// Answered is called each time a command of a phone is done, or refused for
	// good. Who reads for many phones calls it: it must not wait. It may ask the
	// phone the next. It may be nil.
	Answered func(phone int)
}

// AtOnceDefault is how many phones are on their way in at one moment, unless
// it is said otherwise: more than that would wait in the hub's own queue.
const AtOnceDefault = 256

// Crowd is many phones. New makes it, Close ends it and waits.
type Crowd struct {
	Options
	*Tally
	phones []*Phone
	lines  lines
	usher  usher
	decode decoder

	running sync.WaitGroup
	ctx     context.Context
	stop    context.CancelFunc

	mu      sync.Mutex
	trouble error // why a phone last lost its connection, or did not get one
	closed  map[int]int
	why     map[wall.Code]int
	counts  counts
}

// counts are what happens in a crowd, as it happens.
type counts struct {
	whole    atomic.Int64 // phones that have the wall now
	dropped  atomic.Int64 // connections that ended though nobody here ended them
	turned   atomic.Int64 // handshakes that were answered with "later"
	returned atomic.Int64 // connections after a phone's first
	gaps     atomic.Int64 // frames that did not join what the phone had
	messages atomic.Int64
	bytes    atomic.Int64 // that came, headers of frames included
}

// lines brings phones in. It has two forms: see the package comment.
type lines interface {
	// dial begins to bring a phone in; the phone is told when it is, or is not.
	dial(p *Phone)
	close()
}

// line is one phone's connection. Its phone is locked when it is called.
type line interface {
	write(b []byte) error
	read(how Reading)
	close()
}

// Reading is how a phone reads what it is sent.
type Reading int

// The ways of reading. A slow phone is on a line of SlowRate.
const (
	Briskly Reading = iota
	Slowly
	NotAtAll
)

// SlowRate is how many bytes a second a slow phone takes: 20 kbit/s, a hall's
// worst corner.
const SlowRate = 2500

// New makes a crowd. Nobody comes in yet.
func New(o Options) (*Crowd, error) {
	if o.AtOnce == 0 {
		o.AtOnce = AtOnceDefault
	}
	if err := RaiseFiles(o.Phones + filesBeside); err != nil {
		return nil, err
	}
	c := &Crowd{Options: o, Tally: newTally(o.Notes), closed: map[int]int{}, why: map[wall.Code]int{}}
	c.ctx, c.stop = context.WithCancel(context.Background())
	c.decode.begin(o.Wire)
	c.phones = make([]*Phone, o.Phones)
	for i := range c.phones {
		c.phones[i] = &Phone{crowd: c, index: i, seen: make([]uint64, (o.Notes+63)/64)}
	}
	var err error
	if c.lines, err = newLines(c); err != nil {
		c.stop()
		return nil, err
	}
	c.usher.begin(c)
	return c, nil
}

// Close ends every connection and waits until nothing of the crowd runs.
func (c *Crowd) Close() {
	c.stop()
	for _, p := range c.phones {
		p.hangUp()
	}
	c.lines.close()
	c.running.Wait()
}

// Phone is the nth phone.
func (c *Crowd) Phone(n int) *Phone { return c.phones[n] }

// Come brings the phones from one number up to another in, and waits until all
// of them have the wall, or ctx ends.
func (c *Crowd) Come(ctx context.Context, from, to int) error {
	c.usher.bring(c.phones[from:to])
	return c.Until(ctx, func() bool { return c.Here() >= to-from && c.Whole(from, to) == to-from })
}

// Bring has a phone come in, and does not wait.
func (c *Crowd) Bring(phone int) { c.usher.bring(c.phones[phone : phone+1]) }

// Whole counts the phones of a range that have the wall.
func (c *Crowd) Whole(from, to int) int {
	n := 0
	for _, p := range c.phones[from:to] {
		if p.Whole() {
			n++
		}
	}
	return n
}

// Here counts the phones that have the wall.
func (c *Crowd) Here() int { return int(c.counts.whole.Load()) }

// Leave has phones hang up. They do not come back by themselves.
func (c *Crowd) Leave(from, to int) {
	for _, p := range c.phones[from:to] {
		p.hangUp()
	}
}

// Until waits until something is so. It says how far things are when ctx ends.
func (c *Crowd) Until(ctx context.Context, so func() bool) error {
	look := time.NewTicker(lookEvery)
	defer look.Stop()
	for !so() {
		select {
		case <-look.C:
		case <-ctx.Done():
			if so() {
				return nil
			}
			err := ctx.Err()
			if t := c.Trouble(); t != nil {
				err = fmt.Errorf("%w; the last connection that failed: %w", err, Explain(t))
			}
			return err
		}
	}
	return nil
}

// lookEvery is how often Until looks.
const lookEvery = 5 * time.Millisecond

// Trouble is why a phone last lost its connection, or did not get one.
func (c *Crowd) Trouble() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.trouble
}

// Closed counts connections that the hub closed, by close code.
func (c *Crowd) Closed() map[int]int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return maps.Clone(c.closed)
}

// Refusals counts the commands that were refused for good, by code.
func (c *Crowd) Refusals() map[wall.Code]int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return maps.Clone(c.why)
}

func (c *Crowd) refusedFor(code wall.Code) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.why[code]++
}

// lost notes why a connection ended.
func (c *Crowd) lost(err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.trouble = err
	var end *closedError
	if errors.As(err, &end) {
		c.closed[end.code]++
	}
}

// Dropped counts connections that ended though nobody here ended them.
func (c *Crowd) Dropped() int { return int(c.counts.dropped.Load()) }

// Turned counts handshakes that were answered with "later".
func (c *Crowd) Turned() int { return int(c.counts.turned.Load()) }

// Returned counts the connections after a phone's first.
func (c *Crowd) Returned() int { return int(c.counts.returned.Load()) }

// Gaps counts frames that did not join what their phone had.
func (c *Crowd) Gaps() int { return int(c.counts.gaps.Load()) }

// Received is how much has come to all phones together.
func (c *Crowd) Received() (messages, bytes int64) {
	return c.counts.messages.Load(), c.counts.bytes.Load()
}
