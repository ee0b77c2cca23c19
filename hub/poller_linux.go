package hub

import (
	"os"
	"runtime"
	"sync"
	"syscall"
)

// poller reads for many clients with one goroutine and one buffer: a phone that
// says nothing costs neither. It hears of what has come from an epoll of its
// own, which Go's poller watches as it would a socket, so that no thread waits.
type poller struct {
	file   *os.File
	fd     int // file's own
	raw    syscall.RawConn
	events [128]syscall.EpollEvent
	n      int // of them
	wait   func(fd uintptr) bool

	mu     sync.Mutex
	over   bool // the file is closed
	chairs []chair
	free   []int32 // chairs

	heard []*client // by the last look
	read  reading
}

// chair is where a client sits in a poller. Its number and its turn are what
// epoll tells; a turn that is over is somebody's who has gone.
type chair struct {
	client *client
	turn   int32
}

// reading is one read that does not wait. It is kept, so that none is made for
// each.
type reading struct {
	f   func(fd uintptr) bool
	b   [16 << 10]byte
	n   int
	err error
}

const (
	edges     = syscall.EPOLLIN | syscall.EPOLLRDHUP | 1<<31 // EPOLLET
	readTurns = 4                                            // full buffers of one client, before the others' turn
)

// newPollers starts one poller for each processor. With an error there are
// none, and each client has a goroutine that reads.
func newPollers(run func(func())) []*poller {
	var all []*poller
	for range runtime.GOMAXPROCS(0) {
		p, err := newPoller()
		if err != nil {
			closePollers(all)
			return nil
		}
		all = append(all, p)
	}
	for _, p := range all {
		run(p.run)
	}
	return all
}

// closePollers ends them; their clients have gone.
func closePollers(all []*poller) {
	for _, p := range all {
		p.mu.Lock()
		p.over = true
		_ = p.file.Close()
		p.mu.Unlock()
	}
}

func newPoller() (*poller, error) {
	fd, err := syscall.EpollCreate1(syscall.EPOLL_CLOEXEC)
	if err != nil {
		return nil, os.NewSyscallError("epoll_create1", err)
	}
	if err := syscall.SetNonblock(fd, true); err != nil {
		_ = syscall.Close(fd)
		return nil, os.NewSyscallError("fcntl", err)
	}
	p := &poller{file: os.NewFile(uintptr(fd), "epoll"), fd: fd}
	if p.raw, err = p.file.SyscallConn(); err != nil {
		_ = p.file.Close()
		return nil, err
	}
	p.wait = func(fd uintptr) bool {
		p.n, _ = syscall.EpollWait(int(fd), p.events[:], 0)
		return p.n > 0
	}
	p.read.f = func(fd uintptr) bool {
		r := &p.read
		for {
			r.n, r.err = syscall.Read(int(fd), r.b[:])
			if r.err != syscall.EINTR { //nolint:errorlint // a system call's own
				return true
			}
		}
	}
	return p, nil
}

// take reads for a client from now on.
func (p *poller) take(c *client) error {
	p.mu.Lock()
	if len(p.free) == 0 {
		p.free = append(p.free, int32(len(p.chairs)))
		p.chairs = append(p.chairs, chair{})
	}
	i := p.free[len(p.free)-1]
	p.free = p.free[:len(p.free)-1]
	p.chairs[i].client = c
	c.chair, c.turn = i, p.chairs[i].turn
	c.seated = true
	p.mu.Unlock()
	err := p.control(c, syscall.EPOLL_CTL_ADD, edges)
	if err != nil { // it may have been closed since
		p.drop(c)
	}
	return err
}

// again has a client looked at that is to be read further, though nothing new
// may come: it can be written to, and so epoll tells of it.
func (p *poller) again(c *client) {
	_ = p.control(c, syscall.EPOLL_CTL_MOD, edges|syscall.EPOLLOUT) // an error: it has gone
}

func (p *poller) control(c *client, op int, what uint32) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.over {
		return os.ErrClosed
	}
	var failed error
	err := c.raw.Control(func(fd uintptr) {
		e := syscall.EpollEvent{Events: what, Fd: c.chair, Pad: c.turn}
		failed = syscall.EpollCtl(p.fd, op, int(fd), &e)
	})
	if err != nil {
		return err
	}
	return failed
}

// drop frees a client's chair. Closing its socket takes it out of the epoll.
func (p *poller) drop(c *client) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if !c.seated { // not yet, or no more
		return
	}
	c.seated = false
	s := &p.chairs[c.chair]
	s.client = nil
	s.turn++
	p.free = append(p.free, c.chair)
}

func (p *poller) run() {
	for p.raw.Read(p.wait) == nil { // until the file is closed
		p.mu.Lock()
		for _, e := range p.events[:p.n] {
			if s := p.chairs[e.Fd]; s.client != nil && s.turn == e.Pad {
				p.heard = append(p.heard, s.client)
			}
		}
		p.mu.Unlock()
		for _, c := range p.heard {
			p.listen(c)
		}
		clear(p.heard)
		p.heard = p.heard[:0]
	}
}

// listen reads what has come from a client. Who waits until fewer of its
// commands are unanswered is come back to, by again.
func (p *poller) listen(c *client) {
	if c.paused.Load() || !c.hear(nil) {
		return
	}
	r := &p.read
	for range readTurns {
		if err := c.raw.Read(r.f); err != nil {
			c.lost()
			return
		}
		switch {
		case r.err == syscall.EAGAIN: //nolint:errorlint // a system call's own
			return
		case r.err != nil, r.n == 0:
			c.lost()
			return
		case !c.hear(r.b[:r.n]):
			return
		case r.n < len(r.b):
			return
		}
	}
	p.again(c)
}
