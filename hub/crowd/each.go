package crowd

import (
	"context"
	"crypto/tls"
	"errors"
	"net"
	"sync"
	"time"
)

// errEnded is the answer of a line that has ended.
var errEnded = errors.New("crowd: the connection has ended")

// each brings phones in with a goroutine for each: where there is no epoll, and
// over TLS.
type each struct {
	crowd *Crowd
}

// The times of a line.
const (
	dialWait  = 15 * time.Second
	writeWait = 10 * time.Second
	slowStep  = 100 * time.Millisecond // a slow phone takes a little, so often
)

func (e *each) dial(p *Phone) {
	e.crowd.running.Go(func() {
		conn, err := e.connect(e.crowd.ctx)
		if err != nil {
			p.lost(nil, err)
			return
		}
		l := &eachLine{conn: conn, changed: make(chan struct{}, 1), done: make(chan struct{})}
		p.opened(l)
		p.lost(l, l.run(p))
		_ = conn.Close()
	})
}

func (e *each) connect(ctx context.Context) (net.Conn, error) {
	ctx, cancel := context.WithTimeout(ctx, dialWait)
	defer cancel()
	network := &net.Dialer{}
	if e.crowd.TLS != nil {
		return (&tls.Dialer{NetDialer: network, Config: e.crowd.TLS}).DialContext(ctx, "tcp", e.crowd.Address)
	}
	return network.DialContext(ctx, "tcp", e.crowd.Address)
}

func (e *each) close() {}

// eachLine is a line with its own goroutine.
type eachLine struct {
	conn    net.Conn
	changed chan struct{} // how has changed
	done    chan struct{} // closed by close

	mu   sync.Mutex
	how  Reading
	once sync.Once // of close
}

func (l *eachLine) write(b []byte) error {
	if err := l.conn.SetWriteDeadline(time.Now().Add(writeWait)); err != nil {
		return err
	}
	_, err := l.conn.Write(b)
	return err
}

func (l *eachLine) read(how Reading) {
	l.mu.Lock()
	l.how = how
	l.mu.Unlock()
	nudge(l.changed)
	_ = l.conn.SetReadDeadline(time.Unix(1, 0)) // wake the reader: it looks how it is to read
}

func (l *eachLine) close() {
	l.once.Do(func() {
		close(l.done)
		_ = l.conn.Close()
	})
}

// run reads until the line ends.
func (l *eachLine) run(p *Phone) error {
	buffer := make([]byte, 4<<10)
	for {
		l.mu.Lock()
		how := l.how
		_ = l.conn.SetReadDeadline(time.Time{})
		l.mu.Unlock()
		room := buffer
		switch how {
		case NotAtAll:
			select {
			case <-l.changed:
			case <-l.done:
				return errEnded
			}
			continue
		case Slowly:
			select {
			case <-time.After(slowStep):
			case <-l.done:
				return errEnded
			}
			room = buffer[:SlowRate/10]
		}
		n, err := l.conn.Read(room)
		if n > 0 {
			if err := p.came(l, room[:n]); err != nil {
				return err
			}
		}
		var woken net.Error
		if err != nil && (!errors.As(err, &woken) || !woken.Timeout()) {
			return err
		}
	}
}
