package rehearse

import (
	"fmt"
	"strings"
	"testing"
	"time"

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
	var behind *footlight
	s := &stage{}
	s.alter = func(f *footlight, m *hub.Outgoing) {
		if m.Frame == nil {
			return
		}
		for target, has := range m.Frame.Totals.By {
			if n := s.notes[strings.TrimPrefix(target, "n:")]; has.Dots == 2 && strings.HasPrefix(n.Text, "å") && f.one() {
				behind = f // from the last dot of the script on
			}
		}
		if f == behind {
			*m = hub.Outgoing{Welcome: &hub.Welcome{Protocol: hub.Protocol}}
		}
	}
	r, err := s.hold(t, func(o *Options) { o.settle = 200 * time.Millisecond })
	if err != nil || r.Lost == 0 || r.Duplicated != 0 || r.Good() {
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
