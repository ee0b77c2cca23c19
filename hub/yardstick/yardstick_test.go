package yardstick

import (
	"bytes"
	"context"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/gorilla/websocket"
	"go.uber.org/goleak"
)

// TestMain is a reference hub when this program was started as one.
func TestMain(m *testing.M) {
	References["lossy"], References["doubling"] = faulty(0), faulty(2)
	if name := Asked(); name != "" {
		if err := Serve(name, os.Stdin, os.Stdout); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		return
	}
	goleak.VerifyTestMain(m)
}

// faulty is a hub that sends its first client each tenth note so many times.
func faulty(times int) func(net.Listener) error {
	return func(l net.Listener) error {
		var mu sync.Mutex
		var all []*websocket.Conn
		notes := 0
		return http.Serve(l, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			conn, err := upgrader.Upgrade(w, r, nil)
			if err != nil {
				return
			}
			defer conn.Close()
			mu.Lock()
			conn.WriteMessage(websocket.TextMessage, []byte("[]"))
			all = append(all, conn)
			mu.Unlock()
			for {
				_, note, err := conn.ReadMessage()
				if err != nil {
					return
				}
				mu.Lock()
				notes++
				for i, c := range all {
					n := 1
					if i == 0 && notes%10 == 0 {
						n = times
					}
					for range n {
						c.WriteMessage(websocket.TextMessage, note)
					}
				}
				mu.Unlock()
			}
		}))
	}
}

// program builds the wall's program once.
var program = sync.OnceValues(func() (string, error) {
	folder, err := os.MkdirTemp("", "yardstick-")
	if err != nil {
		return "", err
	}
	path := filepath.Join(folder, "wall")
	out, err := exec.Command("go", "build", "-o", path, "openspacewall/cmd/wall").CombinedOutput()
	if err != nil {
		return "", fmt.Errorf("%w: %s", err, out)
	}
	return path, nil
})

func comparison(t *testing.T) *Comparison {
	t.Helper()
	path, err := program()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { http.DefaultClient.CloseIdleConnections() })
	return &Comparison{Program: path, Size: Tiniest, Rounds: 1, Contenders: Contenders, Log: logged{t}}
}

type logged struct{ t *testing.T }

func (l logged) Write(b []byte) (int, error) {
	l.t.Log(strings.TrimSpace(string(b)))
	return len(b), nil
}

// The wall and both references, each in a process of its own, in the smallest
// size: everything arrives everywhere, exactly. How fast is for make bench; here
// the machine is busy, and what is asked is only that it is no other order.
func TestEverythingArrives(t *testing.T) {
	c := comparison(t)
	for _, s := range scenarios(c.Size) {
		if !slices.Contains([]string{"fan-200", "tls-fan-200", "storm", "bad readers", "closing minute", "closing minute on Redis", "hubs-20"}, s.name) {
			continue // the rest is the same again, or about nothing that arrives
		}
		if lacks := c.lacks(t.Context(), s); lacks != "" {
			t.Logf("%s is left out: %s", s.name, lacks)
			continue
		}
		t.Run(s.name, func(t *testing.T) {
			c.Log = logged{t}
			r := result{scenario: s, rounds: []map[string]figures{{}}}
			for _, name := range Contenders {
				if s.alone && name != wallName {
					continue
				}
				f, err := c.measure(t.Context(), name, s)
				if err != nil {
					t.Fatalf("%s: %v", name, err)
				}
				t.Logf("%-9s %s", name, f)
				r.rounds[0][name] = f
				for figure, want := range map[string]float64{"delivered": 100, "dropped": 0, "missing": 0, "acked": 100, "exact": 100, "off": 0} {
					if v, is := f[figure]; is && v != want {
						t.Errorf("%s: %s is %v", name, figure, v)
					}
				}
			}
			if of := r.ratio("raw", "cpu"); of > 30 {
				t.Errorf("%.1f times the raw limit's CPU", of)
			}
			for _, row := range s.rows {
				if _, is := r.rounds[0][wallName][row.figure]; !is {
					t.Errorf("%q has no figure %q", row.what, row.figure)
				}
			}
		})
	}
}

// The negative controls: a hub that loses, or sends twice, is found out.
func TestFaultyHubsAreFound(t *testing.T) {
	c := comparison(t)
	c.Size.RunOff = 300 * time.Millisecond
	s := fanOut(20, c.Size)
	f, err := c.measure(t.Context(), "lossy", s)
	if err != nil || f["delivered"] != 99.5 { // ten of a hundred notes, at one of twenty phones
		t.Errorf("%v, %v", f, err)
	}
	if f, err = c.measure(t.Context(), "doubling", s); err == nil || !strings.Contains(err.Error(), "10 doubled") {
		t.Errorf("%v, %v", f, err)
	}
}

func TestTheTable(t *testing.T) {
	s := scenario{name: "x", rows: []row{
		{what: "cost", figure: "cpu", targets: []target{{of: "raw", most: 1.4}, {of: "textbook", most: 0.55}}},
		{what: "soon", figure: "p50", targets: []target{{of: "textbook", plus: "commit"}}},
		{what: "all", figure: "delivered", targets: []target{{least: 100}}},
		{what: "once", figure: "wait", targets: []target{{most: 5}}},
		{what: "never", figure: "wait", targets: []target{{most: 5, each: true}}},
		{what: "ever", figure: "wait", targets: []target{{most: 6, each: true}}},
	}}
	round := func(raw, textbook, wall float64) map[string]figures {
		return map[string]figures{"raw": {"cpu": raw, "p50": 1, "delivered": 100}, "textbook": {"cpu": textbook, "p50": 2, "delivered": 90},
			wallName: {"cpu": wall, "p50": 2.4, "commit": 0.5, "delivered": 99.9, "wait": 4}}
	}
	// A machine that is twice as slow in the second round changes no ratio.
	slow := round(20, 40, 24)
	slow[wallName]["wait"] = 6
	results := []result{{scenario: s, rounds: []map[string]figures{round(10, 20, 12), slow, round(10, 20, 12)}}}
	var b bytes.Buffer
	met, missed, err := table(&b, results, Contenders)
	want := `| what  | raw | textbook | wall | × raw | × textbook | must be                          |        |
|-------|-----|----------|------|-------|------------|----------------------------------|--------|
| cost  |  10 |       20 |   12 |  1.20 |      0.600 | ≤ 1.40 × raw, ≤ 0.550 × textbook | MISSED |
| soon  |   1 |        2 | 2.40 |  2.40 |       1.20 | ≤ textbook + commit = 2.50       |    met |
| all   | 100 |       90 | 99.9 | 0.999 |       1.11 | ≥ 100                            | MISSED |
| once  |   - |        - |    4 |     - |          - | ≤ 5                              |    met |
| never |   - |        - |    4 |     - |          - | ≤ 5 each round                   | MISSED |
| ever  |   - |        - |    4 |     - |          - | ≤ 6 each round                   |    met |
`
	if err != nil || met != 4 || missed != 3 || b.String() != want {
		t.Errorf("%d met, %d missed, %v\n%s", met, missed, err, b.String())
	}
}

func TestWhoEndsIsWaitedFor(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	c := comparison(t)
	if _, _, err := c.Run(ctx, &bytes.Buffer{}); err == nil {
		t.Error("a comparison that was ended has no error")
	}
	c.Only = []string{"dancing"}
	if _, _, err := c.Run(t.Context(), &bytes.Buffer{}); err == nil || !strings.Contains(err.Error(), "dancing") {
		t.Error(err)
	}
}
