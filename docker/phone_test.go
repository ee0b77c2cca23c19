package docker

import (
	"crypto/tls"
	"net/http"
	"net/http/cookiejar"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/gorilla/websocket"
)

// phone is an attendee's, which comes back when it is cut off.
type phone struct {
	house *house
	jar   http.CookieJar
	seen  chan string        // texts of notes, as they come
	back  chan time.Duration // how long it was away, each time
	stop  chan struct{}
	mu    sync.Mutex
	conn  *websocket.Conn
	ended chan struct{}
}

func (h *house) phone() *phone {
	h.t.Helper()
	jar, _ := cookiejar.New(nil)
	answer, err := h.client(jar).Get(h.base + "/" + h.code)
	if err != nil {
		h.t.Fatal(err)
	}
	answer.Body.Close()
	if answer.StatusCode != http.StatusOK || len(answer.Cookies()) == 0 {
		h.t.Fatalf("the phone's page: %s %v", answer.Status, answer.Cookies())
	}
	p := &phone{house: h, jar: jar, seen: make(chan string, 100), back: make(chan time.Duration, 10), stop: make(chan struct{}), ended: make(chan struct{})}
	if err := p.join(); err != nil {
		h.t.Fatal(err)
	}
	go p.live()
	h.t.Cleanup(func() {
		close(p.stop)
		p.mu.Lock()
		p.conn.Close()
		p.mu.Unlock()
		<-p.ended
	})
	return p
}

// join opens the socket and reads until the wall is whole.
func (p *phone) join() error {
	d := websocket.Dialer{Jar: p.jar, Subprotocols: []string{"wall.1"}, TLSClientConfig: &tls.Config{RootCAs: p.house.trusted}, HandshakeTimeout: 10 * time.Second}
	conn, _, err := d.Dial("wss"+strings.TrimPrefix(p.house.base, "https")+"/"+p.house.code+"/socket?face=phone", http.Header{"Origin": {p.house.base}})
	if err != nil {
		return err
	}
	if err := conn.WriteMessage(websocket.TextMessage, []byte(`{"hello":{"epoch":"","revision":0}}`)); err != nil {
		conn.Close()
		return err
	}
	for {
		var m struct {
			Snapshot *struct{ Part, Of int }
		}
		if err := conn.ReadJSON(&m); err != nil {
			conn.Close()
			return err
		}
		if m.Snapshot != nil && m.Snapshot.Part == m.Snapshot.Of {
			break
		}
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.conn = conn
	return nil
}

// live reads until stop, and comes back as often as it is cut off.
func (p *phone) live() {
	defer close(p.ended)
	for {
		var m struct {
			Frame *struct {
				Notes map[string]*struct{ Text string }
			}
		}
		if p.conn.ReadJSON(&m) == nil {
			if m.Frame != nil {
				for _, n := range m.Frame.Notes {
					if n != nil {
						p.seen <- n.Text
					}
				}
			}
			continue
		}
		p.conn.Close()
		for lost := time.Now(); ; {
			select {
			case <-p.stop:
				return
			default:
			}
			if p.join() == nil {
				p.back <- time.Since(lost)
				break
			}
		}
	}
}

func (p *phone) post(text string) error {
	command := map[string]any{"command": map[string]any{"n": 1, "do": "post", "with": map[string]any{"id": uuid.NewString(), "theme": "work", "kind": "opinion", "text": text}}}
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.conn.WriteJSON(command)
}

// waitBack waits for the next phone that is back, and says how long it was away.
func waitBack(t *testing.T, phones []*phone) time.Duration {
	t.Helper()
	var away time.Duration
	until(t, "a phone is back", func() bool {
		for _, p := range phones {
			select {
			case away = <-p.back:
				return true
			default:
			}
		}
		return false
	})
	return away
}
