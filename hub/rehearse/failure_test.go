package rehearse

import (
	"context"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/gorilla/websocket"

	"openspacewall/hub"
	"openspacewall/hub/wall"
)

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
		{"missing wall", &stage{ask: closing(wallMissing)}, nil, "has lost the wall (3004)"},
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
		}}, func(o *Options) { o.stall = 500 * time.Millisecond }, "0 of 4 phones got in: nothing was heard from the hub for 500ms (0 unanswered): is it still there?\nThe last connection that failed: the hub is full for the moment (status 503)"},
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
