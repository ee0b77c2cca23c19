package rehearse

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/gorilla/websocket"
	"go.uber.org/goleak"

	"openspacewall/hub"
	"openspacewall/hub/wall"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// small is a script of three people, with a note too long for a wall, one
// that is rejected, and a dot that is taken back.
func small(t *testing.T) *Script {
	t.Helper()
	s, err := ReadScript("small", strings.NewReader(`{"t":1000,"type":"note","id":"a","author":"p0","text":"Fler  cykelbanor","status":"accepted"}
{"t":1000,"type":"vote","note":"a","voter":"p0","value":1}
{"t":61000,"type":"vote","note":"a","voter":"p1","value":1}
{"t":62000,"type":"note","id":"b","author":"p1","text":"Strunt","status":"rejected"}
{"t":62000,"type":"vote","note":"b","voter":"p1","value":1}
{"t":121001,"type":"vote","note":"a","voter":"p1","value":0}
{"t":121002,"type":"vote","note":"b","voter":"p2","value":-1}
{"t":121003,"type":"note","id":"c","author":"p2","text":"`+strings.Repeat("å", 600)+`"}
{"t":121004,"type":"vote","note":"c","voter":"p0","value":1}
{"t":121004,"type":"vote","note":"c","voter":"p1","value":1}
`))
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// hold rehearses on a stage, with one phone that only looks on.
func (s *stage) hold(t *testing.T, change func(*Options)) (*Report, error) {
	t.Helper()
	o := Options{Hub: s.open(t), Key: "the-key", Script: small(t), Phones: 4}
	if change != nil {
		change(&o)
	}
	return Run(t.Context(), o)
}

func TestRehearsalOnASmallStage(t *testing.T) {
	s := &stage{}
	r, err := s.hold(t, nil)
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]int{"a": 1, "c": 2}
	if !r.Good() || r.Posted != 10 || r.Acknowledged != 10 || r.Delivered != 10 || r.Joined != 4 || r.Hidden != 1 ||
		r.Shortened != 1 || r.Wall != "482715" || fmt.Sprint(r.totals) != fmt.Sprint(want) {
		t.Errorf("%+v", r)
	}
	if r.WallP50 <= 0 || r.AckP50 <= 0 || r.WallP99 < r.WallP50 || r.AckP99 < r.AckP50 {
		t.Errorf("times %+v", r)
	}
	if len(s.wiped) != 1 || s.wiped[0] != "the-wall" {
		t.Errorf("wiped %v", s.wiped)
	}
	for _, n := range s.notes {
		if n.Kind != "opinion" {
			t.Errorf("%+v", n)
		}
	}
}

func TestKeepLeavesTheWall(t *testing.T) {
	s := &stage{}
	if _, err := s.hold(t, func(o *Options) { o.Keep = true }); err != nil || len(s.wiped) != 0 {
		t.Error(s.wiped, err)
	}
}

// What a hub must not do is told, face by face.
func TestMisbehaviourIsNoticed(t *testing.T) {
	note := func(m *hub.Outgoing, text string) (string, *hub.Frame) {
		if m.Frame != nil {
			for id, n := range m.Frame.Notes {
				if n != nil && strings.HasPrefix(n.Text, text) {
					return id, m.Frame
				}
			}
		}
		return "", nil
	}
	for _, c := range []struct {
		name             string
		alter            func(f *footlight, m *hub.Outgoing)
		lost, duplicated int
	}{
		{name: "a note does not reach one phone", lost: 1, alter: func(f *footlight, m *hub.Outgoing) {
			if id, frame := note(m, "Fler"); id != "" && f.one() {
				delete(frame.Notes, id)
			}
		}},
		{name: "a note reaches the phones with another text", lost: 1, alter: func(f *footlight, m *hub.Outgoing) {
			if id, frame := note(m, "Fler"); id != "" && f.face == hub.Phone {
				frame.Notes[id].Text = "Färre cykelbanor"
			}
		}},
		{name: "a note stands there twice", duplicated: 1, alter: func(f *footlight, m *hub.Outgoing) {
			if id, frame := note(m, "Fler"); id != "" {
				second := *frame.Notes[id]
				second.ID = "the-second"
				frame.Notes["the-second"] = &second
			}
		}},
		{name: "a dot does not reach one phone", lost: 1, alter: func(f *footlight, m *hub.Outgoing) {
			if m.Frame != nil && f.one() {
				for target, has := range m.Frame.Totals.By {
					if has.Dots == 2 {
						m.Frame.Totals.By[target] = wall.Total{Dots: 1, People: 1}
					}
				}
			}
		}},
		{name: "a dot counts twice", duplicated: 1, alter: func(f *footlight, m *hub.Outgoing) {
			if m.Frame != nil {
				for target, has := range m.Frame.Totals.By {
					if has.Dots == 2 {
						m.Frame.Totals.By[target] = wall.Total{Dots: 3, People: 2}
					}
				}
			}
		}},
		{name: "a hidden note stays at one phone", lost: 1, alter: func(f *footlight, m *hub.Outgoing) {
			if m.Frame != nil && f.one() {
				for id, n := range m.Frame.Notes {
					if n == nil {
						delete(m.Frame.Notes, id)
					}
				}
			}
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := &stage{alter: c.alter}
			r, err := s.hold(t, nil)
			if err != nil {
				t.Fatal(err)
			}
			if r.Lost != c.lost || r.Duplicated != c.duplicated || r.Good() || len(r.Findings) == 0 {
				t.Errorf("%+v", r)
			}
			if r.Delivered > r.Acknowledged || (c.lost > 0 && !strings.Contains(c.name, "hidden") && r.Delivered == r.Acknowledged) {
				t.Errorf("delivered %d of %d", r.Delivered, r.Acknowledged)
			}
		})
	}
}

// one says that this is a phone, and always the same.
func (f *footlight) one() bool {
	least := f
	for other := range f.stage.faces {
		if other.face == hub.Phone && (least.face != hub.Phone || other.person < least.person) {
			least = other
		}
	}
	return f == least && f.face == hub.Phone
}

// A phone whose connection breaks after the commit and before the
// acknowledgement sends again, and it happens once.
func TestBrokenConnectionsLoseAndDoubleNothing(t *testing.T) {
	broken := map[string]bool{}
	s := &stage{}
	s.ask = func(f *footlight, c *hub.Command) bool {
		if f.face != hub.Phone || broken[string(c.With)] {
			return true
		}
		broken[string(c.With)] = true
		_ = f.conn.SetWriteDeadline(time.Unix(1, 0)) // nothing more reaches it
		s.do(f, c)
		_ = f.conn.Close()
		return false
	}
	r, err := s.hold(t, nil)
	if err != nil {
		t.Fatal(err)
	}
	if !r.Good() || r.Returns == 0 || r.Acknowledged != 10 {
		t.Errorf("%+v", r)
	}
}

// Refusals that pass are waited for; others are told.
func TestRefusalsThatPassAreSentAgain(t *testing.T) {
	refused := map[uint64]bool{}
	s := &stage{}
	s.ask = func(f *footlight, c *hub.Command) bool {
		if f.face != hub.Phone || refused[c.N] {
			return true
		}
		refused[c.N] = true
		f.tell(&hub.Outgoing{Refused: &hub.Refused{N: c.N, Refusal: wall.Refusal{Code: wall.Rate, After: 1}}})
		return false
	}
	r, err := s.hold(t, nil)
	if err != nil || !r.Good() || len(refused) == 0 {
		t.Errorf("%+v, %v", r, err)
	}
}

func TestRefusalsAreTold(t *testing.T) {
	s := &stage{}
	s.ask = func(f *footlight, c *hub.Command) bool {
		if c.Do == "post" && strings.Contains(string(c.With), "Strunt") {
			f.tell(&hub.Outgoing{Refused: &hub.Refused{N: c.N, Refusal: wall.Refusal{Code: wall.Full}}})
			return false
		}
		return true
	}
	r, err := s.hold(t, nil)
	if err != nil || r.Good() || r.Lost != 0 || r.Duplicated != 0 || r.Refused[wall.Full] != 1 || r.Posted != 8 || r.Acknowledged != 7 {
		t.Errorf("%+v, %v", r, err)
	}
}

// A phone that does not come to the end is compared as it is.
func TestPhonesThatStayBehindLose(t *testing.T) {
	s := &stage{alter: func(f *footlight, m *hub.Outgoing) {
		if m.Frame != nil && m.Frame.To > 8 && f.one() {
			*m = hub.Outgoing{Welcome: &hub.Welcome{Protocol: hub.Protocol}}
		}
	}}
	r, err := s.hold(t, func(o *Options) { o.Phones, o.settle = 6, 200*time.Millisecond })
	if err != nil || r.Lost == 0 || r.Good() {
		t.Errorf("%+v, %v", r, err)
	}
}

// A frame that comes after one that was missed is not taken: hello is said again.
func TestGapsAreMended(t *testing.T) {
	dropped := 0
	s := &stage{alter: func(f *footlight, m *hub.Outgoing) {
		if m.Frame != nil && f.face == hub.Phone && dropped < 3 && m.Frame.To > 6 {
			dropped++
			*m = hub.Outgoing{Welcome: &hub.Welcome{Protocol: hub.Protocol}}
		}
	}}
	r, err := s.hold(t, nil)
	if err != nil || !r.Good() || dropped != 3 {
		t.Errorf("%+v, %v", r, err)
	}
}

// Notes that somebody touches at the desk are counted, not compared.
func TestNotesTouchedByHandAreNotCompared(t *testing.T) {
	s := &stage{}
	s.ask = func(f *footlight, c *hub.Command) bool {
		if c.Do == "phase" && strings.Contains(string(c.With), "results") {
			for id, n := range s.notes {
				if strings.HasPrefix(n.Text, "Fler") {
					touched := *n
					touched.Trail = []wall.Step{{By: "elsa", Name: "Elsa", Did: wall.NoteMoved}}
					touched.Theme = "elsewhere"
					s.notes[id] = &touched
					s.revision++
					for face := range s.faces {
						face.tell(&hub.Outgoing{Frame: &hub.Frame{From: s.revision - 1, To: s.revision,
							Values: hub.Values{Notes: map[string]*wall.NoteView{id: &touched}}}})
					}
				}
			}
		}
		return true
	}
	r, err := s.hold(t, nil)
	if err != nil || !r.Good() || r.ByHand != 1 {
		t.Errorf("%+v, %v", r, err)
	}
}

func TestRehearsalsThatCannotBeHeld(t *testing.T) {
	closing := func(code int) func(*footlight, *hub.Command) bool {
		return func(f *footlight, c *hub.Command) bool {
			if f.face == hub.Phone {
				_ = f.conn.WriteMessage(websocket.CloseMessage, websocket.FormatCloseMessage(code, ""))
			}
			return f.face != hub.Phone
		}
	}
	for _, c := range []struct {
		name   string
		stage  *stage
		change func(*Options)
		want   string
	}{
		{"wrong key", &stage{}, func(o *Options) { o.Key = "another" }, "does not know this key"},
		{"too few phones", &stage{}, func(o *Options) { o.Phones = 2 }, "they need 3 phones or more, not 2"},
		{"not marked", &stage{plain: true}, nil, "did not mark the wall as a rehearsal"},
		{"not a hub", &stage{knock: func(w http.ResponseWriter, _ *http.Request) bool {
			w.WriteHeader(http.StatusNotFound)
			return false
		}}, nil, "is not a wall's hub"},
		{"another answer", &stage{knock: func(w http.ResponseWriter, _ *http.Request) bool {
			_, _ = w.Write([]byte("Welcome!"))
			return false
		}}, nil, "is not a wall's hub"},
		{"failing hub", &stage{knock: func(w http.ResponseWriter, _ *http.Request) bool {
			w.WriteHeader(http.StatusServiceUnavailable)
			_, _ = w.Write([]byte(`{"code":"unavailable"}`))
			return false
		}}, nil, `status 503, "unavailable"`},
		{"plain HTTP from elsewhere", &stage{knock: func(w http.ResponseWriter, _ *http.Request) bool {
			w.WriteHeader(http.StatusForbidden)
			_, _ = w.Write([]byte(`{"code":"insecure"}`))
			return false
		}}, nil, "over HTTPS, or on the hub's own machine"},
		{"no cookie", &stage{knock: func(w http.ResponseWriter, r *http.Request) bool { return r.URL.Path != "/482715" }}, nil, "gave no cookie"},
		{"page gone", &stage{knock: func(w http.ResponseWriter, r *http.Request) bool {
			if r.URL.Path == "/482715" {
				w.WriteHeader(http.StatusNotFound)
			}
			return r.URL.Path != "/482715"
		}}, nil, "there is no wall 482715"},
		{"socket refused", &stage{knock: func(w http.ResponseWriter, r *http.Request) bool {
			if r.URL.Path == "/482715/socket" {
				w.WriteHeader(http.StatusForbidden)
			}
			return r.URL.Path != "/482715/socket"
		}}, nil, "turned it away with status 403"},
		{"not allowed", &stage{ask: closing(notAllowed)}, nil, "no longer lets it in (4001)"},
		{"no such wall", &stage{ask: closing(noSuchWall)}, nil, "no such wall any more (4004)"},
		{"old page", &stage{ask: closing(oldPage)}, nil, "newer protocol"},
		{"other protocol", &stage{alter: func(_ *footlight, m *hub.Outgoing) {
			if m.Welcome != nil {
				m.Welcome.Protocol = 2
			}
		}}, nil, "speaks protocol 2"},
		{"silence", &stage{ask: func(f *footlight, _ *hub.Command) bool { return f.face != hub.Phone }},
			func(o *Options) { o.stall = 100 * time.Millisecond }, "nothing was heard"},
		{"a hub that only is full", &stage{knock: func(w http.ResponseWriter, r *http.Request) bool {
			if r.URL.Path == "/482715" {
				w.WriteHeader(http.StatusServiceUnavailable)
			}
			return r.URL.Path != "/482715"
		}}, func(o *Options) { o.stall = 200 * time.Millisecond }, "0 of 4 phones got in: nothing was heard from the hub for 200ms (0 unanswered): is it still there?\nThe last connection that failed: the hub is full for the moment (status 503)"},
		{"settings refused", &stage{ask: func(f *footlight, c *hub.Command) bool {
			f.tell(&hub.Outgoing{Refused: &hub.Refused{N: c.N, Refusal: wall.Refusal{Code: wall.Forbidden}}})
			return false
		}}, nil, "could not be prepared: refused (forbidden)"},
	} {
		t.Run(c.name, func(t *testing.T) {
			r, err := c.stage.hold(t, c.change)
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("%+v, %v; want %q", r, err, c.want)
			}
			if c.stage.made != len(c.stage.wiped) {
				t.Errorf("%d made, %d wiped", c.stage.made, len(c.stage.wiped))
			}
		})
	}
}

// A hub that is full for the moment is come back to.
func TestPhonesComeAgainWhenTheHubIsFull(t *testing.T) {
	full := make(chan struct{}, 3)
	s := &stage{knock: func(w http.ResponseWriter, r *http.Request) bool {
		if r.URL.Path != "/482715" {
			return true
		}
		select {
		case full <- struct{}{}:
			w.WriteHeader(http.StatusTooManyRequests)
			return false
		default:
			return true
		}
	}}
	if r, err := s.hold(t, nil); err != nil || !r.Good() {
		t.Errorf("%+v, %v", r, err)
	}
}

// An interrupted rehearsal wipes its wall, too.
func TestInterruptedRehearsalsWipe(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	s := &stage{}
	s.ask = func(f *footlight, c *hub.Command) bool {
		if c.Do == "vote" {
			cancel()
		}
		return true
	}
	o := Options{Hub: s.open(t), Key: "the-key", Script: small(t), Phones: 3, Speed: 0.001}
	r, err := Run(ctx, o)
	if err == nil || !strings.Contains(err.Error(), "interrupted") || r == nil || r.Good() || r.Lost != 0 || len(s.wiped) != 1 {
		t.Errorf("%+v, %v, wiped %v", r, err, s.wiped)
	}
}

func TestReportHasTheFieldsThatArePromised(t *testing.T) {
	raw, err := json.Marshal(&Report{})
	if err != nil {
		t.Fatal(err)
	}
	var has map[string]any
	if err := json.Unmarshal(raw, &has); err != nil {
		t.Fatal(err)
	}
	for _, name := range strings.Fields("wall phones joined posted acknowledged delivered lost duplicated ack_p50_ms ack_p99_ms wall_p50_ms wall_p99_ms") {
		if _, is := has[name]; !is {
			t.Errorf("%s is missing", name)
		}
	}
}

func TestPercentilesAreNearestRanks(t *testing.T) {
	var of []time.Duration
	for ms := range 200 {
		of = append(of, time.Duration(200-ms)*time.Millisecond)
	}
	if p50, p99 := percentiles(of); p50 != 100 || p99 != 198 {
		t.Errorf("%g %g", p50, p99)
	}
	if p50, p99 := percentiles(of[:1]); p50 != 1 || p99 != 1 {
		t.Errorf("%g %g", p50, p99)
	}
	if p50, p99 := percentiles(nil); p50 != 0 || p99 != 0 {
		t.Errorf("%g %g", p50, p99)
	}
}

func TestTextsAreCutToWhatAWallTakes(t *testing.T) {
	for _, c := range []struct {
		text, kept string
		cut        bool
	}{
		{"  two  spaces ", "two spaces", false},
		{strings.Repeat("å", wall.LengthMax), strings.Repeat("å", wall.LengthMax), false},
		{strings.Repeat("å", wall.LengthMax+1), strings.Repeat("å", wall.LengthMax), true},
		{strings.Repeat("👩‍👩‍👧‍👦", 300), strings.Repeat("👩‍👩‍👧‍👦", wall.LengthMax*wall.BytesPer/len("👩‍👩‍👧‍👦")), true},
	} {
		send, kept, cut := fit(c.text)
		if kept != c.kept || cut != c.cut || (!cut && send != c.text) {
			t.Errorf("%.30q: %.30q (%d bytes), %v", c.text, kept, len(kept), cut)
		}
	}
	if title := fitTitle(strings.Repeat("å", 200)); wall.Graphemes(title) != wall.TitleMax || !strings.HasPrefix(title, "Rehearsal: å") {
		t.Errorf("title %q", title)
	}
}

// single is a script of one note and one dot.
func single(t *testing.T) *Script {
	t.Helper()
	s, err := ReadScript("single", strings.NewReader(`{"t":0,"type":"note","id":"a","author":"p0","text":"Fler cykelbanor"}
{"t":1,"type":"vote","note":"a","voter":"p0","value":1}
`))
	if err != nil {
		t.Fatal(err)
	}
	return s
}
