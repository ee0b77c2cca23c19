package yardstick

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"sync/atomic"
	"time"

	"openspacewall/hub/crowd"
	"openspacewall/hub/wall"
)

// throng is phones that write one wall as fast as they are answered, nine votes
// to a note, each at one of some hubs on one Redis.
type throng struct {
	*stand             // Redis, the first hub, the desk, and a phone that posts what is voted for
	hubs    []*process // all of them
	crowds  []*crowd.Crowd
	asked   [][]int      // commands of each phone, by crowd; who reads for the phone counts them
	notes   atomic.Int64 // posted, and with those that are voted for
	over    atomic.Bool
	resting atomic.Int64 // phones that were answered when it was over
}

const (
	quarters    = 4     // crowds of a throng: a crowd goes to one address, and each has a quarter of the phones
	ballotNotes = 50    // that are voted for
	postsMost   = 10000 // a second: more than there will be
	warmMost    = 2 * time.Second
	calmWithin  = 30 * time.Second
)

// openThrong starts so many hubs, and brings the phones in.
func openThrong(ctx context.Context, program string, n, phones int, length time.Duration) (_ *throng, err error) {
	t := &throng{asked: make([][]int, quarters)}
	defer func() {
		if err != nil {
			err = errors.Join(err, t.close())
		}
	}()
	if t.stand, err = open(ctx, wallName, program, setting{phones: 1, notes: ballotNotes, text: 30, redis: true}); err != nil {
		return nil, err
	}
	t.hubs = []*process{t.process}
	for len(t.hubs) < n {
		p, err := startWall(ctx, program, "--redis", "redis://"+t.redis.address)
		if err != nil {
			return nil, err
		}
		t.hubs = append(t.hubs, p)
	}
	if err := t.come(ctx, 0, 1); err != nil {
		return nil, err
	}
	if err := t.fill(ctx, ballotNotes); err != nil {
		return nil, err
	}
	t.crowd.Leave(0, 1)
	t.notes.Store(ballotNotes)
	for i := range quarters {
		door := crowd.NewDoor(&url.URL{Scheme: "http", Host: t.hubs[i%n].address}, nil)
		o := crowd.Options{Phones: phones / quarters, Notes: ballotNotes + postsMost*int((length+warmMost)/time.Second), Queue: true,
			Address: door.Address(), Wire: t.wall, Placed: true, Answered: func(phone int) { t.ask(i, phone) }}
		if o.Head, err = t.admit(ctx, door, o.Phones); err != nil {
			return nil, err
		}
		c, err := crowd.New(o)
		if err != nil {
			return nil, err
		}
		t.crowds, t.asked[i] = append(t.crowds, c), make([]int, o.Phones)
		if err := c.Come(ctx, 0, o.Phones); err != nil {
			return nil, fmt.Errorf("yardstick: %d of %d phones came to hub %d: %w", c.Here(), o.Phones, i%n, err)
		}
	}
	return t, nil
}

func (t *throng) close() error {
	for _, c := range t.crowds {
		c.Close()
	}
	var err error
	for i, p := range t.hubs {
		if i > 0 { // the first is the stand's
			err = errors.Join(err, p.stop())
		}
	}
	if t.stand != nil {
		err = errors.Join(err, t.stand.close())
	}
	return err
}

// vote is what the nth command of a phone, among all, puts where; a post puts
// nothing anywhere.
func vote(who, n int) (number, dots int, post bool) {
	return (who + n%5) % ballotNotes, n % 3, n%10 == 0
}

// ask has a phone ask its next command.
func (t *throng) ask(c, phone int) {
	if t.over.Load() {
		t.resting.Add(1)
		return
	}
	t.asked[c][phone]++
	number, dots, post := vote(phone*quarters+c, t.asked[c][phone])
	if !post {
		t.crowds[c].Phone(phone).Ask(-1, func(n uint64) []byte { return t.wall.Vote(n, number, dots) })
		return
	}
	number = int(t.notes.Add(1)) - 1
	t.crowds[c].Phone(phone).Ask(number, func(n uint64) []byte { return t.wall.Post(n, number, "work", "opinion") })
}

// totals is what the votes come to.
func (t *throng) totals() map[int]wall.Total {
	all := map[int]wall.Total{}
	for c, asked := range t.asked {
		for phone, last := range asked {
			seen := map[int]bool{}
			for n := last; n > max(0, last-10); n-- { // in ten commands are all its notes
				number, dots, post := vote(phone*quarters+c, n)
				if !post && !seen[number] && dots > 0 {
					all[number] = wall.Total{Dots: all[number].Dots + dots, People: all[number].People + 1}
				}
				seen[number] = seen[number] || !post
			}
		}
	}
	return all
}

// write has all write for a while, until all are answered.
func (t *throng) write(ctx context.Context, length time.Duration) (figures, error) {
	phones := 0
	for c, asked := range t.asked {
		for phone := range asked {
			t.ask(c, phone)
		}
		phones += len(asked)
	}
	if err := rest(ctx, min(warmMost, length)); err != nil {
		return nil, err
	}
	meter, err := newMeter(t.hubs...)
	if err != nil {
		return nil, err
	}
	beside, err := newMeter(t.redis)
	if err != nil {
		return nil, err
	}
	before, earlier := t.done(), t.times()
	if err := rest(ctx, length); err != nil {
		return nil, err
	}
	after := t.done()
	took, spent, others, err := meter.read()
	if err != nil {
		return nil, err
	}
	_, redis, _, err := beside.read()
	if err != nil {
		return nil, err
	}
	t.over.Store(true)
	if err := until(ctx, calmWithin, func() bool { return int(t.resting.Load()) == phones }); err != nil {
		return nil, fmt.Errorf("yardstick: %d phones were never answered: %w", phones-int(t.resting.Load()), err)
	}
	sum := 0
	for i := range after {
		after[i] -= before[i]
		sum += after[i]
	}
	off := 0
	for _, c := range t.crowds {
		off += c.Again()
	}
	all, times := float64(max(sum, 1)), t.times()
	return figures{
		"rate": float64(sum) / took.Seconds(), "share": float64(slices.Min(after)*len(after)) / all, "off": float64(off),
		"cpu": float64(spent.Microseconds()) / all, "crowd": float64(others.Microseconds()) / all, "redis": float64(redis.Microseconds()) / all,
		"longest": ms(times.Percentile(100)), "p99": ms(times.Since(earlier).Percentile(99)),
	}, nil
}

// done counts the commands that each hub has done.
func (t *throng) done() []int {
	all := make([]int, len(t.hubs))
	for i, c := range t.crowds {
		all[i%len(all)] += c.Acked()
	}
	return all
}

// times are from asking to the answer, at all hubs.
func (t *throng) times() *crowd.Times {
	var all crowd.Times
	for _, c := range t.crowds {
		for i, n := range c.Acks.Times() {
			all[i] += n
		}
	}
	return &all
}

// exact holds what all phones have in the end against what they asked: nothing
// was refused, doubled or lost.
func (t *throng) exact(ctx context.Context, within time.Duration) error {
	// Totals are hidden while all vote, and then shown: so all phones are told all of them.
	if err := t.lead(ctx, "phase", wall.SetPhase{Phase: wall.Vote}); err != nil {
		return err
	}
	for _, c := range t.crowds {
		c.Expect(t.wall, t.totals())
	}
	if err := t.lead(ctx, "phase", wall.SetPhase{Phase: wall.Results}); err != nil {
		return err
	}
	notes := int(t.notes.Load())
	for _, c := range t.crowds {
		whole := func() bool { return c.Exact() == c.Phones && c.Missing(0, c.Phones, 0, notes) == 0 }
		err := until(ctx, within, whole)
		if err != nil || c.Refused()+c.Doubled()+c.Altered() > 0 {
			return errors.Join(err, fmt.Errorf("yardstick: refused %v; of notes %d are missing, %d doubled, %d altered; %d of %d phones have the totals as they are to be",
				c.Refusals(), c.Missing(0, c.Phones, 0, notes), c.Doubled(), c.Altered(), c.Exact(), c.Phones))
		}
	}
	return nil
}

// hubs is people who write as fast as they are answered, at one hub and at four
// on one Redis, by turns.
func hubs(phones int, s Size) scenario {
	what := fmt.Sprintf("four hubs beside one, %s phones that never rest: ", thousands(phones))
	length := time.Duration(s.Write) * time.Second
	return scenario{
		name:    fmt.Sprintf("hubs-%d", phones),
		alone:   true,
		setting: setting{redis: true},
		needs:   []string{"redis-server"},
		stands: func(ctx context.Context, program string) (figures, error) {
			came := map[int][]figures{}
			for _, n := range s.Hubs {
				f, err := writing(ctx, program, n, phones, length)
				if err != nil {
					return nil, fmt.Errorf("%d hubs: %w", n, err)
				}
				came[n] = append(came[n], f)
			}
			of := func(n int, name string) (all []float64) {
				for _, f := range came[n] {
					all = append(all, f[name])
				}
				return all
			}
			one, four := median(of(1, "rate")), median(of(4, "rate"))
			f := figures{
				"one": one, "four": four, "ratio": four / one, "share": slices.Min(of(4, "share")),
				"longest": slices.Max(of(4, "longest")), "longest-one": slices.Max(of(1, "longest")), "off": slices.Max(of(4, "off")),
			}
			for _, name := range []string{"p99", "cpu", "crowd", "redis"} {
				f[name], f[name+"-one"] = median(of(4, name)), median(of(1, name))
			}
			return f, nil
		},
		rows: []row{
			{what: what + "commands/s at one", figure: "one"},
			{what: what + "commands/s at four", figure: "four"},
			{what: what + "of one's throughput", figure: "ratio", targets: []target{{least: 0.8}}},
			{what: what + "of its fair share, the slowest", figure: "share", targets: []target{{least: 0.5}}},
			{what: what + "the last answer after, ms", figure: "longest", targets: []target{{most: 1000, each: true}}},
			{what: what + "acknowledged, p99, ms", figure: "p99"},
			{what: what + "told to ask again", figure: "off", targets: []target{{most: 0}}},
			{what: what + "CPU per command at one, µs", figure: "cpu-one"},
			{what: what + "CPU per command at four, µs", figure: "cpu"},
		},
	}
}

// writing is the whole life of a throng.
func writing(ctx context.Context, program string, n, phones int, length time.Duration) (f figures, err error) {
	t, err := openThrong(ctx, program, n, phones, length)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, t.close()) }()
	if f, err = t.write(ctx, length); err != nil {
		return nil, err
	}
	return f, t.exact(ctx, calmWithin)
}
