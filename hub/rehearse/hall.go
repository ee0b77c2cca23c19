package rehearse

import (
	"context"
	"crypto/rand"
	"crypto/tls"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"time"

	"openspacewall/hub"
	"openspacewall/hub/crowd"
	"openspacewall/hub/wall"
)

// The acts of a hall, in their order. Voting comes last: it closes the wall.
const (
	Arrive = "arrive" // everybody loads the page, and comes in
	Write  = "write"  // everybody writes now and then
	Return = "return" // a third loses its connection, all at once, and comes back
	Slow   = "slow"   // some read slowly, some not at all, and the others write on
	Vote   = "vote"   // the closing minute: everybody votes, then the totals are shown
)

// Acts are all of them.
var Acts = []string{Arrive, Write, Return, Slow, Vote}

// What a hall does, for each phone; and the most, for all together.
const (
	writeEvery  = 30 * time.Second // a phone writes a note
	writeMost   = 100.0            // notes a second
	voteEach    = 5.0              // votes a second and phone: as fast as a wall takes them
	voteMost    = 10_000.0         // votes a second
	votedOn     = 50               // notes that are voted on
	voteOpen    = 4                // votes of a phone that may be unanswered
	returnShare = 3                // one in so many loses its connection
	slowShare   = 50               // one in so many reads slowly, and as many do not read
	noteSize    = 80               // bytes of a note's text
)

// How long a hall waits for what should have come.
const (
	comeWithin = 3 * time.Minute
	leadWithin = 20 * time.Second
)

// HallOptions say how a hall is rehearsed.
type HallOptions struct {
	Hub    *url.URL
	TLS    *tls.Config // nil: as usual
	Key    string      // the hub's
	Code   string      // a rehearsal's wall that is there; "": one is made with the key
	Phones int
	Acts   []string
	Length time.Duration // of each act
	Keep   bool          // leave the wall there
	// Made is called when the wall is there, with its addresses.
	Made func(Made)
	// Progress is called once a second, if it is there.
	Progress func(act string, now Point)

	settle, come time.Duration // zero: settleMost, comeWithin
}

// hall is a rehearsal of a hall under way. Its goroutine (RunHall's) owns it.
type hall struct {
	HallOptions
	door    *crowd.Door
	place   crowd.Place
	wire    *crowd.Wall
	crowd   *crowd.Crowd // the phones, and a witness: the last one, who comes in the end
	desk    *crowd.Crowd // nil: the wall was there
	cookies []string
	theme   string
	next    int // the number of the next note
	report  *Report
	watch   *watch
	knocked []time.Time     // when each phone asked for the page
	came    []time.Duration // and how long after it had the wall
}

// RunHall brings a crowd of phones to a hub, has it do what a hall does, act by
// act, and judges what every phone got, and how late. The report is there also
// with an error, as far as it came, once there is a wall.
func RunHall(ctx context.Context, o HallOptions) (_ *Report, err error) {
	h := &hall{HallOptions: o, door: crowd.NewDoor(o.Hub, o.TLS), place: crowd.Place{Code: o.Code}}
	h.door.Deflate = true // as browsers do
	defer h.door.Close()
	if err := crowd.RaiseFiles(2*o.Phones + 128); err != nil { // pages and sockets
		if err := crowd.RaiseFiles(o.Phones + 256); err != nil {
			return nil, err
		}
	}
	if o.Code == "" {
		if h.place, err = h.door.Make(ctx, o.Key, fitTitle("a hall of "+fmt.Sprint(o.Phones))); err != nil {
			return nil, err
		}
		if !o.Keep {
			defer func() {
				ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), wipeMost)
				defer cancel()
				if e := h.door.Wipe(ctx, o.Key, h.place.Wall); e != nil {
					err = errors.Join(err, fmt.Errorf("the wall %s could not be wiped: %w", h.place.Code, e))
				}
			}()
		}
	}
	if o.Made != nil {
		m := Made{Code: h.place.Code, Phone: h.door.Link("/" + h.place.Code)}
		if h.place.Projector != "" {
			m.Projector, m.Desk = h.door.Link(h.place.Projector), h.door.Link(h.place.Desk)
		}
		o.Made(m)
	}
	h.report = &Report{Wall: h.place.Code, Phones: o.Phones, Refused: map[wall.Code]int{}, Profile: strings.Join(o.Acts, ",")}
	if err := h.gather(ctx); err != nil {
		return nil, err
	}
	h.watch = watchOver(h.crowd, o.Progress)
	began := time.Now()
	err = h.play(ctx)
	h.report.held(began)
	h.watch.end()
	h.crowd.Close()
	if h.desk != nil {
		h.desk.Close()
	}
	h.report.Finished = err == nil
	h.count()
	h.report.judge(err)
	if ctx.Err() != nil {
		err = errors.New("interrupted")
	}
	return h.report, err
}

// gather makes the crowd, and brings the desk in.
func (h *hall) gather(ctx context.Context) (err error) {
	if h.wire, err = crowd.NewWall(rand.Reader, noteSize); err != nil {
		return err
	}
	h.cookies, h.knocked, h.came = make([]string, h.Phones+1), make([]time.Time, h.Phones+1), make([]time.Duration, h.Phones+1)
	o := crowd.Options{Phones: h.Phones + 1, Notes: h.notesMost(), Narrow: 2 * h.bad(), Address: h.door.Address(), Wire: h.wire, Placed: true, Head: func(i int, at wall.Position) []byte {
		return h.door.Head(h.place.Code, hub.Phone, h.cookies[i], at)
	}}
	o.Arrived = func(i int) {
		if h.came[i] == 0 && !h.knocked[i].IsZero() {
			h.came[i] = time.Since(h.knocked[i])
		}
	}
	if h.Hub.Scheme == "https" {
		if o.TLS = h.TLS; o.TLS == nil {
			o.TLS = &tls.Config{ServerName: h.Hub.Hostname(), MinVersion: tls.VersionTLS12}
		}
	}
	if h.place.Moderator != "" {
		cookie, err := h.door.EnterDesk(ctx, h.place.Code, h.place.Moderator)
		if err != nil {
			return fmt.Errorf("the moderator bot did not get in: %w", err)
		}
		desk := o
		desk.Phones, desk.Notes, desk.Narrow, desk.Arrived = 1, 0, 0, nil
		desk.Head = func(_ int, at wall.Position) []byte { return h.door.Head(h.place.Code, hub.Desk, cookie, at) }
		if h.desk, err = crowd.New(desk); err != nil {
			return err
		}
		if err := within(ctx, leadWithin, func(ctx context.Context) error { return h.desk.Come(ctx, 0, 1) }); err != nil {
			h.desk.Close()
			return fmt.Errorf("the moderator bot did not get in: %w", err)
		}
		if err := h.begin(h.wire.Settings()); err != nil {
			h.desk.Close()
			return err
		}
	}
	h.crowd, err = crowd.New(o)
	if err != nil && h.desk != nil {
		h.desk.Close()
	}
	return err
}

// begin sees to it that this is a wall to rehearse on, and finds a theme to
// write under.
func (h *hall) begin(settings map[string]json.RawMessage) error {
	var marked bool
	var themes []wall.Theme
	if json.Unmarshal(settings["rehearsal"], &marked) != nil || !marked || json.Unmarshal(settings["themes"], &themes) != nil || len(themes) == 0 {
		return errors.New("the hub did not mark the wall as a rehearsal: nothing was sent to it")
	}
	for _, t := range themes {
		if !t.Closed {
			h.theme = t.ID
		}
	}
	return nil
}

// bad is how many phones read slowly, and how many do not read.
func (h *hall) bad() int {
	if !slices.Contains(h.Acts, Slow) {
		return 0
	}
	return max(1, h.Phones/slowShare)
}

// pace is how many notes a hall writes in a second.
func (h *hall) pace() float64 {
	return min(writeMost, max(1, float64(h.Phones)/writeEvery.Seconds()))
}

// notesMost is more notes than there will be.
func (h *hall) notesMost() int {
	return votedOn + len(Acts)*int(h.pace()*(h.Length+settleMost).Seconds()+1)
}

func within(ctx context.Context, d time.Duration, f func(context.Context) error) error {
	ctx, cancel := context.WithTimeout(ctx, d)
	defer cancel()
	return f(ctx)
}

// play plays the acts.
func (h *hall) play(ctx context.Context) error {
	for _, act := range Acts {
		if act != Arrive && !slices.Contains(h.Acts, act) {
			continue
		}
		h.watch.act(act)
		var err error
		switch act {
		case Arrive:
			err = h.arrive(ctx, slices.Contains(h.Acts, Arrive))
		case Write:
			err = h.write(ctx, 0)
		case Return:
			err = h.comeBack(ctx)
		case Slow:
			err = h.slow(ctx)
		case Vote:
			err = h.vote(ctx)
		}
		if err != nil {
			return fmt.Errorf("%s: %w", act, err)
		}
	}
	h.watch.act(looking)
	return h.look(ctx)
}
