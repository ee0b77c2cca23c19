package web

import (
	fifo "container/list"
	"net"
	"net/http"
	"sync"
)

// lobby holds the connections that ask for nothing: of whom no whole request has
// come yet, and those that browsers keep for the next one. When there are more
// than most it hangs up on who has been there longest: whoever means to ask does
// so within a moment, and a browser finds a new connection. Who has a socket, or
// is being answered, is not in it.
type lobby struct {
	most  int
	mu    sync.Mutex
	shut  bool
	order fifo.List // of net.Conn, the longest there first
	at    map[net.Conn]*fifo.Element
}

func newLobby(most int) *lobby { return &lobby{most: most, at: map[net.Conn]*fifo.Element{}} }

// enter notes that a connection asks for nothing; false when the lobby is shut.
// One that is there keeps its place.
func (l *lobby) enter(c net.Conn) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.shut {
		return false
	}
	if l.at[c] != nil {
		return true
	}
	l.at[c] = l.order.PushBack(c)
	if l.order.Len() > l.most {
		l.remove(l.order.Front()).Close() //nolint:errcheck // it was asked for nothing
	}
	return true
}

// leave notes that a connection asks for something, or is closed.
func (l *lobby) leave(c net.Conn) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if e := l.at[c]; e != nil {
		l.remove(e)
	}
}

func (l *lobby) remove(e *fifo.Element) net.Conn {
	c := l.order.Remove(e).(net.Conn)
	delete(l.at, c)
	return c
}

// close hangs up on all, and takes in nobody any more.
func (l *lobby) close() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.shut = true
	for l.order.Len() > 0 {
		l.remove(l.order.Front()).Close() //nolint:errcheck // as above
	}
}

// follow has net/http say what becomes of a connection.
func (l *lobby) follow(c net.Conn, now http.ConnState) {
	switch now {
	case http.StateNew, http.StateIdle:
		l.enter(c)
	case http.StateActive, http.StateHijacked, http.StateClosed:
		l.leave(c)
	}
}
