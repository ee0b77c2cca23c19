package web

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"runtime"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/gorilla/websocket"

	"openspacewall/hub"
	"openspacewall/hub/wall"
)

func TestFacesGetTheirSockets(t *testing.T) {
	s, on := live(t)
	socket := "/" + s.wall.Code + "/socket?face="
	owner, phone := s.asOwner(), s.attendee()
	_, moderator := s.invited(owner, "Amina")
	screen := s.enters(s.wall.Code, s.screenSecretNow(), call{})
	connected(t, on, socket+"phone", phone)
	connected(t, on, socket+"projector", nil) // on this machine
	connected(t, on, socket+"projector&display=2", screen)
	connected(t, on, socket+"projector&display=%0aX", moderator)
	connected(t, on, socket+"desk", owner)
	connected(t, on, socket+"desk", moderator)

	boden := s.another()
	there := "/" + boden.Code + "/socket?face="
	for name, c := range map[string]struct {
		path    string
		cookies []*http.Cookie
		want    int
	}{
		"a phone without a cookie":       {socket + "phone", nil, hub.CloseDismissed},
		"a phone with a desk's cookie":   {socket + "phone", owner, hub.CloseDismissed},
		"a desk without a cookie":        {socket + "desk", nil, hub.CloseDismissed},
		"a desk with a phone's cookie":   {socket + "desk", phone, hub.CloseDismissed},
		"a desk with a screen's cookie":  {socket + "desk", screen, hub.CloseDismissed},
		"another wall's moderator":       {there + "desk", moderator, hub.CloseDismissed},
		"no such wall":                   {"/999999/socket?face=phone", phone, hub.CloseNoWall},
		"no such wall, and no code":      {"/x/socket?face=phone", phone, hub.CloseNoWall},
		"a damaged login":                {socket + "desk", []*http.Cookie{{Name: cookieLogin, Value: "x"}}, hub.CloseDismissed},
		"a phone's cookie with one more": {socket + "phone", []*http.Cookie{{Name: cookieDevice, Value: phone[0].Value + "A"}}, hub.CloseDismissed},
	} {
		if got := turned(t, on, c.path, c.cookies); got != c.want {
			t.Errorf("%s: %d, want %d", name, got, c.want)
		}
	}
}

func TestHandshakesThatAreNone(t *testing.T) {
	s, on := live(t)
	phone := s.attendee()
	path := "/" + s.wall.Code + "/socket"
	for name, c := range map[string]struct {
		path string
		with func(http.Header)
		want int
	}{
		"no face":       {path, func(http.Header) {}, 400},
		"an odd face":   {path + "?face=owner", func(http.Header) {}, 400},
		"no origin":     {path + "?face=phone", func(h http.Header) { h.Del("Origin") }, 403},
		"two origins":   {path + "?face=phone", func(h http.Header) { h.Add("Origin", h.Get("Origin")) }, 403},
		"another's":     {path + "?face=phone", func(h http.Header) { h.Set("Origin", "http://evil.example") }, 403},
		"this one's":    {path + "?face=phone", func(http.Header) {}, 101},
		"the public's":  {path + "?face=phone", func(h http.Header) { h.Set("Origin", "http://wall.lan:8080") }, 101},
		"another port":  {path + "?face=phone", func(h http.Header) { h.Set("Origin", "http://127.0.0.1:1") }, 403},
		"unknown wall":  {"/123456/socket?face=phone", func(h http.Header) { h.Del("Origin") }, 403},
		"nowhere yet":   {path + "?face=phone&epoch=&revision=0", func(http.Header) {}, 101},
		"half a place":  {path + "?face=phone&revision=0", func(http.Header) {}, 400},
		"two places":    {path + "?face=phone&epoch=&epoch=x&revision=0", func(http.Header) {}, 400},
		"no number":     {path + "?face=phone&epoch=&revision=-1", func(http.Header) {}, 400},
		"not as we do":  {path + "?face=phone&epoch=&revision=07", func(http.Header) {}, 400},
		"too large":     {path + "?face=phone&epoch=&revision=9007199254740992", func(http.Header) {}, 400},
		"a long epoch":  {path + "?face=phone&epoch=" + strings.Repeat("x", 65) + "&revision=0", func(http.Header) {}, 400},
		"no escape":     {path + "?face=phone&epoch=%zz&revision=0", func(http.Header) {}, 400},
		"no text":       {path + "?face=phone&epoch=%ff&revision=0", func(http.Header) {}, 400},
		"over TLS only": {path + "?face=phone", func(h http.Header) { h.Set("Origin", "https"+on.URL[4:]) }, 403},
	} {
		_, answer, err := dial(t, on, c.path, phone, c.with)
		if answer == nil || answer.StatusCode != c.want {
			t.Errorf("%s: %v %v, want %d", name, answer, err, c.want)
		} else if c.want != 101 && (answer.Header.Get("Cache-Control") != "no-store" || answer.Header.Get("Date") == "") {
			t.Errorf("%s: %v", name, answer.Header)
		}
	}
	answer, err := http.Get(on.URL + path + "?face=phone")
	if err != nil {
		t.Fatal(err)
	}
	answer.Body.Close()
	if answer.StatusCode != http.StatusBadRequest {
		t.Errorf("no upgrade: %d", answer.StatusCode)
	}
}

func TestAnOldPageIsToldToLoadAgain(t *testing.T) {
	s, on := live(t)
	phone := s.attendee()
	for _, offer := range [][]string{nil, {"wall.0"}} {
		d := websocket.Dialer{Subprotocols: offer}
		conn, _, err := d.DialContext(t.Context(), "ws"+on.URL[4:]+"/"+s.wall.Code+"/socket?face=phone",
			http.Header{"Origin": {on.URL}, "Cookie": {phone[0].String()}})
		if err != nil {
			t.Fatal(err)
		}
		if got := closedWith(t, conn); got != hub.CloseOldPage {
			t.Errorf("offering %v: %d", offer, got)
		}
		conn.Close()
	}
	s.until(0)
}

// until waits until so many sockets are counted: the hub hangs up by itself.
func (s *stand) until(n int) {
	s.t.Helper()
	for end := time.Now().Add(10 * time.Second); s.sockets.count() > n; runtime.Gosched() {
		if time.Now().After(end) {
			s.t.Fatalf("%d sockets are still counted", s.sockets.count())
		}
	}
}

func (k *sockets) count() int {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.all
}

// A revoked moderator's socket ends within a second, and another's does not.
func TestARevokedModeratorsSocketCloses(t *testing.T) {
	s, on := live(t)
	owner := s.asOwner()
	id, cookies := s.invited(owner, "Amina")
	_, others := s.invited(owner, "Bo")
	socket := "/" + s.wall.Code + "/socket?face=desk"
	first, second := connected(t, on, socket, cookies), connected(t, on, socket, cookies)
	other := connected(t, on, socket, others)
	began := time.Now()
	s.wants(http.StatusNoContent, call{method: http.MethodDelete, path: "/" + s.wall.Code + "/people/" + id, cookies: owner})
	for _, conn := range []*websocket.Conn{first, second} {
		if got := closedWith(t, conn); got != hub.CloseDismissed {
			t.Errorf("closed with %d", got)
		}
	}
	if took := time.Since(began); took > time.Second {
		t.Errorf("it took %v", took)
	}
	if got := turned(t, on, socket, cookies); got != hub.CloseDismissed {
		t.Errorf("coming back: %d", got)
	}
	if err := other.WriteMessage(websocket.TextMessage, []byte(`{"hello":{"epoch":"","revision":0}}`)); err != nil {
		t.Error(err)
	}
	if _, _, err := other.ReadMessage(); err != nil {
		t.Errorf("the other's: %v", err)
	}
}

func TestRevokedScreensAreTurnedAway(t *testing.T) {
	s := stood(t)
	owner := s.asOwner()
	screen := s.enters(s.wall.Code, s.screenSecretNow(), call{})
	hall := call{path: "/" + s.wall.Code + "/projector", from: "192.168.1.7", host: "wall.lan:8080", cookies: screen}
	if w := s.do(hall); contains(w, "location.hash") {
		t.Fatal("the screen was not let in")
	}
	s.wants(http.StatusNoContent, call{method: http.MethodDelete, path: "/" + s.wall.Code + "/projector-link", cookies: owner})
	if w := s.do(hall); !contains(w, "location.hash") {
		t.Error("the screen is still let in")
	}
	// The new link is another one, and works.
	w := s.wants(http.StatusOK, call{method: http.MethodPost, path: "/" + s.wall.Code + "/projector-link", cookies: owner})
	hall.cookies = s.enters(s.wall.Code, secretOf(says[struct{ Link string }](t, w).Link), call{})
	if w := s.do(hall); contains(w, "location.hash") {
		t.Error("the new link does not let in")
	}
}

// Whoever may not show a wall is told where the link is, in their language,
// and a screen that has the link in its address is let in by that page.
func TestTheKeyholeSaysWhereTheLinkIs(t *testing.T) {
	s := stood(t)
	for lang, word := range map[string]string{"sv": "projektorlänk", "en": "projector link", "fi,sv;q=0.5": "projektorlänk", "fi": "projector link"} {
		w := s.wants(http.StatusOK, call{path: "/" + s.wall.Code + "/projector", from: "192.168.1.7", host: "wall.lan:8080", header: map[string]string{"Accept-Language": lang}})
		if !contains(w, word) || !contains(w, "location.hash") {
			t.Errorf("%s: %s", lang, w.Body)
		}
	}
	for name, c := range map[string]call{
		"on this machine": {},
		"the desk":        {cookies: s.asOwner()},
		"the screen":      {from: "192.168.1.7", host: "wall.lan:8080", cookies: s.enters(s.wall.Code, s.screenSecretNow(), call{from: "192.168.1.7", host: "wall.lan:8080"})},
	} {
		c.path = "/" + s.wall.Code + "/projector"
		if w := s.wants(http.StatusOK, c); contains(w, "location.hash") {
			t.Errorf("%s: the keyhole", name)
		}
	}
}

func TestSocketsPerPerson(t *testing.T) {
	s, on := live(t)
	phone := s.attendee()
	path := "/" + s.wall.Code + "/socket?face=phone"
	var last *websocket.Conn
	for range SocketsEach {
		last = connected(t, on, path, phone)
	}
	if got := turned(t, on, path, phone); got != hub.CloseTooMuch {
		t.Errorf("one more: %d", got)
	}
	connected(t, on, path, s.attendee()) // somebody else
	// One that has gone makes room: by the time the hub has hung up.
	last.Close()
	s.until(SocketsEach)
	connected(t, on, path, phone)
}

func TestSocketsOfAHubAndOfScreens(t *testing.T) {
	k := sockets{held: map[string]int{}}
	var frees []func()
	for i := range SocketsMost {
		free, full, tooMany := k.take(fmt.Sprint(i), SocketsEach, nil)
		if full || tooMany {
			t.Fatalf("the %dth: %v %v", i, full, tooMany)
		}
		frees = append(frees, free)
	}
	if _, full, _ := k.take("one more", SocketsEach, nil); !full {
		t.Error("one more was let in")
	}
	frees[0]()
	frees[0]() // closing twice is closing once
	if _, full, _ := k.take("one more", SocketsEach, nil); full {
		t.Error("the free place is not")
	}
	for _, free := range frees[1:] {
		free()
	}
	if k.all != 1 || len(k.held) != 1 {
		t.Errorf("%d and %d are left", k.all, len(k.held))
	}
	for i := range SocketsScreen + 1 {
		if _, _, tooMany := k.take("screens", SocketsScreen, nil); tooMany != (i == SocketsScreen) {
			t.Errorf("the %dth screen: %v", i, tooMany)
		}
	}
}

// A few handshakes are made at a time. Whoever comes then waits for a place,
// and when too many wait, is told to come later.
func TestHandshakesAreAdmittedAFewAtATime(t *testing.T) {
	s := stood(t)
	knock := func() *httptest.ResponseRecorder {
		return s.do(call{path: "/" + s.wall.Code + "/socket?face=phone"})
	}
	for range HandshakesAtOnce {
		if !s.doorway.enter(t.Context()) {
			t.Fatal("no place is free")
		}
	}
	waited := make(chan int)
	go func() { waited <- knock().Code }()
	for end := time.Now().Add(10 * time.Second); s.doorway.waiting.Load() == 0; runtime.Gosched() {
		if time.Now().After(end) {
			t.Fatal("nobody waits")
		}
	}
	s.doorway.leave()
	if code := <-waited; code != http.StatusBadRequest { // let through, and not an upgrade
		t.Errorf("who waited: %d", code)
	}
	if !s.doorway.enter(t.Context()) {
		t.Fatal("who waited has not given its place back")
	}
	s.doorway.waiting.Store(HandshakesWaiting)
	if w := knock(); w.Code != http.StatusServiceUnavailable || w.Result().Header.Get("Retry-After") != "1" {
		t.Errorf("one more: %d, Retry-After %q", w.Code, w.Result().Header.Get("Retry-After"))
	}
	if n := s.doorway.waiting.Load(); n != HandshakesWaiting {
		t.Errorf("%d wait", n)
	}
}

// Nobody waits for ever, nor after having gone.
func TestWaitingAtTheDoorwayEnds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := newDoorway()
		for range HandshakesAtOnce {
			d.enter(t.Context())
		}
		began := time.Now()
		if d.enter(t.Context()) || time.Since(began) != handshakeWait {
			t.Errorf("after %v", time.Since(began))
		}
		gone, cancel := context.WithCancel(t.Context())
		cancel()
		if d.enter(gone) || d.waiting.Load() != 0 {
			t.Error("who has gone waits")
		}
	})
}

// The identity is the connection's: whose dots and notes these are is told to
// that person alone.
func TestTheActorIsTheCookies(t *testing.T) {
	s := stood(t)
	phone := s.attendee()
	c, err := s.whoAsks(call{path: "/", cookies: phone}.request())
	if err != nil {
		t.Fatal(err)
	}
	if a := c.actor(hub.Phone, s.wall.Wall); a.Role != wall.Participant || len(a.ID) != 32 || a.Name != "" {
		t.Errorf("a phone: %+v", a)
	}
	c, err = s.whoAsks(call{path: "/", cookies: s.asOwner()}.request())
	if err != nil {
		t.Fatal(err)
	}
	if a := c.actor(hub.Desk, s.wall.Wall); a.Role != wall.Owner || a.ID == "" || a.Name != "Ägare" {
		t.Errorf("a desk: %+v", a)
	}
	if a := c.actor(hub.Projector, s.wall.Wall); a.Role != wall.Projector {
		t.Errorf("a projector: %+v", a)
	}
}
