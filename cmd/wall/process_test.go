package main

import (
	"bytes"
	"encoding/json"
	"io"
	"net"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/gorilla/websocket"

	"openspacewall/hub"
	"openspacewall/hub/wall"
)

// process is the real program in a process of its own, on a data folder that
// outlives it.
type process struct {
	tb   testing.TB
	bin  string
	data string
	addr string
	wrap []string // strace and its arguments, or nothing
	args []string // beside where to listen and keep
	cmd  *exec.Cmd
}

// build makes the program as it is shipped, with extra build tags if given.
func build(tb testing.TB, tags string) string {
	tb.Helper()
	bin := filepath.Join(tb.TempDir(), "wall")
	cmd := exec.Command("go", "build", "-tags", tags, "-o", bin, ".")
	if out, err := cmd.CombinedOutput(); err != nil {
		tb.Fatalf("go build -tags %q: %v\n%s", tags, err, out)
	}
	return bin
}

func newProcess(tb testing.TB, bin string) *process {
	tb.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		tb.Fatal(err)
	}
	defer l.Close()
	return &process{tb: tb, bin: bin, data: tb.TempDir(), addr: l.Addr().String()}
}

// start runs it and returns when it is ready.
func (p *process) start() {
	p.tb.Helper()
	args := append(append([]string{}, p.wrap...), p.bin, "--listen", p.addr, "--data", p.data)
	args = append(args, p.args...)
	p.cmd = exec.Command(args[0], args[1:]...)
	var out bytes.Buffer
	p.cmd.Stderr = &out
	if err := p.cmd.Start(); err != nil {
		p.tb.Fatal(err)
	}
	deadline := time.Now().Add(20 * time.Second)
	for time.Now().Before(deadline) {
		res, err := http.Get("http://" + p.addr + "/readyz")
		if err == nil {
			res.Body.Close()
			if res.StatusCode == http.StatusOK {
				return
			}
		}
	}
	p.cmd.Process.Signal(syscall.SIGQUIT)
	p.cmd.Wait()
	p.tb.Fatalf("the program is not ready:\n%s", out.String())
}

// kill ends it as a power cut ends a process: without a word.
func (p *process) kill() {
	p.cmd.Process.Kill()
	p.cmd.Wait()
}

// stop ends it as whoever looks after a server does, and politely it must end.
func (p *process) stop() {
	p.tb.Helper()
	err := p.cmd.Process.Signal(syscall.SIGTERM)
	if err == nil {
		err = p.cmd.Wait()
	}
	if err != nil {
		p.tb.Errorf("the program ended, when it was asked to, with %v", err)
	}
}

// rehearsal makes a wall without a person's limits and returns its code.
func (p *process) rehearsal() string {
	p.tb.Helper()
	key, err := os.ReadFile(filepath.Join(p.data, "hub.key"))
	if err != nil {
		p.tb.Fatal(err)
	}
	req, _ := http.NewRequest(http.MethodPost, "http://"+p.addr+"/api/rehearsals", strings.NewReader(`{"title":"Power cuts"}`))
	req.Header.Set("Authorization", "Bearer "+strings.TrimSpace(string(key)))
	req.Header.Set("Content-Type", "application/json")
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		p.tb.Fatal(err)
	}
	defer res.Body.Close()
	var made struct{ Code string }
	if err := json.NewDecoder(res.Body).Decode(&made); err != nil || made.Code == "" {
		p.tb.Fatalf("no rehearsal: %s %v", res.Status, err)
	}
	return made.Code
}

// phone is an attendee with a cookie, that survives the hub.
type phone struct {
	tb   testing.TB
	base string
	code string
	jar  http.CookieJar
}

func (p *process) phone(code string) *phone {
	jar, _ := cookiejar.New(nil)
	ph := &phone{tb: p.tb, base: "http://" + p.addr, code: code, jar: jar}
	res, err := (&http.Client{Jar: jar}).Get(ph.base + "/" + code)
	if err != nil {
		p.tb.Fatal(err)
	}
	io.Copy(io.Discard, res.Body)
	res.Body.Close()
	return ph
}

// join opens a socket and reads until the snapshot is whole.
func (ph *phone) join() (*websocket.Conn, map[string]string, error) {
	u, _ := url.Parse(ph.base)
	d := websocket.Dialer{Jar: ph.jar, Subprotocols: []string{hub.Subprotocol}, HandshakeTimeout: 5 * time.Second}
	conn, _, err := d.Dial("ws://"+u.Host+"/"+ph.code+"/socket?face=phone", http.Header{"Origin": {ph.base}})
	if err != nil {
		return nil, nil, err
	}
	if err := conn.WriteJSON(map[string]any{"hello": wall.Position{}}); err != nil {
		conn.Close()
		return nil, nil, err
	}
	notes := map[string]string{}
	for parts := 0; ; {
		var m hub.Outgoing
		if err := conn.ReadJSON(&m); err != nil {
			conn.Close()
			return nil, nil, err
		}
		if m.Snapshot == nil {
			continue
		}
		for id, n := range m.Snapshot.Notes {
			notes[id] = n.Text
		}
		if parts++; parts == m.Snapshot.Of {
			return conn, notes, nil
		}
	}
}
