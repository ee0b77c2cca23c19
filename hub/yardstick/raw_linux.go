package yardstick

import (
	"bytes"
	"crypto/sha1" //nolint:gosec // as RFC 6455 has it
	"encoding/base64"
	"encoding/binary"
	"errors"
	"fmt"
	"net"
	"os"
	"syscall"
)

// raw is the limit of what can be had from a socket: one goroutine, one epoll,
// no buffers but those of clients that are behind. What came in during a pass
// goes out in the next, as one frame for all, by one bare write for each.
type raw struct {
	listener int
	epoll    int
	clients  map[int]*bare
	order    []*bare
	buffer   []byte
	fresh    [][]byte // notes that came since the last pass
	notes    [][]byte // those before
	snapshot []byte   // a frame of them; nil: not made since the last pass
}

// bare is one client: a descriptor, and what it has not taken yet.
type bare struct {
	fd      int
	inside  bool
	rest    []byte // of what came and is not whole
	pending []byte
	armed   bool // its epoll waits until it takes more
}

// Raw serves the raw limit until the listener is closed.
func Raw(l net.Listener) error {
	t, ok := l.(*net.TCPListener)
	if !ok {
		return fmt.Errorf("yardstick: %T is no TCP listener", l)
	}
	f, err := t.File()
	if err != nil {
		return err
	}
	defer f.Close() //nolint:errcheck // only a copy
	h := &raw{listener: int(f.Fd()), clients: map[int]*bare{}, buffer: make([]byte, 256<<10)}
	if h.epoll, err = syscall.EpollCreate1(syscall.EPOLL_CLOEXEC); err != nil {
		return os.NewSyscallError("epoll_create1", err)
	}
	defer func() {
		for _, c := range h.order {
			h.drop(c)
		}
		_ = syscall.Close(h.epoll)
	}()
	if err := syscall.SetNonblock(h.listener, true); err != nil {
		return err
	}
	h.watch(syscall.EPOLL_CTL_ADD, h.listener, syscall.EPOLLIN)
	return h.run()
}

func (h *raw) watch(op, fd int, events uint32) {
	_ = syscall.EpollCtl(h.epoll, op, fd, &syscall.EpollEvent{Events: events, Fd: int32(fd)})
}

func (h *raw) run() error {
	var events [512]syscall.EpollEvent
	for {
		n, err := syscall.EpollWait(h.epoll, events[:], -1)
		if err != nil && !errors.Is(err, syscall.EINTR) {
			return os.NewSyscallError("epoll_wait", err)
		}
		for _, e := range events[:max(n, 0)] {
			if int(e.Fd) == h.listener {
				if err := h.accept(); err != nil {
					return err
				}
				continue
			}
			c := h.clients[int(e.Fd)]
			if c == nil {
				continue
			}
			if e.Events&syscall.EPOLLOUT != 0 {
				h.write(c, nil)
			}
			if e.Events&^syscall.EPOLLOUT != 0 && !h.read(c) {
				h.drop(c)
			}
		}
		h.pass()
	}
}

// errStopped ends the hub: its listener has been shut down.
var errStopped = errors.New("yardstick: stopped")

func (h *raw) accept() error {
	for range 64 {
		fd, _, err := syscall.Accept4(h.listener, syscall.SOCK_NONBLOCK|syscall.SOCK_CLOEXEC)
		if err != nil {
			if errors.Is(err, syscall.EINVAL) {
				return errStopped
			}
			return nil
		}
		_ = syscall.SetsockoptInt(fd, syscall.IPPROTO_TCP, syscall.TCP_NODELAY, 1)
		c := &bare{fd: fd}
		h.clients[fd] = c
		h.order = append(h.order, c)
		h.watch(syscall.EPOLL_CTL_ADD, fd, syscall.EPOLLIN)
	}
	return nil
}

func (h *raw) drop(c *bare) {
	if c.fd < 0 {
		return
	}
	delete(h.clients, c.fd)
	_ = syscall.Close(c.fd)
	c.fd, c.pending = -1, nil
}

// read takes what has come; false: the client has gone.
func (h *raw) read(c *bare) bool {
	n, err := syscall.Read(c.fd, h.buffer)
	if errors.Is(err, syscall.EAGAIN) || errors.Is(err, syscall.EINTR) {
		return true
	}
	if err != nil || n == 0 {
		return false
	}
	b := h.buffer[:n]
	if len(c.rest) > 0 {
		b = append(c.rest, b...)
		c.rest = nil
	}
	if !c.inside {
		end := bytes.Index(b, []byte("\r\n\r\n"))
		if end < 0 {
			c.rest = append([]byte{}, b...)
			return len(b) < readMost
		}
		if !h.upgrade(c, b[:end]) {
			return false
		}
		b = b[end+4:]
	}
	for {
		size, ok := h.frame(b)
		if !ok {
			return false
		}
		if size == 0 {
			break
		}
		b = b[size:]
	}
	if len(b) > 0 {
		c.rest = append([]byte{}, b...)
	}
	return true
}

// upgrade answers a handshake, and with it sends what there is.
func (h *raw) upgrade(c *bare, head []byte) bool {
	const name = "\r\nsec-websocket-key:"
	at := bytes.Index(bytes.ToLower(head), []byte(name))
	if at < 0 {
		return false
	}
	key, _, _ := bytes.Cut(head[at+len(name):], []byte("\r\n"))
	sum := sha1.Sum([]byte(string(bytes.TrimSpace(key)) + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11")) //nolint:gosec // as above
	c.inside = true
	if h.snapshot == nil {
		h.snapshot = text(append(append([]byte{'['}, bytes.Join(h.notes, []byte{','})...), ']'))
	}
	h.write(c, []byte("HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: "+
		base64.StdEncoding.EncodeToString(sum[:])+"\r\n\r\n"))
	h.write(c, h.snapshot)
	return c.fd >= 0
}

// frame takes one frame of a client: a note, or one that says goodbye (not ok).
// size is 0 when it is not whole.
func (h *raw) frame(b []byte) (size int, ok bool) {
	if len(b) < 6 {
		return 0, true
	}
	op, n, head := b[0]&0x0f, int(b[1]&0x7f), 2
	if n == 126 {
		n, head = int(binary.BigEndian.Uint16(b[2:])), 4
	}
	if n == 127 || n > readMost || b[1]&0x80 == 0 {
		return 0, false
	}
	if len(b) < head+4+n {
		return 0, true
	}
	mask, payload := b[head:head+4], append([]byte{}, b[head+4:head+4+n]...)
	for i := range payload {
		payload[i] ^= mask[i%4]
	}
	switch op {
	case 1:
		h.fresh = append(h.fresh, payload)
	case 8:
		return 0, false
	}
	return head + 4 + n, true
}

// text makes a frame for clients.
func text(payload []byte) []byte {
	b := []byte{0x81}
	switch n := len(payload); {
	case n < 126:
		b = append(b, byte(n))
	case n < 1<<16:
		b = append(b, 126, byte(n>>8), byte(n))
	default:
		b = binary.BigEndian.AppendUint64(append(b, 127), uint64(n))
	}
	return append(b, payload...)
}

// pass sends what came in to everyone.
func (h *raw) pass() {
	if len(h.fresh) == 0 {
		return
	}
	f := text(bytes.Join(h.fresh, []byte{'\n'}))
	h.notes, h.snapshot = append(h.notes, h.fresh...), nil
	h.fresh = h.fresh[:0]
	all := h.order[:0]
	for _, c := range h.order {
		if c.fd >= 0 {
			all = append(all, c)
		}
	}
	clear(h.order[len(all):])
	h.order = all
	for _, c := range all {
		if c.inside {
			h.write(c, f)
		}
	}
}

// write writes after what is pending, and keeps what is not taken.
func (h *raw) write(c *bare, b []byte) {
	if c.fd < 0 {
		return
	}
	if len(c.pending) > 0 {
		c.pending = append(c.pending, b...)
		b = c.pending
	}
	n := 0
	if len(b) > 0 {
		var err error
		if n, err = syscall.Write(c.fd, b); err != nil {
			if !errors.Is(err, syscall.EAGAIN) {
				return // its end is an event
			}
			n = 0
		}
	}
	c.pending = append(c.pending[:0:0], b[n:]...)
	if left := len(c.pending) > 0; left != c.armed {
		c.armed = left
		events := uint32(syscall.EPOLLIN)
		if left {
			events |= syscall.EPOLLOUT
		}
		h.watch(syscall.EPOLL_CTL_MOD, c.fd, events)
	}
}
