package web

import (
	"bytes"
	"context"
	"crypto/rand"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"openspacewall/hub"
	"openspacewall/hub/carry"
	"openspacewall/hub/store"
	"openspacewall/hub/store/memstore"
	"openspacewall/hub/wall"
)

// Who was on the wall before it moved, by what they carry.
type before struct {
	phone, screen, owner, moderator []*http.Cookie
	author                          string
	link                            string // the projector's secret
	invited                         string // a link that nobody has opened yet
}

// conference has people of every kind on a wall, and a note.
func conference(t *testing.T) (*stand, before) {
	t.Helper()
	s := stood(t)
	b := before{phone: s.attendee(), link: s.screenSecretNow(), owner: s.asOwner()}
	b.screen = s.enters(s.wall.Code, b.link, call{})
	_, b.moderator = s.invited(b.owner, "Amina")
	w := s.wants(http.StatusCreated, call{method: http.MethodPost, path: "/" + s.wall.Code + "/people", body: `{"name":"Bo"}`, cookies: b.owner})
	b.invited = secretOf(says[struct{ Link string }](t, w).Link)
	b.author = s.whoIs(call{cookies: b.phone}).actor(hub.Phone, s.wall.Wall).ID
	err := s.Hub.Do(t.Context(), s.wall.Wall, wall.Request{By: wall.Actor{Role: wall.Participant, ID: b.author}, At: s.now(),
		Command: wall.Post{ID: uuid.NewString(), Theme: "work", Kind: "opinion", Text: "Mitt"}})
	if err != nil {
		t.Fatal(err)
	}
	return s, b
}

func (s *stand) whoIs(c call) caller {
	s.t.Helper()
	who, err := s.whoAsks(c.request())
	if err != nil {
		s.t.Fatal(err)
	}
	return who
}

// sent is the hub's answer to a local command that asks for a file.
func (s *stand) sent(query string) []byte {
	s.t.Helper()
	w := s.wants(http.StatusOK, call{path: carryPath + query, header: map[string]string{"Authorization": "Bearer " + testKey}})
	if got := w.Header().Get("Content-Type"); got != "application/jsonl" {
		s.t.Errorf("it is %s", got)
	}
	return w.Body.Bytes()
}

func checked(t *testing.T, text []byte) carry.File {
	t.Helper()
	f, err := carry.Check(t.Context(), bytes.NewReader(text), nil)
	if err != nil {
		t.Fatal(err)
	}
	return f
}

// settled is a hub that is started on a store where a file's walls have come.
func settled(t *testing.T, text []byte, from *stand) *stand {
	t.Helper()
	kept := memstore.New()
	_, err := carry.Import(t.Context(), kept, bytes.NewReader(text), carry.Options{SHA256: checked(t, text).SHA256, Random: rand.Reader})
	if err != nil {
		t.Fatal(err)
	}
	return opened(t, kept, from)
}

func opened(t *testing.T, kept store.Store, from *stand) *stand {
	t.Helper()
	h := hub.New(hub.Config{Store: kept, Now: from.clock.now, Random: rand.Reader, Build: "b"})
	s, err := New(t.Context(), Config{Hub: h, Files: built, Now: from.clock.now, PublicURL: "http://wall.lan:8080", DeskURL: "http://localhost:8080", Key: testKey})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		s.Close()
		if err := h.Close(context.Background()); err != nil {
			t.Error(err)
		}
		if err := kept.Close(); err != nil {
			t.Error(err)
		}
	})
	return &stand{Server: s, t: t, clock: from.clock, wall: from.wall}
}

// With the key everybody is who they were.
func TestPeopleMoveWithTheKey(t *testing.T) {
	s, b := conference(t)
	text := s.sent("?keys=true")
	for _, secret := range []string{b.owner[0].Value, b.moderator[0].Value, b.link, b.invited} {
		if bytes.Contains(text, []byte(secret)) {
			t.Errorf("the file has a secret that the store has not: %s", secret)
		}
	}
	s.clock.pass(time.Hour)
	n := settled(t, text, s)
	id := s.wall.Wall
	if got := n.whoIs(call{cookies: b.phone}).actor(hub.Phone, id).ID; got != b.author {
		t.Errorf("the phone is %s, and was %s", got, b.author)
	}
	notes, err := n.Hub.Snapshot(t.Context(), id, wall.Desk)
	if err != nil || len(notes.Notes) != 1 {
		t.Fatalf("%d notes, %v", len(notes.Notes), err)
	}
	if !n.whoIs(call{cookies: b.screen}).may(watch, id) {
		t.Error("the display is not known any more")
	}
	n.enters(s.wall.Code, b.link, call{})
	if !n.whoIs(call{cookies: b.owner}).may(own, id) || !n.whoIs(call{cookies: b.moderator}).may(moderate, id) {
		t.Error("the desk's logins are not good any more")
	}
	n.enters(s.wall.Code, b.invited, call{})
	if link, err := n.FirstOwner(t.Context()); err != nil || link != "" {
		t.Errorf("a first owner although there is one: %q %v", link, err)
	}
}

// Without it the wall is there, and everybody is told what they are: a phone
// that it is not known (it comes again as a new one), a link that it is not good.
func TestPeopleStayBehindWithoutTheKey(t *testing.T) {
	s, b := conference(t)
	text := s.sent("")
	if f := checked(t, text); f.Keys || bytes.Contains(text, []byte("Amina")) {
		t.Error("the file has people in it")
	}
	n := settled(t, text, s)
	id, code := s.wall.Wall, s.wall.Code
	who := n.whoIs(call{cookies: append(append(append([]*http.Cookie{}, b.phone...), b.screen...), b.owner...)})
	if who.device != nil || who.screens != nil || who.people != nil {
		t.Errorf("somebody is known: %+v", who)
	}
	for _, secret := range []string{b.link, b.invited} {
		w := n.wants(http.StatusUnauthorized, call{method: http.MethodPost, path: "/" + code + "/enter", body: `{"secret":"` + secret + `"}`})
		if codeOf(t, w) != "unknown" {
			t.Errorf("%s", w.Body)
		}
	}
	// Its page makes the phone a new one; the note stays, and is not its own.
	w := n.wants(http.StatusOK, call{path: "/" + code, cookies: b.phone})
	fresh := w.Result().Cookies()
	if got := n.whoIs(call{cookies: fresh}).actor(hub.Phone, id).ID; got == b.author || got == "" {
		t.Errorf("the phone is %q, and was %q", got, b.author)
	}
	notes, err := n.Hub.Snapshot(t.Context(), id, wall.Hall)
	if err != nil || len(notes.Notes) != 1 {
		t.Errorf("%d notes, %v", len(notes.Notes), err)
	}
	if link, err := n.FirstOwner(t.Context()); err != nil || link == "" {
		t.Errorf("no link for an owner: %v", err)
	}
}

// A file comes to a hub that runs, over the limit of other requests, and its wall
// is served from then on.
func TestAFileComesToARunningHub(t *testing.T) {
	from, b := conference(t)
	for i := range 200 {
		err := from.Hub.Do(t.Context(), from.wall.Wall, wall.Request{By: wall.Actor{Role: wall.Participant, ID: strings.Repeat("p", i+1)}, At: from.now(),
			Command: wall.Post{ID: uuid.NewString(), Theme: "work", Kind: "opinion", Text: strings.Repeat("ord ", 60)}})
		if err != nil {
			t.Fatal(err)
		}
	}
	text := from.sent("?wall=" + from.wall.Code)
	sum := checked(t, text).SHA256
	if len(text) < 20*BodyMost {
		t.Fatalf("only %d bytes", len(text))
	}
	to := stood(t)
	key := map[string]string{"Authorization": "Bearer " + testKey}
	send := func(text []byte, header map[string]string, cookies []*http.Cookie) call {
		return call{method: http.MethodPost, path: carryPath + "?sha256=" + sum, body: string(text), header: header, cookies: cookies}
	}
	for who, c := range map[string]call{
		"nobody": send(text, nil, nil), "an owner": send(text, nil, to.asOwner()), "a guesser": send(text, map[string]string{"Authorization": "Bearer x"}, nil),
	} {
		if w := to.do(c); w.Code != http.StatusUnauthorized && w.Code != http.StatusForbidden {
			t.Errorf("%s: %d %s", who, w.Code, w.Body)
		}
	}
	if w := to.wants(http.StatusBadRequest, send(text[:len(text)-9], key, nil)); !contains(w, "cut short") {
		t.Errorf("%s", w.Body)
	}
	to.wants(http.StatusNotFound, call{path: "/api/wall/" + from.wall.Code})
	got := says[carry.Result](t, to.wants(http.StatusOK, send(text, key, nil)))
	if len(got.Walls) != 1 || got.Walls[0].Code != from.wall.Code || got.Walls[0].Here {
		t.Errorf("%+v", got)
	}
	to.wants(http.StatusOK, call{path: "/" + from.wall.Code, cookies: b.phone})
	if got := says[carry.Result](t, to.wants(http.StatusOK, send(text, key, nil))); !got.Walls[0].Here {
		t.Errorf("again: %+v", got)
	}
	if w := to.wants(http.StatusConflict, send(from.sent("?keys=true"), key, nil)); !contains(w, "a key of its own") {
		t.Errorf("%s", w.Body)
	}
	if w := to.wants(http.StatusNotFound, call{path: carryPath + "?wall=000000", header: key}); !contains(w, "000000") {
		t.Errorf("%s", w.Body)
	}
}
