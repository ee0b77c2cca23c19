package crowd

import (
	"context"
	"errors"
	"net"
	"net/netip"
	"os"
	"runtime"
	"sync"
	"syscall"
	"time"
)

// newLines gives the best there is: epoll, unless it is TLS.
func newLines(c *Crowd) (lines, error) {
	if c.TLS != nil || c.Plain {
		return &each{c}, nil
	}
	return newPolled(c)
}

// polled brings phones in on bare sockets, which few goroutines read: an idle
// phone costs a descriptor and its own few hundred bytes.
type polled struct {
	crowd   *Crowd
	to      netip.AddrPort
	pollers []*poller
	next    int // the poller that gets the next phone

	mu      sync.Mutex
	sources int // loopback addresses in use beyond the first
}

func newPolled(c *Crowd) (*polled, error) {
	to, err := resolve(c.ctx, c.Address)
	if err != nil {
		return nil, err
	}
	b := &polled{crowd: c, to: to}
	for range max(1, runtime.GOMAXPROCS(0)/2) {
		p := &poller{crowd: c, lines: map[int]*polledLine{}, slow: map[*polledLine]time.Time{}}
		if p.epoll, err = syscall.EpollCreate1(syscall.EPOLL_CLOEXEC); err != nil {
			b.close()
			return nil, os.NewSyscallError("epoll_create1", err)
		}
		r, _, no := syscall.RawSyscall(syscall.SYS_EVENTFD2, 0, syscall.O_NONBLOCK|syscall.O_CLOEXEC, 0)
		if no != 0 {
			_ = syscall.Close(p.epoll)
			b.close()
			return nil, os.NewSyscallError("eventfd2", no)
		}
		p.wake = int(r)
		_ = syscall.EpollCtl(p.epoll, syscall.EPOLL_CTL_ADD, p.wake, &syscall.EpollEvent{Events: syscall.EPOLLIN, Fd: int32(p.wake)})
		b.pollers = append(b.pollers, p)
		c.running.Go(p.run)
	}
	return b, nil
}

func resolve(ctx context.Context, address string) (netip.AddrPort, error) {
	host, port, err := net.SplitHostPort(address)
	if err != nil {
		return netip.AddrPort{}, err
	}
	number, err := net.DefaultResolver.LookupPort(ctx, "tcp", port)
	if err != nil {
		return netip.AddrPort{}, err
	}
	all, err := net.DefaultResolver.LookupNetIP(ctx, "ip", host)
	if err != nil {
		return netip.AddrPort{}, err
	}
	best := all[0].Unmap()
	for _, a := range all {
		if a.Unmap().Is4() { // a hub on this machine listens there for sure
			best = a.Unmap()
			break
		}
	}
	return netip.AddrPortFrom(best, uint16(number)), nil
}

func (b *polled) dial(p *Phone) {
	poller := b.pollers[b.next%len(b.pollers)]
	b.next++
	for {
		fd, err := b.connect(p.index < b.crowd.Narrow)
		if err == nil {
			poller.add(&polledLine{poller: poller, phone: p, fd: fd})
			return
		}
		if !b.another(err) {
			p.lost(nil, err)
			return
		}
	}
}

// connect begins to connect. The end of it is an event.
func (b *polled) connect(narrowly bool) (int, error) {
	family, to := syscall.AF_INET, sockaddr(b.to)
	if b.to.Addr().Is6() {
		family = syscall.AF_INET6
	}
	fd, err := syscall.Socket(family, syscall.SOCK_STREAM|syscall.SOCK_NONBLOCK|syscall.SOCK_CLOEXEC, 0)
	if err != nil {
		return -1, os.NewSyscallError("socket", err)
	}
	_ = syscall.SetsockoptInt(fd, syscall.IPPROTO_TCP, syscall.TCP_NODELAY, 1)
	window := wideWindow
	if narrowly {
		window = narrowWindow
		_ = syscall.SetsockoptInt(fd, syscall.IPPROTO_TCP, syscall.TCP_MAXSEG, narrowSegment)
	}
	_ = syscall.SetsockoptInt(fd, syscall.SOL_SOCKET, syscall.SO_RCVBUF, window)
	if source := b.source(); source.IsValid() {
		const bindAddressNoPort = 24 // IP_BIND_ADDRESS_NO_PORT: the port is drawn when both ends are known
		_ = syscall.SetsockoptInt(fd, syscall.IPPROTO_IP, bindAddressNoPort, 1)
		if err := syscall.Bind(fd, sockaddr(netip.AddrPortFrom(source, 0))); err != nil {
			_ = syscall.Close(fd)
			return -1, os.NewSyscallError("bind", err)
		}
	}
	if err := syscall.Connect(fd, to); err != nil && !errors.Is(err, syscall.EINPROGRESS) {
		_ = syscall.Close(fd)
		return -1, os.NewSyscallError("connect", err)
	}
	return fd, nil
}

// source is the loopback address to come from when the first has no ports left.
func (b *polled) source() netip.Addr {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.sources == 0 {
		return netip.Addr{}
	}
	return netip.AddrFrom4([4]byte{127, 0, 1, byte(b.sources)})
}

// another goes on to another source address, if the ports of one have run out
// and there is another.
func (b *polled) another(err error) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	if !errors.Is(err, syscall.EADDRNOTAVAIL) || !b.to.Addr().Is4() || !b.to.Addr().IsLoopback() || b.sources == 254 {
		return false
	}
	b.sources++
	return true
}

func sockaddr(a netip.AddrPort) syscall.Sockaddr {
	if a.Addr().Is4() {
		return &syscall.SockaddrInet4{Port: int(a.Port()), Addr: a.Addr().As4()}
	}
	return &syscall.SockaddrInet6{Port: int(a.Port()), Addr: a.Addr().As16()}
}

// close ends the pollers; their goroutines are the crowd's to wait for.
func (b *polled) close() {
	for _, p := range b.pollers {
		p.mu.Lock()
		p.over = true
		p.mu.Unlock()
		p.nudge()
	}
}
