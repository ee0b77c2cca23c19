package yardstick

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"net/url"
	"sync"
	"time"

	"openspacewall/hub"
	"openspacewall/hub/crowd"
	"openspacewall/hub/wall"
)

// stand is one hub, running, and the crowd before it.
type stand struct {
	name    string
	process *process
	crowd   *crowd.Crowd
	wall    *crowd.Wall
	tiny    *Tiny    // nil: it is the wall's program
	next    int      // the number of the next note
	front   *front   // nil: none
	redis   *process // nil: none

	// Of the wall's program alone:
	door *crowd.Door
	desk *crowd.Crowd
	code string
}

// setting is how a stand is to be.
type setting struct {
	phones, notes int  // the most there will be
	text          int  // bytes of a note's text
	storm         bool // nobody waits for another at the door
	stay          bool
	narrow        int  // phones that can be made bad readers
	tls           bool // through a proxy that ends TLS
	redis         bool // the wall's program keeps its walls there
	deflate       bool // phones offer to take deflated messages, as browsers do
}

// TextSize is how long the notes of the comparison are: two lines on a phone.
const TextSize = 80

// open starts a hub and puts a crowd before it, which is not inside yet.
func open(ctx context.Context, name, program string, s setting) (_ *stand, err error) {
	st := &stand{name: name}
	defer func() {
		if err != nil {
			err = errors.Join(err, st.close())
		}
	}()
	if s.text == 0 {
		s.text = TextSize
	}
	if st.wall, err = crowd.NewWall(rand.Reader, s.text); err != nil {
		return nil, err
	}
	o := crowd.Options{Phones: s.phones, Notes: s.notes, Queue: !s.storm, Stay: s.stay, Narrow: s.narrow}
	if s.storm {
		o.AtOnce = stormAtOnce
	}
	if name == wallName {
		var flags []string
		if s.redis {
			if st.redis, err = startRedis(ctx); err != nil {
				return nil, err
			}
			flags = append(flags, "--redis", "redis://"+st.redis.address)
		}
		if s.tls {
			flags = append(flags, "--trusted-proxy", "127.0.0.1")
		}
		if st.process, err = startWall(ctx, program, flags...); err != nil {
			return nil, err
		}
		o.Wire, o.Placed = st.wall, true
		if err := st.raise(ctx, s, &o); err != nil {
			return nil, err
		}
		if o.Head, err = st.prepare(ctx, s.phones, s.deflate); err != nil {
			return nil, err
		}
	} else {
		if st.process, err = startReference(ctx, name); err != nil {
			return nil, err
		}
		if err := st.raise(ctx, s, &o); err != nil {
			return nil, err
		}
		if st.tiny, err = NewTiny(st.wall, s.notes); err != nil {
			return nil, err
		}
		head := []byte("GET / HTTP/1.1\r\nHost: hub\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: " +
			crowd.UpgradeKey + "\r\n\r\n")
		o.Wire, o.Head = st.tiny, func(int, wall.Position) []byte { return head }
	}
	st.crowd, err = crowd.New(o)
	return st, err
}

// stormAtOnce is how many phones of a storm are at the door at one moment.
const stormAtOnce = 512

// wallName is the wall's program among the contenders.
const wallName = "wall"

// prepare makes a rehearsal's wall, brings its desk in, and makes every phone
// known, so that what is measured is the socket.
func (st *stand) prepare(ctx context.Context, phones int, deflate bool) (func(int, wall.Position) []byte, error) {
	key, err := st.process.key()
	if err != nil {
		return nil, err
	}
	st.door = crowd.NewDoor(&url.URL{Scheme: "http", Host: st.process.address}, nil)
	if st.front != nil {
		st.door = crowd.NewDoor(&url.URL{Scheme: "https", Host: st.front.address}, st.front.trust)
	}
	st.door.Deflate = deflate
	at, err := st.door.Make(ctx, key, "Yardstick")
	if err != nil {
		return nil, err
	}
	st.code = at.Code
	cookie, err := st.door.EnterDesk(ctx, at.Code, at.Moderator)
	if err != nil {
		return nil, err
	}
	st.desk, err = crowd.New(crowd.Options{Phones: 1, Address: st.door.Address(), TLS: st.door.TLS, Wire: st.wall, Placed: true, Head: func(_ int, p wall.Position) []byte {
		return st.door.Head(at.Code, hub.Desk, cookie, p)
	}})
	if err != nil {
		return nil, err
	}
	if err := st.desk.Come(ctx, 0, 1); err != nil {
		return nil, fmt.Errorf("yardstick: the desk did not get in: %w", err)
	}
	return st.admit(ctx, st.door, phones)
}

// admit makes phones known at a door of the wall, and gives their requests for
// a socket there.
func (st *stand) admit(ctx context.Context, door *crowd.Door, phones int) (func(int, wall.Position) []byte, error) {
	cookies := make([]string, phones)
	var wrong error
	var mu sync.Mutex
	var all sync.WaitGroup
	const hands = 8
	for hand := range hands {
		all.Go(func() {
			for i := hand; i < phones; i += hands {
				cookie, err := door.Mark(ctx, st.code)
				if err != nil {
					mu.Lock()
					wrong = err
					mu.Unlock()
					return
				}
				cookies[i] = cookie
			}
		})
	}
	all.Wait()
	door.Close()
	return func(i int, p wall.Position) []byte { return door.Head(st.code, hub.Phone, cookies[i], p) }, wrong
}

func (st *stand) close() error {
	if st.crowd != nil {
		st.crowd.Close()
	}
	if st.desk != nil {
		st.desk.Close()
	}
	if st.door != nil {
		st.door.Close()
	}
	var err error
	if st.front != nil {
		err = st.front.stop()
	}
	if st.process != nil {
		err = errors.Join(err, st.process.stop())
	}
	if st.redis != nil {
		err = errors.Join(err, st.redis.stop())
	}
	return err
}

// raise puts a proxy before the hub, if there is to be one, and tells the crowd
// where to go.
func (st *stand) raise(ctx context.Context, s setting, o *crowd.Options) (err error) {
	o.Address = st.process.address
	if !s.tls {
		return nil
	}
	if st.front, err = startFront(ctx, st.process.address); err != nil {
		return err
	}
	o.Address, o.TLS = st.front.address, st.front.trust
	return nil
}

// lead has the desk do something, and waits until it is done.
func (st *stand) lead(ctx context.Context, do string, with any) error {
	return st.desk.Do(ctx, 0, do, with)
}

// post has a phone post the next note.
func (st *stand) post(phone int) {
	number := st.next
	st.next++
	if st.tiny != nil {
		st.crowd.Phone(phone).SendNote(number, st.tiny.Note(number))
		return
	}
	st.crowd.Phone(phone).Ask(number, func(n uint64) []byte { return st.wall.Post(n, number, "housing", "opinion") })
}

// postAt posts notes at a rate for a while, by phones all over the crowd. It
// returns when the last is sent.
func (st *stand) postAt(ctx context.Context, rate float64, notes, from, to int) error {
	began := time.Now()
	timer := time.NewTimer(0)
	defer timer.Stop()
	for i := range notes {
		timer.Reset(time.Until(began.Add(time.Duration(float64(i) / rate * float64(time.Second)))))
		select {
		case <-timer.C:
		case <-ctx.Done():
			return ctx.Err()
		}
		st.post(from + (st.next*7919)%(to-from))
	}
	return nil
}

// fill puts notes on the wall before what is measured, as fast as the first
// phone gets them back.
func (st *stand) fill(ctx context.Context, notes int) error {
	for range notes {
		st.post(0)
		if err := st.crowd.Until(ctx, func() bool { return st.crowd.Missing(0, 1, 0, st.next) < 32 }); err != nil {
			return err
		}
	}
	return st.crowd.Until(ctx, func() bool { return st.crowd.Missing(0, 1, 0, notes) == 0 })
}
