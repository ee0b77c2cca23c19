package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/gorilla/websocket"

	"openspacewall/hub"
	"openspacewall/hub/wall"
)

var (
	rounds = flag.Int("rounds", 12, "how many times the program is killed in TestPowerCuts")
	acks   = flag.Int("acks", 600, "how many acknowledgements TestSyncTruth watches")
)

// process is the real program in a process of its own, on a data folder that
// outlives it.
type process struct {
	tb   testing.TB
	bin  string
	data string
	addr string
	wrap []string // strace and its arguments, or nothing
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

// ledger is what phones sent and what the hub said yes to.
type ledger struct {
	sync.Mutex
	sent  map[string]string // id → text
	acked map[string]uint64 // id → revision
}

func (l *ledger) post(id, text string) {
	l.Lock()
	defer l.Unlock()
	l.sent[id] = text
}

func (l *ledger) ack(id string, rev uint64) {
	l.Lock()
	defer l.Unlock()
	l.acked[id] = rev
}

func (l *ledger) count() int {
	l.Lock()
	defer l.Unlock()
	return len(l.acked)
}

// write posts notes on one connection until it breaks or stop is closed: a
// note first that was sent before and not answered, then new ones.
func (ph *phone) write(l *ledger, name string, again map[string]string, stop <-chan struct{}) {
	conn, _, err := ph.join()
	if err != nil {
		return
	}
	defer conn.Close()
	go func() {
		<-stop
		conn.Close()
	}()
	type post struct{ id, text string }
	var queue []post
	for id, text := range again {
		queue = append(queue, post{id, text})
	}
	for n := uint64(1); ; n++ {
		p := post{uuid.NewString(), fmt.Sprintf("%s says %d", name, rand.Uint64())}
		if len(queue) > 0 {
			p, queue = queue[0], queue[1:]
		}
		l.post(p.id, p.text)
		command := map[string]any{"n": n, "do": "post", "with": map[string]any{"id": p.id, "theme": "work", "kind": "opinion", "text": p.text}}
		if conn.WriteJSON(map[string]any{"command": command}) != nil {
			return
		}
		for {
			var m hub.Outgoing
			if conn.ReadJSON(&m) != nil {
				return
			}
			if m.Refused != nil {
				ph.tb.Errorf("refused: %+v", m.Refused)
				return
			}
			if m.Ack != nil && m.Ack.N == n {
				l.ack(p.id, m.Ack.Revision)
				break
			}
		}
	}
}

// Whatever was acknowledged is there after kill -9, and nothing is there
// twice, however often it was sent again.
func TestPowerCuts(t *testing.T) {
	p := newProcess(t, build(t, ""))
	p.start()
	code := p.rehearsal()
	const writers = 8
	var phones []*phone
	for range writers {
		phones = append(phones, p.phone(code))
	}
	reader := p.phone(code)
	l := &ledger{sent: map[string]string{}, acked: map[string]uint64{}}
	lost, doubled, unanswered := 0, 0, 0
	for round := range *rounds {
		stop := make(chan struct{})
		before := l.count()
		var crowd sync.WaitGroup
		for i, ph := range phones {
			again := map[string]string{}
			l.Lock()
			for id, text := range l.sent {
				if _, ok := l.acked[id]; !ok && strings.HasPrefix(text, fmt.Sprintf("phone %d ", i)) {
					again[id] = text
				}
			}
			l.Unlock()
			unanswered += len(again)
			crowd.Go(func() { ph.write(l, fmt.Sprintf("phone %d", i), again, stop) })
		}
		fuse := time.NewTimer(time.Duration(20+rand.IntN(180)) * time.Millisecond)
		<-fuse.C
		p.kill()
		close(stop)
		crowd.Wait()
		began := time.Now()
		p.start()
		if round%10 == 0 {
			t.Logf("round %d: %d acknowledged, ready again after %v", round, l.count(), time.Since(began))
		}
		conn, notes, err := reader.join()
		if err != nil {
			t.Fatalf("round %d: %v", round, err)
		}
		conn.Close()
		l.Lock()
		seen := map[string]int{}
		for _, text := range notes {
			seen[text]++
		}
		for id := range l.acked {
			if notes[id] != l.sent[id] {
				lost++
			}
		}
		for _, n := range seen {
			doubled += n - 1
		}
		l.Unlock()
		if round == 0 && l.count() == before {
			t.Log("nothing was acknowledged in the first round")
		}
	}
	p.kill()
	t.Logf("%d kills under posting: %d notes acknowledged, %d sent again, %d lost, %d doubled", *rounds, l.count(), unanswered, lost, doubled)
	if lost > 0 || doubled > 0 {
		t.Errorf("%d lost, %d doubled", lost, doubled)
	}
	if l.count() < *rounds*writers/2 {
		t.Errorf("only %d acknowledgements: this proves nothing", l.count())
	}
}

// Every acknowledgement that leaves the program follows a completed fdatasync
// that began after the note's own bytes were written.
func TestSyncTruth(t *testing.T) {
	watched, early := watchSyncs(t, build(t, ""), *acks)
	t.Logf("%d acknowledgements watched, %d before their fdatasync", watched, early)
	if watched < *acks || early > 0 {
		t.Errorf("%d of %d acknowledgements left before their fdatasync", early, watched)
	}
}

// A program that skips the sync is caught by the same watch.
func TestSyncTruthCatchesASkippedSync(t *testing.T) {
	_, early := watchSyncs(t, build(t, "broken_nosync"), 50)
	if early == 0 {
		t.Error("a build that never syncs was not caught")
	}
}

// watchSyncs runs the program under strace until n notes are acknowledged and
// returns how many acknowledgements it saw leave, and how many left early.
func watchSyncs(t *testing.T, bin string, n int) (watched, early int) {
	t.Helper()
	strace, err := exec.LookPath("strace")
	if err != nil {
		t.Fatal("this test needs strace: apt-get install strace")
	}
	p := newProcess(t, bin)
	trace := filepath.Join(t.TempDir(), "trace")
	p.wrap = []string{strace, "-D", "-f", "-qq", "-s", "1048576", "-e", "trace=pwrite64,fdatasync,write", "-e", "signal=none", "-o", trace}
	p.start()
	code := p.rehearsal()
	l := &ledger{sent: map[string]string{}, acked: map[string]uint64{}}
	stop := make(chan struct{})
	done := make(chan struct{})
	var crowd sync.WaitGroup
	for i := range 64 {
		ph := p.phone(code)
		crowd.Go(func() { ph.write(l, fmt.Sprintf("phone %d", i), nil, stop) })
	}
	go func() { crowd.Wait(); close(done) }()
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for l.count() < n {
		select {
		case <-tick.C:
		case <-done:
			t.Fatalf("the phones stopped after %d acknowledgements", l.count())
		}
	}
	close(stop)
	<-done
	p.kill() // waits for strace, too: it holds the same standard error
	f, err := os.Open(trace)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	return checkTrace(t, f)
}

// checkTrace reads strace's lines in order. Calls that another thread
// interrupted stand on two lines, "<unfinished ...>" and "<... resumed>": a
// pwrite64 counts from its end, an fdatasync covers what was written before
// its beginning and counts from its end, an ack counts from its beginning.
func checkTrace(t *testing.T, r io.Reader) (watched, early int) {
	t.Helper()
	var (
		written uint64                // highest revision in any completed pwrite64
		synced  uint64                // highest revision covered by a completed fdatasync
		opened  = map[string]uint64{} // thread → revision written before its fdatasync began
		writing = map[string]uint64{} // thread → highest revision in its unfinished pwrite64
	)
	lines := bufio.NewReaderSize(r, 1<<20)
	for {
		line, err := lines.ReadString('\n')
		if err == io.EOF {
			return watched, early
		}
		if err != nil {
			t.Fatal(err)
		}
		thread, call, _ := strings.Cut(strings.TrimSpace(line), " ")
		call = strings.TrimSpace(call)
		unfinished := strings.HasSuffix(call, "<unfinished ...>")
		switch {
		case strings.HasPrefix(call, "pwrite64("):
			rev := highest(call, `\"r\":`)
			if unfinished {
				writing[thread] = rev
			} else {
				written = max(written, rev)
			}
		case strings.HasPrefix(call, "<... pwrite64 resumed>"):
			written = max(written, writing[thread])
			delete(writing, thread)
		case strings.HasPrefix(call, "fdatasync("):
			opened[thread] = written
			if !unfinished {
				synced = max(synced, opened[thread])
			}
		case strings.HasPrefix(call, "<... fdatasync resumed>"):
			synced = max(synced, opened[thread])
		case strings.HasPrefix(call, "write(") && strings.Contains(call, `{\"ack\":`):
			for _, ack := range strings.Split(call, `{\"ack\":`)[1:] {
				watched++
				if highest(ack[:min(len(ack), 80)], `\"revision\":`) > synced {
					early++
				}
			}
		}
	}
}

// highest is the largest number that follows key in s.
func highest(s, key string) (most uint64) {
	for {
		_, rest, ok := strings.Cut(s, key)
		if !ok {
			return most
		}
		var n uint64
		for i := 0; i < len(rest) && rest[i] >= '0' && rest[i] <= '9'; i++ {
			n = n*10 + uint64(rest[i]-'0')
		}
		most, s = max(most, n), rest
	}
}
