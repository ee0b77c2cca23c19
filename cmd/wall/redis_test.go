package main

import (
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/cookiejar"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/gorilla/websocket"

	"openspacewall/hub/store/redisstore/redistest"
)

// Two hubs that start together on an empty Redis are one installation: one
// wall, with the same links, and either's link for the owner opens the desk of
// both, once.
func TestTwoHubsOnOneRedis(t *testing.T) {
	s := redistest.Start(t)
	folders := []string{t.TempDir(), t.TempDir()}
	hubs := make([]*running, 2)
	var both sync.WaitGroup
	for i := range hubs {
		both.Go(func() { hubs[i] = start(t, folders[i], "--redis", s.URL()) })
	}
	both.Wait()
	if t.Failed() {
		return
	}
	a, b := hubs[0], hubs[1]
	if a.code != b.code {
		t.Fatalf("two walls: %s and %s", a.code, b.code)
	}
	link := regexp.MustCompile(`projector#(\S+)`)
	if one, other := link.FindString(a.stderr.String()), link.FindString(b.stderr.String()); one != other {
		t.Errorf("%s and %s", one, other)
	}
	first := a.stderr.find(t, `(http://localhost:\d+/\d{6}/desk#\S+)`)
	second := b.stderr.find(t, `(http://localhost:\d+/\d{6}/desk#\S+)`)
	enter(t, b.address, b.code, secretOf(first))
	answer, err := http.Post(a.address+"/"+a.code+"/enter", "application/json", strings.NewReader(`{"secret":"`+secretOf(second)+`"}`))
	if err != nil {
		t.Fatal(err)
	}
	answer.Body.Close()
	http.DefaultClient.CloseIdleConnections()
	if answer.StatusCode != http.StatusUnauthorized {
		t.Errorf("the other hub's link is still good: %s", answer.Status)
	}
	for i, folder := range folders {
		names, err := filepath.Glob(filepath.Join(folder, "*"))
		if err != nil || len(names) != 2 || filepath.Base(names[0]) != addressFile || filepath.Base(names[1]) != keyFile {
			t.Errorf("hub %d keeps %v %v", i, names, err)
		}
	}
	// Another one in the same folder would answer for the first.
	if code, _, said := called(t, "--redis", s.URL(), "--data", folders[0], "--listen", "127.0.0.1:0"); code != 1 || !strings.Contains(said, "give each hub its own") {
		t.Errorf("%d %s", code, said)
	}

	// A wall that one makes is found by the other.
	code, out, said := called(t, "create", "Boden", "--data", folders[0])
	if code != 0 {
		t.Fatalf("%d %s", code, said)
	}
	if status, text := get(t, b.address+"/api/wall/"+out[:6]); status != 200 || !strings.Contains(text, "Boden") {
		t.Errorf("%d %s", status, text)
	}
	// So is one that is made without any hub on this machine.
	code, out, said = called(t, "create", "Sundsvall", "--data", filepath.Join(t.TempDir(), "new"), "--redis", s.URL())
	if code != 0 || len(out) != 7 {
		t.Fatalf("%d %q %s", code, out, said)
	}
	if status, text := get(t, a.address+"/api/wall/"+out[:6]); status != 200 || !strings.Contains(text, "Sundsvall") {
		t.Errorf("%d %s", status, text)
	}
	a.end()
	if status, _ := get(t, b.address+"/readyz"); status != http.StatusOK {
		t.Errorf("the other hub is not ready: %d", status)
	}
	b.end()
}

// A Redis that cuts a hub off while it starts, at whichever of the requests that may
// write, which is done or is not, is asked again: the hub comes up, with one wall.
func TestCutOffAtTheStart(t *testing.T) {
	s := redistest.Start(t)
	p := redistest.StartProxy(t, s)
	for _, fault := range []redistest.Fault{{Before: true}, {Cut: true}} {
		for k, reached := int64(1), true; reached; k++ {
			s.Do("flushall")
			var asked atomic.Int64
			p.On(func(request []string) redistest.Fault {
				if writes := strings.HasPrefix(request[0], "EVAL") || request[0] == "BGREWRITEAOF"; writes && asked.Add(1) == k {
					return fault
				}
				return redistest.Fault{}
			})
			r := start(t, t.TempDir(), "--redis", p.URL())
			reached = asked.Load() >= k
			if n := s.Do("hlen", "wall:walls"); n != int64(1) {
				t.Errorf("%+v at request %d: %v walls", fault, k, n)
			}
			if code := r.end(); code != 0 {
				t.Errorf("%+v at request %d: the hub ended with %d\n%s", fault, k, code, r.stderr)
			}
		}
	}
}

// A wall that a newer hub has written keeps an older one from nothing but that wall.
func TestAStartBesideAWallOfANewerHub(t *testing.T) {
	s := redistest.Start(t)
	data := t.TempDir()
	r := start(t, data, "--redis", s.URL())
	old := r.code
	code, out, said := called(t, "create", "Boden", "--data", data)
	if code != 0 {
		t.Fatalf("%d %s", code, said)
	}
	r.end()
	var kept struct{ Wall string }
	sealed, _ := s.Do("hget", "wall:codes", old).(string)
	if err := json.NewDecoder(strings.NewReader(sealed)).Decode(&kept); err != nil {
		t.Fatalf("%s: %v", sealed, err)
	}
	s.Do("hset", "wall:{"+kept.Wall+"}:meta", "schema", "99")
	r = start(t, data, "--redis", s.URL())
	if boden := out[:6]; r.code != boden {
		t.Errorf("found is %s, not %s", r.code, boden)
	}
	r.stderr.find(t, "code "+old+": this wall cannot be read")
	r.stderr.find(t, "written by a newer version")
	if code := r.end(); code != 0 {
		t.Errorf("it ended with %d", code)
	}
}

// An owner's link can be had with the address of Redis alone.
func TestOwnerLinkFromRedis(t *testing.T) {
	s := redistest.Start(t)
	r := start(t, t.TempDir(), "--redis", s.URL())
	empty := t.TempDir()
	if code, _, said := called(t, "owner-link", "--data", empty, "--redis", s.URL()); code != 1 || !strings.Contains(said, "--public-url") {
		t.Errorf("%d %s", code, said)
	}
	code, out, said := called(t, "owner-link", "--data", empty, "--redis", s.URL(), "--public-url", "https://wall.example.org")
	if code != 0 || !strings.HasPrefix(out, "https://wall.example.org/"+r.code+"/desk#") {
		t.Fatalf("%d %s %s", code, out, said)
	}
	enter(t, r.address, r.code, secretOf(strings.TrimSpace(out)))
	r.end()
}

// Whatever the flags and files are called, a password is never said; one that
// stands in the command line is warned about.
func TestPasswordsOfRedis(t *testing.T) {
	s := redistest.Start(t, "requirepass hush-hush")
	file := filepath.Join(t.TempDir(), "password")
	if err := os.WriteFile(file, []byte("hush-hush\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	const warning = "stands in the command line"
	for _, c := range []struct {
		name  string
		args  []string
		env   map[string]string
		warns bool
	}{
		{"a file", []string{"--redis", s.URL(), "--redis-password-file", file}, nil, false},
		{"one file for both", []string{"--redis", s.URL(), "--redis-password-file", file, "--redis-sentinel-password-file", file}, nil, false},
		{"the environment", []string{"--redis", s.URL()}, map[string]string{"WALL_REDIS_PASSWORD": "hush-hush"}, false},
		{"all in the environment", nil, map[string]string{"WALL_REDIS": "redis://:hush-hush@" + s.Addr}, false},
		{"a file in the environment", nil, map[string]string{"WALL_REDIS": s.URL(), "WALL_REDIS_PASSWORD_FILE": file}, false},
		{"the command line", []string{"--redis", "redis://:hush-hush@" + s.Addr}, nil, true},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := startWith(t, t.TempDir(), func(name string) string { return c.env[name] }, c.args...)
			r.end()
			said := r.stderr.String()
			if strings.Contains(said, "hush-hush") {
				t.Errorf("the password is said:\n%s", said)
			}
			if n := strings.Count(said, warning); (n == 1) != c.warns || n > 1 {
				t.Errorf("warned %d times:\n%s", n, said)
			}
		})
	}
	code, _, said := called(t, "--listen", "127.0.0.1:0", "--data", t.TempDir(), "--redis", s.URL())
	if code != 1 || !strings.Contains(said, "WALL_REDIS_PASSWORD") {
		t.Errorf("%d %s", code, said)
	}
	if code, _, said = called(t, "--listen", "127.0.0.1:0", "--data", t.TempDir(), "--redis", s.URL(), "--redis-password-file", file+"s"); code != 1 || !strings.Contains(said, "the password of Redis") {
		t.Errorf("%d %s", code, said)
	}
	if code, _, said = called(t, "--listen", "127.0.0.1:0", "--data", t.TempDir(), "--redis", "redis://"); code != 1 || !strings.Contains(said, "for example: redis://") {
		t.Errorf("%d %s", code, said)
	}
}

// A Redis that would lose walls is refused, or said so.
func TestAnUnfitRedis(t *testing.T) {
	s := redistest.Start(t, "maxmemory-policy allkeys-lru", "appendfsync everysec")
	code, _, said := called(t, "--listen", "127.0.0.1:0", "--data", t.TempDir(), "--redis", s.URL())
	if code != 1 || !strings.Contains(said, "set maxmemory-policy noeviction") || !strings.Contains(said, "--redis-may-drop-walls") {
		t.Fatalf("%d %s", code, said)
	}
	r := start(t, t.TempDir(), "--redis", s.URL(), "--redis-may-drop-walls")
	r.stderr.find(t, "set appendfsync always")
	_, text := get(t, r.address+"/healthz")
	var health struct {
		Findings []string
		Warnings int
	}
	if err := json.Unmarshal([]byte(text), &health); err != nil || health.Warnings != 2 || len(health.Findings) != 2 {
		t.Errorf("%s %v", text, err)
	}
	if !strings.Contains(text, "acknowledged notes of the last seconds are lost in a power cut") {
		t.Errorf("%s", text)
	}
	r.end()
}

// browser is somebody's browser: it keeps cookies, for all hubs of one host.
type browser struct {
	t   *testing.T
	jar http.CookieJar
}

func newBrowser(t *testing.T) *browser {
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	return &browser{t, jar}
}

func (b *browser) ask(method, url, body string, want int) string {
	b.t.Helper()
	r, err := http.NewRequest(method, url, strings.NewReader(body))
	if err != nil {
		b.t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/json")
	client := &http.Client{Jar: b.jar, Transport: &http.Transport{DisableKeepAlives: true}}
	answer, err := client.Do(r)
	if err != nil {
		b.t.Fatal(err)
	}
	defer answer.Body.Close()
	text, err := io.ReadAll(answer.Body)
	if err != nil || answer.StatusCode != want {
		b.t.Fatalf("%s %s: %s %s %v, want %d", method, url, answer.Status, text, err, want)
	}
	return string(text)
}

func (b *browser) socket(r *running, face string) *websocket.Conn {
	b.t.Helper()
	d := websocket.Dialer{Jar: b.jar, Subprotocols: []string{"wall.1"}}
	conn, answer, err := d.DialContext(b.t.Context(), "ws"+r.address[4:]+"/"+r.code+"/socket?face="+face, http.Header{"Origin": {r.address}})
	if err != nil {
		b.t.Fatalf("%v %v", err, answer)
	}
	b.t.Cleanup(func() { _ = conn.Close() })
	return conn
}

// endOf reads until a socket's end, and gives its code.
func endOf(t *testing.T, conn *websocket.Conn) int {
	t.Helper()
	if err := conn.SetReadDeadline(time.Now().Add(20 * time.Second)); err != nil {
		t.Fatal(err)
	}
	for {
		_, _, err := conn.ReadMessage()
		var end *websocket.CloseError
		switch {
		case errors.As(err, &end):
			return end.Code
		case err != nil:
			t.Fatal(err)
		}
	}
}

// A moderator whose login one hub gave works at the other, until the owner
// revokes them at either.
func TestLoginsAndRevocationsAmongHubs(t *testing.T) {
	s := redistest.Start(t)
	a, b := start(t, t.TempDir(), "--redis", s.URL()), start(t, t.TempDir(), "--redis", s.URL())
	owner, amina := newBrowser(t), newBrowser(t)
	link := a.stderr.find(t, `(http://localhost:\d+/\d{6}/desk#\S+)`)
	owner.ask("POST", a.address+"/"+a.code+"/enter", `{"secret":"`+secretOf(link)+`"}`, http.StatusNoContent)
	var invited struct{ ID, Link string }
	if err := json.Unmarshal([]byte(owner.ask("POST", b.address+"/"+a.code+"/people", `{"name":"Amina"}`, http.StatusCreated)), &invited); err != nil {
		t.Fatal(err)
	}
	amina.ask("POST", a.address+"/"+a.code+"/enter", `{"secret":"`+secretOf(invited.Link)+`"}`, http.StatusNoContent)
	desks := []*websocket.Conn{amina.socket(a, "desk"), amina.socket(b, "desk")}
	for _, conn := range desks {
		if _, text, err := conn.ReadMessage(); err != nil || !strings.Contains(string(text), `"face":"desk"`) {
			t.Fatalf("%s %v", text, err)
		}
	}
	began := time.Now()
	owner.ask("DELETE", a.address+"/"+a.code+"/people/"+invited.ID, "", http.StatusNoContent)
	if code := endOf(t, desks[0]); code != 4001 {
		t.Errorf("where it was revoked: %d", code)
	}
	if code := endOf(t, desks[1]); code != 3000 {
		t.Errorf("at the other hub: %d", code)
	}
	took := time.Since(began)
	t.Logf("out at every hub after %v", took)
	if took > 5*time.Second { // two, says README; a test's machine is slow
		t.Errorf("only after %v", took)
	}
	if code := endOf(t, amina.socket(b, "desk")); code != 4001 {
		t.Errorf("coming back: %d", code)
	}
	a.end()
	b.end()
}

// While Redis is frozen a hub is not ready, and lives: another process would
// be no better. Afterwards it is ready by itself.
func TestHealthWhileRedisIsFrozen(t *testing.T) {
	s := redistest.Start(t)
	r := start(t, t.TempDir(), "--redis", s.URL())
	conn := newBrowser(t).socket(r, "projector")
	if _, _, err := conn.ReadMessage(); err != nil {
		t.Fatal(err)
	}
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	status := func(path string) int {
		answer, err := client.Get(r.address + path)
		if err != nil {
			t.Fatal(err)
		}
		answer.Body.Close()
		return answer.StatusCode
	}
	s.Freeze()
	defer s.Thaw()
	began := time.Now()
	if got := status("/readyz"); got != http.StatusServiceUnavailable || time.Since(began) > 5*time.Second {
		t.Errorf("ready: %d after %v", got, time.Since(began))
	}
	// The room looks for what it missed, and waits for Redis meanwhile.
	for _, path := range []string{"/healthz", "/readyz", "/healthz", "/readyz", "/healthz"} {
		if got := status(path); (path == "/healthz") != (got == http.StatusOK) {
			t.Errorf("%s: %d", path, got)
		}
	}
	s.Thaw()
	redistest.Until(t, 20*time.Second, "ready again", func() bool { return status("/readyz") == http.StatusOK })
	r.end()
}
