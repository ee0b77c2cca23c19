package main

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/gorilla/websocket"
	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// screenful is what a program has written, and a way to wait for it.
type screenful struct {
	mu   sync.Mutex
	text bytes.Buffer
	more chan struct{}
}

func newScreenful() *screenful { return &screenful{more: make(chan struct{}, 1)} }

func (s *screenful) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	select {
	case s.more <- struct{}{}:
	default:
	}
	return s.text.Write(p)
}

func (s *screenful) String() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.text.String()
}

// find waits until a pattern stands there, and gives its first group.
func (s *screenful) find(t *testing.T, pattern string) string {
	t.Helper()
	late := time.After(30 * time.Second)
	for {
		if m := regexp.MustCompile(pattern).FindStringSubmatch(s.String()); m != nil {
			return m[len(m)-1]
		}
		select {
		case <-s.more:
		case <-late:
			t.Fatalf("%s is not in:\n%s", pattern, s)
		}
	}
}

// running is a hub that runs as the program does.
type running struct {
	t       *testing.T
	stderr  *screenful
	stop    context.CancelFunc
	ended   chan int
	code    string
	address string
}

func noEnv(string) string { return "" }

// start runs the program on a folder until the test, or stop, ends it.
func start(t *testing.T, data string, args ...string) *running {
	t.Helper()
	return startWith(t, data, noEnv, args...)
}

func startWith(t *testing.T, data string, getenv func(string) string, args ...string) *running {
	t.Helper()
	ctx, stop := context.WithCancel(context.Background())
	r := &running{t: t, stderr: newScreenful(), stop: stop, ended: make(chan int, 1)}
	args = append([]string{"--listen", "127.0.0.1:0", "--data", data}, args...)
	go func() { r.ended <- run(ctx, args, getenv, io.Discard, r.stderr) }()
	t.Cleanup(func() { stop() })
	r.code = r.stderr.find(t, `(?:/|"code":")(\d{6})(?:/projector#|")`)
	r.address = r.stderr.find(t, `phones(?:     |":")(http://[^/]+)/`)
	return r
}

// end ends it politely and gives its exit code.
func (r *running) end() int {
	r.t.Helper()
	r.stop()
	select {
	case code := <-r.ended:
		return code
	case <-time.After(30 * time.Second):
		r.t.Fatalf("it does not end:\n%s", r.stderr)
		return 0
	}
}

// called runs a command to its end.
func called(t *testing.T, args ...string) (code int, stdout, stderr string) {
	t.Helper()
	var out, err bytes.Buffer
	code = run(t.Context(), args, noEnv, &out, &err)
	return code, out.String(), err.String()
}

func get(t *testing.T, url string) (int, string) {
	t.Helper()
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	answer, err := client.Get(url)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	text, err := io.ReadAll(answer.Body)
	if err != nil {
		t.Fatal(err)
	}
	return answer.StatusCode, string(text)
}

func TestFromTheFirstStartToTheSecond(t *testing.T) {
	data := filepath.Join(t.TempDir(), "data")
	r := start(t, data, "--title", "Öppet torg")
	owner := r.stderr.find(t, `(http://localhost:\d+/\d{6}/desk#\S+)`)
	projector := r.stderr.find(t, `(http://\S+/projector#\S+)`)
	r.stderr.find(t, "Öppet torg, code "+r.code)
	r.stderr.find(t, `█▀`)
	if status, text := get(t, r.address+"/api/wall/"+r.code); status != 200 || !strings.Contains(text, "Öppet torg") {
		t.Errorf("%d %s", status, text)
	}
	if status, _ := get(t, r.address+"/readyz"); status != 200 {
		t.Errorf("not ready: %d", status)
	}
	for _, name := range []string{"wall.db", "hub.key", "hub.address"} {
		info, err := os.Stat(filepath.Join(data, name))
		if err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("%s: %v %v", name, info, err)
		}
	}
	if info, err := os.Stat(data); err != nil || info.Mode().Perm() != 0o700 {
		t.Errorf("the folder: %v %v", info, err)
	}
	for _, secret := range []string{owner, projector} {
		_, secret, _ = strings.Cut(secret, "#")
		for _, line := range strings.Split(r.stderr.String(), "\n") {
			if strings.Contains(line, "level=") && strings.Contains(line, secret) {
				t.Errorf("a secret is in the log: %s", line)
			}
		}
	}

	// The link was not opened: the second start prints another one.
	if code := r.end(); code != 0 {
		t.Fatalf("ended with %d:\n%s", code, r.stderr)
	}
	if _, err := os.Stat(filepath.Join(data, addressFile)); !os.IsNotExist(err) {
		t.Errorf("the address is still there: %v", err)
	}
	again := start(t, data)
	next := again.stderr.find(t, `(http://localhost:\d+/\d{6}/desk#\S+)`)
	if again.code != r.code || secretOf(next) == secretOf(owner) {
		t.Errorf("the wall %s became %s; the link %s became %s", r.code, again.code, owner, next)
	}
	if secretOf(again.stderr.find(t, `(http://\S+/projector#\S+)`)) != secretOf(projector) {
		t.Error("the projector's link has changed")
	}
	enter(t, again.address, again.code, secretOf(next))
	again.end()

	// Now there is an owner: the third prints none.
	third := start(t, data)
	third.stderr.find(t, `wall owner-link`)
	if strings.Contains(third.stderr.String(), "/desk#") {
		t.Errorf("a link although there is an owner:\n%s", third.stderr)
	}
	code, out, _ := called(t, "owner-link", "--data", data)
	if code != 0 || !strings.Contains(out, "/desk#") {
		t.Errorf("owner-link: %d %s", code, out)
	}
	enter(t, third.address, third.code, secretOf(strings.TrimSpace(out)))
	third.end()
}

func secretOf(link string) string {
	_, secret, _ := strings.Cut(link, "#")
	return secret
}

// enter opens a link as the desk's page does.
func enter(t *testing.T, address, code, secret string) {
	t.Helper()
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	answer, err := client.Post(address+"/"+code+"/enter", "application/json", strings.NewReader(`{"secret":"`+secret+`"}`))
	if err != nil {
		t.Fatal(err)
	}
	answer.Body.Close()
	if answer.StatusCode != http.StatusNoContent {
		t.Fatalf("entering: %s", answer.Status)
	}
}

// Whoever is connected is told to come back, not cut off.
func TestItEndsPolitely(t *testing.T) {
	r := start(t, t.TempDir())
	d := websocket.Dialer{Subprotocols: []string{"wall.1"}}
	conn, _, err := d.DialContext(t.Context(), "ws"+r.address[4:]+"/"+r.code+"/socket?face=projector", http.Header{"Origin": {r.address}})
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	if _, text, err := conn.ReadMessage(); err != nil || !strings.Contains(string(text), "welcome") {
		t.Fatalf("%s %v", text, err)
	}
	r.stop()
	for {
		if _, _, err = conn.ReadMessage(); err != nil {
			break
		}
	}
	if !websocket.IsCloseError(err, websocket.CloseServiceRestart) {
		t.Errorf("the socket ended with %v", err)
	}
	conn.Close()
	if code := r.end(); code != 0 {
		t.Errorf("it ended with %d:\n%s", code, r.stderr)
	}
}

func TestWallsAreMadeWhetherTheHubRunsOrNot(t *testing.T) {
	data := filepath.Join(t.TempDir(), "data")
	code, out, said := called(t, "create", "Boden", "--data", data, "--question", "Vad nu?")
	if code != 0 || !regexp.MustCompile(`^\d{6}\n$`).MatchString(out) {
		t.Fatalf("%d %q %s", code, out, said)
	}
	r := start(t, data)
	r.stderr.find(t, "Boden, code "+strings.TrimSpace(out))
	code, out, said = called(t, "create", "--data", data, "Sundsvall")
	if code != 0 || !regexp.MustCompile(`^\d{6}\nhttp://localhost:\d+/\d{6}/desk\n$`).MatchString(out) {
		t.Fatalf("%d %q %s", code, out, said)
	}
	if status, text := get(t, r.address+"/api/wall/"+out[:6]); status != 200 || !strings.Contains(text, "Sundsvall") {
		t.Errorf("%d %s", status, text)
	}
	if code, _, said = called(t, "create", "--data", data, strings.Repeat("x", 121)); code != 1 || !strings.Contains(said, "longer than 120 signs") {
		t.Errorf("%d %s", code, said)
	}
	if code, out, said = called(t, "healthcheck", "--data", data); code != 0 || out != "ready\n" {
		t.Errorf("%d %q %s", code, out, said)
	}
	// Two walls, no QR code to be taken for the other's.
	r.end()
	r = start(t, data)
	if text := r.stderr.String(); strings.Contains(text, "█") || !strings.Contains(text, "Sundsvall") {
		t.Errorf("%s", text)
	}
	r.end()
	if code, _, said = called(t, "healthcheck", "--data", data); code != 1 || !strings.Contains(said, "no hub runs") {
		t.Errorf("%d %s", code, said)
	}
	if code, _, said = called(t, "owner-link", "--data", data); code != 1 || !strings.Contains(said, "start it") {
		t.Errorf("%d %s", code, said)
	}
}

// Wrong starts say what is wrong, and what to do.
func TestStartsThatCannotBe(t *testing.T) {
	data := filepath.Join(t.TempDir(), "data")
	r := start(t, data)
	taken := strings.TrimPrefix(r.address, "http://localhost")
	for _, c := range []struct {
		args []string
		code int
		says string
	}{
		{[]string{"--listen", "127.0.0.1" + taken, "--data", t.TempDir()}, 1, "another program listens"},
		{[]string{"--listen", "127.0.0.1:0", "--data", data}, 1, "another wall process uses"},
		{[]string{"--listen", "nowhere.invalid:1", "--data", t.TempDir()}, 1, "cannot listen on"},
		{[]string{"--listen", "127.0.0.1:0", "--data", t.TempDir(), "--public-url", "wall.example.org"}, 1, "is not of the form"},
		{[]string{"--listen", "127.0.0.1:0", "--data", t.TempDir(), "--public-url", "https://wall.example.org/path"}, 1, "is not of the form"},
		{[]string{"--log", "xml"}, 1, "text or json"},
		{[]string{"--trusted-proxy", "everywhere"}, 2, "neither a network"},
		{[]string{"--title", strings.Repeat("x", 121), "--listen", "127.0.0.1:0", "--data", t.TempDir()}, 1, "the title is longer than 120 signs"},
		{[]string{"--redis-wait", "1"}, 1, "none says where it is: --redis redis://host:6379, or WALL_REDIS"},
		{[]string{"--redis-password-file", "x"}, 1, "none says where it is"},
		{[]string{"--nonsense"}, 2, "nonsense"},
		{[]string{"serve", "nonsense"}, 2, "nonsense"},
		{[]string{"nonsense"}, 2, `there is no command "nonsense"`},
		{[]string{"--listen", "8080", "--data", t.TempDir()}, 1, ":8080 is every network"},
		{[]string{"create"}, 2, "title is needed"},
		{[]string{"create", " "}, 2, "title is needed"},
		{[]string{"import"}, 2, "which file?"},
		{[]string{"healthcheck", "nonsense"}, 2, "nonsense"},
		{[]string{"owner-link", "nonsense"}, 2, "nonsense"},
		{[]string{""}, 2, "there is no command"},
	} {
		code, _, said := called(t, c.args...)
		if code != c.code || !strings.Contains(said, c.says) {
			t.Errorf("%v: %d, want %d:\n%s", c.args, code, c.code, said)
		}
		if command := !strings.Contains(c.says, "no command"); code == 2 && command && strings.Count(said, "\n") != 2 {
			t.Errorf("%v: what is wrong stands among other things:\n%s", c.args, said)
		}
	}
	r.end()
	if err := os.WriteFile(filepath.Join(data, keyFile), []byte("short\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if code, _, said := called(t, "--listen", "127.0.0.1:0", "--data", data); code != 1 || !strings.Contains(said, "damaged") {
		t.Errorf("%d %s", code, said)
	}
}

func TestEveryCommandTellsAboutItself(t *testing.T) {
	for _, name := range []string{"serve", "create", "owner-link", "healthcheck", "rehearse"} {
		code, out, said := called(t, name, "--help")
		if code != 0 || len(out+said) < 100 {
			t.Errorf("%s: %d %s%s", name, code, out, said)
		}
	}
	if code, out, _ := called(t, "help"); code != 0 || !strings.Contains(out, "owner-link") {
		t.Errorf("%d %s", code, out)
	}
	if _, _, said := called(t, "help", "create"); !strings.Contains(said, "-question") {
		t.Error(said)
	}
	if code, out, _ := called(t, "--version"); code != 0 || !strings.HasPrefix(out, "wall ") {
		t.Errorf("%d %s", code, out)
	}
	if code, out, _ := called(t, "version"); code != 0 || !strings.HasPrefix(out, "wall ") {
		t.Errorf("%d %s", code, out)
	}
}

func TestTheHubCanBeRehearsedOn(t *testing.T) {
	data := t.TempDir()
	r := start(t, data)
	code, out, said := called(t, "rehearse", "--data", data, "--speed", "max", r.address)
	if code != 0 || !strings.Contains(out, "lost          0") {
		t.Errorf("%d\n%s\n%s", code, out, said)
	}
	r.end()
}
