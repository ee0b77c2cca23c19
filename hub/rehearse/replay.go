package rehearse

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"sync/atomic"
	"time"

	"github.com/google/uuid"

	"openspacewall/hub"
	"openspacewall/hub/crowd"
	"openspacewall/hub/wall"
)

// the limits of a replay.
const (
	// openMost is how many commands may be unanswered at once: a hub takes up to
	// 1,000 in one commit, and a hall full of thumbs does not do more.
	openMost = 256
	// stallMost is how long nothing may be heard before the rehearsal ends.
	stallMost = 60 * time.Second
	// settleMost is how long the faces get at the end to have seen everything.
	settleMost = 30 * time.Second
	// wipeMost is how long the hub gets to delete the wall.
	wipeMost = 15 * time.Second
	// lookEvery is how often progress is shown.
	lookEvery = 200 * time.Millisecond
	// kind is what every note of a rehearsal is; themesUsed is over how many
	// themes they are spread.
	kind       = "opinion"
	themesUsed = 5
)

// Options say what to rehearse, and where.
type Options struct {
	Hub    *url.URL // scheme and host
	Key    string   // the hub's
	Script *Script
	Phones int     // at least the script's people; more only look on
	Speed  float64 // relative to the recording; 0: as fast as it goes
	Keep   bool    // leave the wall there
	// Made is called when the wall is there, with its addresses.
	Made func(Made)
	// Progress is called a few times a second, if it is there.
	Progress func(Progress)

	stall, settle time.Duration // zero: stallMost, settleMost
}

// Made is where a rehearsal can be watched.
type Made struct{ Code, Phone, Projector, Desk string }

// The stages of a rehearsal.
const (
	joining = "joining"
	playing = "playing"
	looking = "looking"
)

// Progress is how far a rehearsal has come.
type Progress struct {
	Stage                              string
	Phones, Joined                     int
	Notes, NotesDone, Votes, VotesDone int
	Open, Returns                      int
	Ack                                time.Duration // a recent one
}

// replay is a rehearsal under way that follows a script. Its own goroutine (Run's) owns all of it.
type replay struct {
	o       Options
	door    *crowd.Door
	place   crowd.Place
	desk    *bot
	phones  []*bot
	news    chan news
	notes   []played
	sent    *sendings
	fates   []fate // of the events of the script
	open    int    // orders that were given and not yet answered
	last    uint64 // the highest revision acknowledged
	reached int    // faces that have seen it
	themes  []wall.Theme
	came    bool // the desk
	marked  bool // the wall, as a rehearsal
	heard   time.Time
	tick    *time.Ticker
	trouble error // why a bot last could not connect
	gone    error // a bot was turned away, and why
	acks    []time.Duration
	report  *Report
	show    Progress
}

// fate is what became of an event of the script.
type fate int

// The fates. What was given to a phone and never answered may have happened.
const (
	waiting fate = iota
	refusal
	given
	acknowledged
)

// played is a note of the script as it fares on the wall.
type played struct {
	id       string
	send     string // its text as it is sent
	text     string // and as the wall has to keep it
	answered bool
	revision uint64 // at which it was acknowledged; 0: it was not
	left     int    // events about it still to be answered
	hidden   bool   // by the moderator bot
}

// Run makes a wall on a hub, has bot phones replay a script on it, compares
// what every face sees in the end with the script, and wipes the wall. The
// report is there also with an error, as far as it came, once there is a wall.
func Run(ctx context.Context, o Options) (_ *Report, err error) {
	if o.Phones < len(o.Script.People) {
		return nil, fmt.Errorf("the script has %d people: they need %d phones or more, not %d",
			len(o.Script.People), len(o.Script.People), o.Phones)
	}
	d := crowd.NewDoor(o.Hub, nil)
	defer d.Close()
	at, err := d.Make(ctx, o.Key, fitTitle(o.Script.Title))
	if err != nil {
		return nil, err
	}
	if !o.Keep {
		defer func() {
			// The wall goes also when the rehearsal was interrupted.
			ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), wipeMost)
			defer cancel()
			if e := d.Wipe(ctx, o.Key, at.Wall); e != nil {
				err = errors.Join(err, fmt.Errorf("the wall %s could not be wiped: %w", at.Code, e))
			}
		}()
	}
	if o.Made != nil {
		o.Made(Made{Code: at.Code, Phone: d.Link("/" + at.Code), Projector: d.Link(at.Projector), Desk: d.Link(at.Desk)})
	}
	c := newReplay(o, d, at)
	err = c.perform(ctx)
	return c.report, err
}

func newReplay(o Options, d *crowd.Door, at crowd.Place) *replay {
	s := o.Script
	c := &replay{
		o: o, door: d, place: at,
		notes: make([]played, len(s.Notes)),
		fates: make([]fate, len(s.Events)),
		sent:  &sendings{start: time.Now(), at: make([]atomic.Int64, len(s.Notes)), of: map[string]int{}},
		// Room for all that can be on its way, so that no bot ever waits.
		news:   make(chan news, openMost+len(s.Notes)+8*(o.Phones+1)),
		report: &Report{Wall: at.Code, Phones: o.Phones, People: len(s.People), Refused: map[wall.Code]int{}},
	}
	for i, n := range s.Notes {
		send, kept, cut := fit(n.Text)
		if cut {
			c.report.Shortened++
		}
		c.notes[i] = played{id: uuid.NewString(), send: send, text: kept, left: n.Events}
		c.sent.of[c.notes[i].id] = i
	}
	decode, dial := newDecoder(), newDialer(d)
	bot := func(name string, face hub.Face, room int, cookie func(context.Context) (string, error)) *bot {
		return &bot{
			name: name, face: face, code: at.Code, dialer: dial, decode: decode, cookie: cookie, sent: c.sent,
			inbox: make(chan order, room), news: c.news, again: make(chan uint64),
			open: map[uint64]*command{}, seen: make([]bool, len(s.Notes)),
		}
	}
	c.desk = bot("the desk", hub.Desk, len(s.Notes)+16, func(ctx context.Context) (string, error) {
		return d.EnterDesk(ctx, at.Code, at.Moderator)
	})
	for i := range o.Phones {
		c.phones = append(c.phones, bot(fmt.Sprintf("phone %d", i+1), hub.Phone, openMost+4, func(ctx context.Context) (string, error) {
			return d.Enter(ctx, at.Code)
		}))
	}
	return c
}
