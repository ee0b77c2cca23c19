package docker

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/json"
	"encoding/pem"
	"math/big"
	"net/http"
	"net/http/cookiejar"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/gorilla/websocket"

	"openspacewall/hub/store/redisstore/redistest"
)

// patience is how long something may take that must come; late is what would be
// a proxy's doing, and not that of a machine with much else to do.
const (
	patience = 30 * time.Second
	late     = 5 * time.Second
)

// until waits for something to be so.
func until(t *testing.T, what string, is func() bool) {
	t.Helper()
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	for over := time.After(patience); ; {
		if is() {
			return
		}
		select {
		case <-tick.C:
		case <-over:
			t.Fatalf("still not: %s", what)
		}
	}
}

// program is a process of a test.
type program struct {
	t    *testing.T
	args []string
	cmd  *exec.Cmd
	said *heard
}

// heard is what a process has written.
type heard struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (h *heard) Write(p []byte) (int, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.text.Write(p)
}

func (h *heard) String() string {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.text.String()
}

func begin(t *testing.T, env []string, args ...string) *program {
	t.Helper()
	p := &program{t: t, args: args, said: &heard{}}
	p.start(env)
	t.Cleanup(func() {
		p.kill()
		if t.Failed() {
			t.Logf("%s said:\n%s", filepath.Base(args[0]), p.said)
		}
	})
	return p
}

func (p *program) start(env []string) {
	p.t.Helper()
	p.cmd = exec.Command(p.args[0], p.args[1:]...)
	p.cmd.Env = append(os.Environ(), env...)
	p.cmd.Stdout, p.cmd.Stderr = p.said, p.said
	if err := p.cmd.Start(); err != nil {
		p.t.Fatal(err)
	}
}

// kill ends it without a word.
func (p *program) kill() {
	p.cmd.Process.Kill()
	p.cmd.Wait()
}

// find gives what a pattern finds in what it has written.
func (p *program) find(pattern string) (found string) {
	p.t.Helper()
	until(p.t, pattern, func() bool {
		m := regexp.MustCompile(pattern).FindStringSubmatch(p.said.String())
		if m != nil {
			found = m[1]
		}
		return m != nil
	})
	return found
}

// house is the whole of compose.scale.yaml: two hubs, Redis, and the proxy.
type house struct {
	t       *testing.T
	hubs    [2]*program
	ports   [2]string
	env     []string
	proxy   *program
	base    string // https://…
	plain   string // http://…
	trusted *x509.CertPool
	code    string
}

func built(t *testing.T) *house {
	t.Helper()
	nginx, err := exec.LookPath("nginx")
	if err != nil {
		nginx, err = exec.LookPath("/usr/sbin/nginx") // not on everybody's path
	}
	if err != nil {
		t.Fatal("nginx is not installed (Debian: apt install nginx-light)")
	}
	redis, _ := startRedis(t)
	bin := wallBinary(t)
	h := &house{t: t, ports: [2]string{redistest.Port(t), redistest.Port(t)}}
	secure, plain := redistest.Port(t), redistest.Port(t)
	h.base, h.plain = "https://localhost:"+secure, "http://localhost:"+plain
	// The hubs are told what the compose file tells them.
	h.env = []string{
		"WALL_PUBLIC_URL=" + h.base, "WALL_REDIS=" + redis, "WALL_REDIS_USERNAME=wall",
		"WALL_REDIS_PASSWORD=" + password, "WALL_TRUSTED_PROXY=127.0.0.1", "WALL_LOG=json",
	}
	for i, port := range h.ports {
		h.hubs[i] = begin(t, h.env, bin, "--listen", "127.0.0.1:"+port, "--data", filepath.Join(t.TempDir(), "data"))
		until(t, "a hub is ready", func() bool { return h.ready(i) })
	}
	h.code = h.hubs[0].find(`/(\d{6})/projector#`)
	if other := h.hubs[1].find(`/(\d{6})/projector#`); other != h.code {
		t.Fatalf("the hubs have walls of their own, %s and %s", h.code, other)
	}

	dir := t.TempDir()
	h.trusted = certificate(t, dir)
	text, err := os.ReadFile("proxy/nginx.conf")
	if err != nil {
		t.Fatal(err)
	}
	conf := string(text)
	for _, r := range [][2]string{
		{"/run/nginx/", dir + "/"}, {"/etc/nginx/tls/", dir + "/"},
		{"server wall-1:8080 ", "server 127.0.0.1:" + h.ports[0] + " "}, {"server wall-2:8080 ", "server 127.0.0.1:" + h.ports[1] + " "},
		{"listen 8080;", "listen 127.0.0.1:" + plain + ";"}, {"listen 8443 ssl;", "listen 127.0.0.1:" + secure + " ssl;"},
		{"worker_processes auto;", "worker_processes 2;"}, {"worker_connections 32768;", "worker_connections 1024;"},
	} {
		if !strings.Contains(conf, r[0]) {
			t.Fatalf("%q is not in nginx.conf", r[0])
		}
		conf = strings.ReplaceAll(conf, r[0], r[1])
	}
	name := filepath.Join(dir, "nginx.conf")
	if err := os.WriteFile(name, []byte(conf), 0o600); err != nil {
		t.Fatal(err)
	}
	h.proxy = begin(t, nil, nginx, "-e", "stderr", "-p", dir, "-c", name)
	t.Cleanup(func() { // before it is killed: its workers end with it
		h.proxy.cmd.Process.Signal(syscall.SIGTERM)
		h.proxy.cmd.Wait()
	})
	until(t, "the proxy answers", func() bool {
		answer, err := h.client(nil).Get(h.base + "/readyz")
		if err != nil {
			return false
		}
		answer.Body.Close()
		return answer.StatusCode == http.StatusOK
	})
	return h
}

// The program as it is shipped, built once; TestMain removes it.
var (
	binDir   string
	building sync.Once
)

func wallBinary(t *testing.T) string {
	t.Helper()
	bin := filepath.Join(binDir, "wall")
	building.Do(func() {
		if out, err := exec.Command("go", "build", "-o", bin, "../cmd/wall").CombinedOutput(); err != nil {
			t.Fatalf("%v\n%s", err, out)
		}
	})
	return bin
}

// certificate makes one for localhost that only this test trusts.
func certificate(t *testing.T, dir string) *x509.CertPool {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	about := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "localhost"}, DNSNames: []string{"localhost"},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour), BasicConstraintsValid: true, IsCA: true,
	}
	der, err := x509.CreateCertificate(rand.Reader, about, about, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	private, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	pool := x509.NewCertPool()
	for name, block := range map[string]*pem.Block{"wall.crt": {Type: "CERTIFICATE", Bytes: der}, "wall.key": {Type: "PRIVATE KEY", Bytes: private}} {
		text := pem.EncodeToMemory(block)
		if err := os.WriteFile(filepath.Join(dir, name), text, 0o600); err != nil {
			t.Fatal(err)
		}
		if name == "wall.crt" {
			pool.AppendCertsFromPEM(text)
		}
	}
	return pool
}

func (h *house) client(jar http.CookieJar) *http.Client {
	return &http.Client{
		Jar: jar, Timeout: 10 * time.Second,
		Transport:     &http.Transport{TLSClientConfig: &tls.Config{RootCAs: h.trusted}, DisableKeepAlives: true},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}

// direct asks a hub past the proxy.
func (h *house) direct(i int, path string) (*http.Response, error) {
	c := http.Client{Transport: &http.Transport{DisableKeepAlives: true}, Timeout: 5 * time.Second}
	return c.Get("http://127.0.0.1:" + h.ports[i] + path)
}

func (h *house) ready(i int) bool {
	answer, err := h.direct(i, "/readyz")
	if err != nil {
		return false
	}
	answer.Body.Close()
	return answer.StatusCode == http.StatusOK
}

// phones counts a hub's phones.
func (h *house) phones(i int) int {
	answer, err := h.direct(i, "/healthz")
	if err != nil {
		return 0
	}
	defer answer.Body.Close()
	var n struct{ Phones int }
	if err := json.NewDecoder(answer.Body).Decode(&n); err != nil {
		return 0
	}
	return n.Phones
}

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

// Two hubs on one Redis behind the proxy, all as the compose file has them: what
// one phone writes all phones see, whichever hub they are at; a hub that is killed
// leaves its phones to the other at once, and gets new ones when it is back.
func TestTheProxyCarriesAHall(t *testing.T) {
	h := built(t)
	const hall = 40
	phones := make([]*phone, hall)
	for i := range phones {
		phones[i] = h.phone()
	}
	if a, b := h.phones(0), h.phones(1); a+b != hall || min(a, b) < hall/4 {
		t.Fatalf("the hubs have %d and %d of %d phones", a, b, hall)
	}

	see := func(by *phone, text string) time.Duration {
		t.Helper()
		begun := time.Now()
		if err := by.post(text); err != nil {
			t.Fatal(err)
		}
		for _, p := range phones {
			select {
			case got := <-p.seen:
				if got != text {
					t.Errorf("a phone sees %q, not %q", got, text)
				}
			case <-time.After(patience):
				t.Fatalf("a phone does not see %q", text)
			}
		}
		return time.Since(begun)
	}
	took := see(phones[0], "Alla ser det")
	t.Logf("all %d phones see a note after %v", hall, took)
	if took > late {
		t.Errorf("all phones see a note after %v: something holds it back", took)
	}

	// One hub is killed and comes back, and the other is killed before anything but
	// sockets has come by: nobody waits for a hub to be trusted again.
	for i, gone := range []int{1, 0, 1} {
		left := 1 - gone
		lost := h.phones(gone)
		h.hubs[gone].kill()
		longest := time.Duration(0)
		for range lost {
			longest = max(longest, waitBack(t, phones))
		}
		t.Logf("%d phones of a killed hub are back after %v at most", lost, longest)
		if longest > late {
			t.Errorf("the phones of a killed hub were away for %v", longest)
		}
		if n := h.phones(left); n != hall {
			t.Errorf("the hub that is left has %d phones", n)
		}
		see(phones[i+1], "Fortfarande alla")
		h.hubs[gone].start(h.env)
		until(t, "the hub is back", func() bool { return h.ready(gone) })
	}
	// The one that is back has the fewest, and gets the next.
	h.phone()
	if n := h.phones(1); n != 1 {
		t.Errorf("the hub that is back has %d phones", n)
	}
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

// What the proxy adds, and what it keeps from the hubs.
func TestTheProxyTellsTheHubsTheTruth(t *testing.T) {
	h := built(t)
	get := func(url string, header http.Header) *http.Response {
		t.Helper()
		r, err := http.NewRequest(http.MethodGet, url, nil)
		if err != nil {
			t.Fatal(err)
		}
		if header != nil {
			r.Header = header
		}
		answer, err := h.client(nil).Do(r)
		if err != nil {
			t.Fatal(err)
		}
		answer.Body.Close()
		return answer
	}
	answer := get(h.base+"/"+h.code, nil)
	if c := answer.Cookies(); len(c) != 1 || !strings.HasPrefix(c[0].Name, "__Host-") || !c[0].Secure {
		t.Errorf("the hub takes the connection for an open one: %v", c)
	}
	if answer.Header.Get("Strict-Transport-Security") == "" && answer.Header.Get("Content-Security-Policy") == "" {
		t.Errorf("the hub's headers do not come through: %v", answer.Header)
	}
	if answer := get(h.plain+"/"+h.code+"?x=1", nil); answer.StatusCode != http.StatusMovedPermanently || answer.Header.Get("Location") != "https://localhost/"+h.code+"?x=1" {
		t.Errorf("plain HTTP: %s %s", answer.Status, answer.Header.Get("Location"))
	}
	// Nobody is on this machine who comes by the proxy, nor may call themselves secure.
	if answer := get(h.base+"/"+h.code+"/projector", nil); answer.StatusCode != http.StatusOK {
		t.Errorf("the keyhole: %s", answer.Status)
	}
	if answer := get(h.base+"/walls", http.Header{"Authorization": {"Bearer x"}, "X-Forwarded-For": {""}}); answer.StatusCode != http.StatusUnauthorized {
		t.Errorf("the installation's walls: %s", answer.Status)
	}
	if answer := get(h.base+"/metrics", nil); answer.StatusCode != http.StatusNotFound {
		t.Errorf("the hub's numbers are everybody's: %s", answer.Status)
	}
	// A desk's link works over it, and is spent once.
	secret := h.hubs[0].find(`/desk#(\S+)`)
	for _, want := range []int{http.StatusNoContent, http.StatusUnauthorized} {
		answer, err := h.client(nil).Post(h.base+"/"+h.code+"/enter", "application/json", strings.NewReader(`{"secret":"`+secret+`"}`))
		if err != nil {
			t.Fatal(err)
		}
		answer.Body.Close()
		if answer.StatusCode != want {
			t.Errorf("entering: %s, want %d", answer.Status, want)
		}
	}
	// Guessing codes costs the guesser, not the hubs.
	for range 200 {
		get(h.base+"/999999", nil)
	}
	if answer := get(h.base+"/healthz", nil); answer.StatusCode != http.StatusOK {
		t.Errorf("after 200 guesses the hubs answer %s", answer.Status)
	}
}
