package rehearse

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/gorilla/websocket"

	"openspacewall/hub"
	"openspacewall/hub/wall"
)

// stage is as little of a hub as a rehearsal needs, and one that can be told
// to misbehave: what a real hub must not do is what bots have to notice.
type stage struct {
	plain bool // the wall is not marked as a rehearsal
	// ask sees each command before it is done; false: it has been dealt with.
	ask func(f *footlight, c *hub.Command) bool
	// alter changes what goes to one face.
	alter func(f *footlight, m *hub.Outgoing)
	// knock sees each request first; false: it has been dealt with.
	knock func(w http.ResponseWriter, r *http.Request) bool

	mu       sync.Mutex
	revision uint64
	settings map[string]json.RawMessage
	notes    map[string]*wall.NoteView
	votes    map[[2]string]int // by person and target
	counts   map[[2]string]uint64
	faces    map[*footlight]bool
	came     int
	wiped    []string
	made     int
	commands int
}

// footlight is one connection.
type footlight struct {
	stage  *stage
	conn   *websocket.Conn
	face   hub.Face
	person string
}

const stageEpoch = "5f1d3a7c9b204e68"

// open starts the stage; it ends with the test.
func (s *stage) open(t *testing.T) *url.URL {
	t.Helper()
	s.settings = map[string]json.RawMessage{
		"themes":    json.RawMessage(`[{"id":"health"},{"id":"work"},{"id":"language"},{"id":"education"},{"id":"housing"}]`),
		"rehearsal": json.RawMessage(`true`),
	}
	if s.plain {
		s.settings["rehearsal"] = json.RawMessage(`false`)
	}
	s.notes, s.faces = map[string]*wall.NoteView{}, map[*footlight]bool{}
	s.votes, s.counts = map[[2]string]int{}, map[[2]string]uint64{}
	server := httptest.NewServer(s)
	t.Cleanup(func() {
		server.CloseClientConnections()
		server.Close()
	})
	at, err := url.Parse(server.URL)
	if err != nil {
		t.Fatal(err)
	}
	return at
}

func (s *stage) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if s.knock != nil && !s.knock(w, r) {
		return
	}
	s.mu.Lock()
	s.came++
	person := "person" + string(rune('0'+s.came%10)) + time.Duration(s.came).String()
	s.mu.Unlock()
	switch {
	case r.URL.Path == "/api/rehearsals" && r.Header.Get("Authorization") != "Bearer the-key":
		w.WriteHeader(http.StatusUnauthorized)
	case r.URL.Path == "/api/rehearsals":
		s.mu.Lock()
		s.made++
		s.mu.Unlock()
		w.WriteHeader(http.StatusCreated)
		_, _ = w.Write([]byte(`{"wall":"the-wall","code":"482715","projector":"/482715/projector#p","desk":"/482715/desk#d","moderator":"/482715/desk#m"}`))
	case r.Method == http.MethodDelete:
		s.mu.Lock()
		s.wiped = append(s.wiped, strings.TrimPrefix(r.URL.Path, "/api/rehearsals/"))
		s.mu.Unlock()
		w.WriteHeader(http.StatusNoContent)
	case r.URL.Path == "/482715/enter":
		if r.Header.Get("Origin") != "http://"+r.Host {
			w.WriteHeader(http.StatusForbidden)
			return
		}
		http.SetCookie(w, &http.Cookie{Name: "wall_m", Value: "moderator"})
		w.WriteHeader(http.StatusNoContent)
	case r.URL.Path == "/482715":
		http.SetCookie(w, &http.Cookie{Name: "wall_p", Value: person})
	case r.URL.Path == "/482715/socket":
		s.socket(w, r)
	default:
		w.WriteHeader(http.StatusNotFound)
	}
}

func (s *stage) socket(w http.ResponseWriter, r *http.Request) {
	f := &footlight{stage: s, face: hub.Face(r.URL.Query().Get("face"))}
	for _, name := range []string{"wall_p", "wall_m"} {
		if c, err := r.Cookie(name); err == nil {
			f.person = c.Value
		}
	}
	up := websocket.Upgrader{Subprotocols: []string{hub.Subprotocol}} // checks the Origin by itself
	conn, err := up.Upgrade(w, r, nil)
	if err != nil {
		return
	}
	f.conn = conn
	defer func() {
		s.mu.Lock()
		delete(s.faces, f)
		s.mu.Unlock()
		_ = conn.Close()
	}()
	placed := r.URL.Query().Has("revision") // which stands for the first hello
	for {
		var m hub.Incoming
		if placed {
			m.Hello, placed = &wall.Position{}, false
		} else if conn.ReadJSON(&m) != nil {
			return
		}
		s.mu.Lock()
		switch {
		case m.Hello != nil:
			f.tell(&hub.Outgoing{Welcome: &hub.Welcome{Protocol: hub.Protocol, Face: f.face}})
			if f.face == hub.Desk {
				f.tell(&hub.Outgoing{Me: &wall.Me{ID: "moderator"}})
			}
			f.whole()
			s.faces[f] = true
		case m.Command != nil:
			s.commands++
			if s.ask == nil || s.ask(f, m.Command) {
				s.do(f, m.Command)
			}
		}
		s.mu.Unlock()
	}
}

// tell writes to one face; the stage is locked.
func (f *footlight) tell(m *hub.Outgoing) {
	if f.stage.alter != nil {
		// What is altered for one is not for the others.
		raw, _ := json.Marshal(m)
		m = &hub.Outgoing{}
		_ = json.Unmarshal(raw, m)
		f.stage.alter(f, m)
	}
	_ = f.conn.WriteJSON(m)
}

func (f *footlight) whole() {
	s := f.stage
	f.tell(&hub.Outgoing{Snapshot: &hub.Snapshot{
		Position: wall.Position{Epoch: stageEpoch, Revision: s.revision}, Part: 1, Of: 1,
		Values: hub.Values{Settings: s.settings, Notes: s.seen(f.face), Totals: hub.Totals{By: s.totals()}},
	}})
}

func (s *stage) seen(face hub.Face) map[string]*wall.NoteView {
	seen := map[string]*wall.NoteView{}
	for id, n := range s.notes {
		if face == hub.Desk || n.State == wall.Shown {
			seen[id] = n
		}
	}
	return seen
}

func (s *stage) totals() map[string]wall.Total {
	by := map[string]wall.Total{}
	for id, n := range s.notes {
		if n.State == wall.Shown {
			by["n:"+id] = wall.Total{}
		}
	}
	for vote, dots := range s.votes {
		if has, shown := by[vote[1]]; shown {
			by[vote[1]] = wall.Total{Dots: has.Dots + dots, People: has.People + dots}
		}
	}
	return by
}

// do does a command and tells everyone; the stage is locked.
func (s *stage) do(f *footlight, c *hub.Command) {
	command, err := wall.DecodeCommand(c.Do, c.With)
	if err != nil {
		f.tell(&hub.Outgoing{Refused: &hub.Refused{N: c.N, Refusal: wall.Refusal{Code: wall.Invalid, Text: err.Error()}}})
		return
	}
	before := s.revision
	var changed hub.Values
	switch c := command.(type) {
	case wall.Post:
		if s.notes[c.ID] == nil {
			s.revision++
			s.notes[c.ID] = &wall.NoteView{ID: c.ID, Theme: c.Theme, Kind: c.Kind, Text: wall.Normalise(c.Text), State: wall.Shown}
			changed.Notes = map[string]*wall.NoteView{c.ID: s.notes[c.ID]}
			changed.Totals.By = map[string]wall.Total{"n:" + c.ID: {}}
		}
	case wall.CastVote:
		vote := [2]string{f.person, c.Target}
		if c.Count > s.counts[vote] {
			s.counts[vote] = c.Count
			s.revision++
			s.votes[vote] = c.Dots
			changed.Totals.By = map[string]wall.Total{c.Target: s.totals()[c.Target]}
		}
	case wall.Hide:
		s.revision++
		changed.Notes = map[string]*wall.NoteView{}
		for _, id := range c.Notes {
			hidden := *s.notes[id]
			hidden.State = wall.Hidden
			s.notes[id] = &hidden
			changed.Notes[id] = &hidden
		}
	case wall.Set:
		s.revision++
		s.settings[c.Setting] = c.Value
		changed.Settings = map[string]json.RawMessage{c.Setting: c.Value}
	case wall.SetPhase:
		s.revision++
		changed.Settings = map[string]json.RawMessage{"phase": json.RawMessage(`"` + c.Phase + `"`)}
	}
	f.tell(&hub.Outgoing{Ack: &hub.Ack{N: c.N, Revision: s.revision}})
	if s.revision == before {
		return
	}
	for face := range s.faces {
		frame := &hub.Frame{From: before, To: s.revision, Values: changed}
		if face.face != hub.Desk && changed.Notes != nil {
			frame.Notes = map[string]*wall.NoteView{}
			for id, n := range changed.Notes {
				frame.Notes[id] = n
				if n.State != wall.Shown {
					frame.Notes[id] = nil
				}
			}
		}
		face.tell(&hub.Outgoing{Frame: frame})
	}
}
