package main

import (
	"encoding/json"
	"net/http"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/gorilla/websocket"
)

// The first signal ends the program politely, which may take seconds; the
// second one ends it at once.
func TestTheSecondSignalEndsAtOnce(t *testing.T) {
	bin := filepath.Join(t.TempDir(), "wall")
	if out, err := exec.Command("go", "build", "-o", bin, ".").CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	for _, signals := range []int{1, 2} {
		said := newScreenful()
		cmd := exec.Command(bin, "--listen", "127.0.0.1:0", "--data", t.TempDir())
		cmd.Stderr = said
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = cmd.Process.Kill() })
		code := said.find(t, `/(\d{6})/projector#`)
		address := said.find(t, `phones     (http://[^/]+)/`)
		d := websocket.Dialer{Subprotocols: []string{"wall.1"}}
		conn, _, err := d.DialContext(t.Context(), "ws"+address[4:]+"/"+code+"/socket?face=projector", http.Header{"Origin": {address}})
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close() // it reads nothing, and so answers no goodbye: the hub waits for it
		for i := range signals {
			if err := cmd.Process.Signal(syscall.SIGTERM); err != nil {
				t.Fatalf("signal %d: %v", i, err)
			}
			said.find(t, "closing")
		}
		err = cmd.Wait()
		if got := cmd.ProcessState.ExitCode(); got != signals-1 {
			t.Errorf("after %d signals: %d, %v\n%s", signals, got, err, said)
		}
	}
}

// The operator's own address has what only the operator may read, and nothing
// else.
func TestMetricsListen(t *testing.T) {
	r := start(t, t.TempDir(), "--metrics-listen", "127.0.0.1:0", "--verbose")
	aside := "http://" + r.stderr.find(t, `metrics.*address=(127\.0\.0\.1:\d+)`)
	for path, want := range map[string]int{"/metrics": 200, "/healthz": 200, "/readyz": 200, "/" + r.code: 404, "/": 404} {
		status, text := get(t, aside+path)
		if status != want || (path == "/metrics" && !strings.Contains(text, "wall_open_walls 1")) {
			t.Errorf("%s: %d %.100s", path, status, text)
		}
	}
	if code, _, said := called(t, "--listen", "127.0.0.1:0", "--data", t.TempDir(), "--metrics-listen", aside[len("http://"):]); code != 1 || !strings.Contains(said, "another program listens") {
		t.Errorf("%d %s", code, said)
	}
	if code := r.end(); code != 0 {
		t.Errorf("it ended with %d", code)
	}
}

// The log is one JSON object a line, with nothing of what was written on the
// wall, of where anybody is, or of what opens anything: no link has anything behind its #.
func TestTheLogKeepsSilence(t *testing.T) {
	data := t.TempDir()
	r := start(t, data, "--log", "json", "--verbose")
	key, err := readKey(data)
	if err != nil {
		t.Fatal(err)
	}
	code, out, said := called(t, "rehearse", "--data", data, "--speed", "max", r.address)
	if code != 0 {
		t.Fatalf("%d\n%s\n%s", code, out, said)
	}
	r.end()
	lines := 0
	for line := range strings.Lines(r.stderr.String()) {
		lines++
		var event struct {
			Time  time.Time
			Level string
			Msg   string
		}
		if err := json.Unmarshal([]byte(line), &event); err != nil || event.Msg == "" || event.Level == "" || event.Time.IsZero() {
			t.Errorf("%s: %v", line, err)
		}
		for _, no := range []string{key, "#", "127.0.0.1", "::1", `"text"`} {
			if strings.Contains(line, no) {
				t.Errorf("%q is in the log: %s", no, line)
			}
		}
	}
	if lines < 30 {
		t.Errorf("%d lines:\n%s", lines, r.stderr)
	}
	r.stderr.find(t, "this address is good on this machine only")
}
