package crowd

import (
	"errors"
	"io"
	"os"
	"sync"
	"syscall"
	"time"
)

// poller is one epoll and the goroutine that waits for it.
type poller struct {
	crowd *Crowd
	epoll int
	wake  int // an eventfd

	mu    sync.Mutex
	lines map[int]*polledLine // by descriptor
	slow  map[*polledLine]time.Time
	over  bool
}

// polledLine is a bare socket. Its descriptor is -1 when it is closed.
type polledLine struct {
	poller *poller
	phone  *Phone

	mu      sync.Mutex
	fd      int
	ready   bool   // connected
	pending []byte // what the socket would not take
	events  uint32
	how     Reading
}

func (p *poller) nudge() { _, _ = syscall.Write(p.wake, []byte{1, 0, 0, 0, 0, 0, 0, 0}) }

func (p *poller) add(l *polledLine) {
	p.mu.Lock()
	p.lines[l.fd] = l
	p.mu.Unlock()
	l.mu.Lock()
	defer l.mu.Unlock()
	l.events = syscall.EPOLLOUT
	_ = syscall.EpollCtl(p.epoll, syscall.EPOLL_CTL_ADD, l.fd, &syscall.EpollEvent{Events: l.events, Fd: int32(l.fd)})
}

// run waits for what comes. It reads into one buffer for all.
func (p *poller) run() {
	defer func() {
		_ = syscall.Close(p.epoll)
		_ = syscall.Close(p.wake)
	}()
	var events [512]syscall.EpollEvent
	buffer := make([]byte, 256<<10)
	for {
		n, err := syscall.EpollWait(p.epoll, events[:], p.patience())
		if err != nil && !errors.Is(err, syscall.EINTR) {
			return // closed under it: cannot be
		}
		p.mu.Lock()
		over := p.over
		p.mu.Unlock()
		if over {
			return
		}
		for _, e := range events[:max(n, 0)] {
			if int(e.Fd) == p.wake {
				var b [8]byte
				_, _ = syscall.Read(p.wake, b[:])
				continue
			}
			p.mu.Lock()
			l := p.lines[int(e.Fd)]
			p.mu.Unlock()
			if l != nil {
				l.happens(e.Events, buffer)
			}
		}
		for _, l := range p.slowly(time.Now()) {
			l.take(buffer[:SlowRate/10])
		}
	}
}

// patience is how long epoll may wait, in ms; -1: for ever.
func (p *poller) patience() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	if len(p.slow) > 0 {
		return int(slowStep / 10 / time.Millisecond)
	}
	return -1
}

// slowly gives the slow lines that may read now.
func (p *poller) slowly(now time.Time) (may []*polledLine) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for l, next := range p.slow {
		if !now.Before(next) {
			p.slow[l] = now.Add(slowStep)
			may = append(may, l)
		}
	}
	return may
}

// happens does what an event asks for.
func (l *polledLine) happens(events uint32, buffer []byte) {
	l.mu.Lock()
	if l.fd < 0 {
		l.mu.Unlock()
		return
	}
	if !l.ready {
		number, err := syscall.GetsockoptInt(l.fd, syscall.SOL_SOCKET, syscall.SO_ERROR)
		if err == nil && number != 0 {
			err = os.NewSyscallError("connect", syscall.Errno(number))
		}
		if err == nil && events&syscall.EPOLLOUT == 0 {
			l.mu.Unlock()
			return
		}
		l.ready = err == nil
		l.watch(syscall.EPOLLIN)
		l.mu.Unlock()
		if err != nil {
			l.close()
			l.phone.lost(nil, err)
			return
		}
		l.phone.opened(l)
		return
	}
	if events&syscall.EPOLLOUT != 0 && len(l.pending) > 0 {
		l.flush()
	}
	how := l.how
	l.mu.Unlock()
	if how == Briskly && events&(syscall.EPOLLIN|syscall.EPOLLHUP|syscall.EPOLLERR|syscall.EPOLLRDHUP) != 0 {
		l.take(buffer)
	} else if events&(syscall.EPOLLHUP|syscall.EPOLLERR) != 0 { // reset, while it does not look
		l.phone.lost(l, syscall.ECONNRESET)
	}
}

// take reads once, and passes on what came.
func (l *polledLine) take(buffer []byte) {
	l.mu.Lock()
	fd := l.fd
	if fd < 0 {
		l.mu.Unlock()
		return
	}
	n, err := syscall.Read(fd, buffer)
	l.mu.Unlock()
	switch {
	case errors.Is(err, syscall.EAGAIN) || errors.Is(err, syscall.EINTR):
		return
	case err == nil && n == 0:
		err = io.EOF
	case err == nil:
		err = l.phone.came(l, buffer[:n])
	}
	if err != nil {
		l.phone.lost(l, err)
	}
}

// write writes what the socket takes, and keeps the rest for when it takes more.
func (l *polledLine) write(b []byte) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.fd < 0 {
		return errEnded
	}
	if len(l.pending) > 0 {
		l.pending = append(l.pending, b...)
		return nil
	}
	n, err := syscall.Write(l.fd, b)
	if err != nil {
		if !errors.Is(err, syscall.EAGAIN) {
			return os.NewSyscallError("write", err)
		}
		n = 0
	}
	if n < len(b) {
		l.pending = append(l.pending, b[n:]...)
		l.watch(l.events | syscall.EPOLLOUT)
	}
	return nil
}

func (l *polledLine) flush() {
	n, err := syscall.Write(l.fd, l.pending)
	if err != nil {
		return // the next event is its end
	}
	if l.pending = l.pending[n:]; len(l.pending) == 0 {
		l.pending = nil
		l.watch(l.events &^ syscall.EPOLLOUT)
	}
}

// watch changes what is waited for.
func (l *polledLine) watch(events uint32) {
	if events != l.events {
		l.events = events
		_ = syscall.EpollCtl(l.poller.epoll, syscall.EPOLL_CTL_MOD, l.fd, &syscall.EpollEvent{Events: events, Fd: int32(l.fd)})
	}
}

// wideWindow is what other lines take before they are read, in bytes. Loopback
// begins with 128,000, and whoever is sent a little more than that pays for an
// acknowledgement and a second reading that another is spared.
const wideWindow = 256 << 10

// A narrow line's window and segments, in bytes, as on a real network.
const (
	narrowWindow  = 4 << 10
	narrowSegment = 1448
)

func (l *polledLine) read(how Reading) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.fd < 0 {
		return
	}
	l.how = how
	if how == Briskly {
		l.watch(l.events | syscall.EPOLLIN)
	} else {
		l.watch(l.events &^ syscall.EPOLLIN)
	}
	p := l.poller
	p.mu.Lock()
	defer p.mu.Unlock()
	delete(p.slow, l)
	if how == Slowly {
		p.slow[l] = time.Now()
		p.nudge()
	}
}

func (l *polledLine) close() {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.fd < 0 {
		return
	}
	p := l.poller
	p.mu.Lock()
	delete(p.lines, l.fd)
	delete(p.slow, l)
	p.mu.Unlock()
	_ = syscall.Close(l.fd)
	l.fd, l.pending = -1, nil
}
