package yardstick

import (
	"encoding/json"
	"net"
	"net/http"
	"sync"
	"time"

	"github.com/gorilla/websocket"
)

// The textbook's figures, as textbooks have them.
const (
	queueMost   = 256
	readMost    = 8 << 10
	pongWithin  = 60 * time.Second
	pingPeriod  = 54 * time.Second
	writeWithin = 10 * time.Second
)

// textbook is the hub that one writes first: one goroutine knows the clients,
// each client has a goroutine that reads and one that writes, with a channel
// between it and the hub. Whoever's channel is full is closed.
type textbook struct {
	clients   map[*reader]bool
	come      chan *reader
	go_       chan *reader
	broadcast chan []byte
	done      chan struct{}
	notes     []json.RawMessage // ever
}

// reader is one client of the textbook hub.
type reader struct {
	hub  *textbook
	conn *websocket.Conn
	send chan []byte
}

// Textbook serves the textbook hub until the listener is closed.
func Textbook(l net.Listener) error {
	h := &textbook{
		clients: map[*reader]bool{}, come: make(chan *reader), go_: make(chan *reader),
		broadcast: make(chan []byte), done: make(chan struct{}),
	}
	var running sync.WaitGroup
	running.Go(h.run)
	server := &http.Server{ReadHeaderTimeout: writeWithin, Handler: http.HandlerFunc(h.serve)}
	err := server.Serve(l)
	close(h.done)
	running.Wait()
	return err
}

func (h *textbook) run() {
	for {
		select {
		case c := <-h.come:
			h.clients[c] = true
			if all, err := json.Marshal(append([]json.RawMessage{}, h.notes...)); err == nil {
				c.send <- all // the first: there is room
			}
		case c := <-h.go_:
			if h.clients[c] {
				delete(h.clients, c)
				close(c.send)
			}
		case m := <-h.broadcast:
			h.notes = append(h.notes, m)
			for c := range h.clients {
				select {
				case c.send <- m:
				default:
					delete(h.clients, c)
					close(c.send)
				}
			}
		case <-h.done:
			for c := range h.clients {
				close(c.send)
			}
			return
		}
	}
}

var upgrader = websocket.Upgrader{
	ReadBufferSize: 1024, WriteBufferSize: 1024, CheckOrigin: func(*http.Request) bool { return true },
}

func (h *textbook) serve(w http.ResponseWriter, r *http.Request) {
	conn, err := upgrader.Upgrade(w, r, nil)
	if err != nil {
		return
	}
	c := &reader{hub: h, conn: conn, send: make(chan []byte, queueMost)}
	select {
	case h.come <- c:
	case <-h.done:
		_ = conn.Close()
		return
	}
	go c.write()
	go c.read()
}

func (c *reader) read() {
	defer func() {
		select {
		case c.hub.go_ <- c:
		case <-c.hub.done:
		}
		_ = c.conn.Close()
	}()
	c.conn.SetReadLimit(readMost)
	_ = c.conn.SetReadDeadline(time.Now().Add(pongWithin))
	c.conn.SetPongHandler(func(string) error { return c.conn.SetReadDeadline(time.Now().Add(pongWithin)) })
	for {
		_, m, err := c.conn.ReadMessage()
		if err != nil {
			return
		}
		select {
		case c.hub.broadcast <- m:
		case <-c.hub.done:
			return
		}
	}
}

func (c *reader) write() {
	ping := time.NewTicker(pingPeriod)
	defer func() {
		ping.Stop()
		_ = c.conn.Close()
	}()
	for {
		select {
		case m, open := <-c.send:
			_ = c.conn.SetWriteDeadline(time.Now().Add(writeWithin))
			if !open {
				_ = c.conn.WriteMessage(websocket.CloseMessage, nil)
				return
			}
			if c.join(m) != nil {
				return
			}
		case <-ping.C:
			_ = c.conn.SetWriteDeadline(time.Now().Add(writeWithin))
			if c.conn.WriteMessage(websocket.PingMessage, nil) != nil {
				return
			}
		}
	}
}

// join writes a message, and in the same frame what else is queued.
func (c *reader) join(m []byte) error {
	w, err := c.conn.NextWriter(websocket.TextMessage)
	if err != nil {
		return err
	}
	if _, err := w.Write(m); err != nil {
		return err
	}
	for range len(c.send) {
		if m[0] == '[' {
			break // a snapshot goes alone
		}
		if _, err := w.Write([]byte{'\n'}); err != nil {
			return err
		}
		next, open := <-c.send
		if !open {
			break
		}
		if _, err := w.Write(next); err != nil {
			return err
		}
	}
	return w.Close()
}
