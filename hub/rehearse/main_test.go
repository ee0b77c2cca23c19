package rehearse

import (
	"bytes"
	"encoding/json"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// called calls the program as a shell would.
func called(t *testing.T, env map[string]string, args ...string) (status int, stdout, stderr string) {
	t.Helper()
	var out, err bytes.Buffer
	status = Main(t.Context(), args, func(name string) string { return env[name] }, &out, &err)
	return status, out.String(), err.String()
}

// script writes the small script into a file.
func smallFile(t *testing.T) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "two.jsonl")
	if err := os.WriteFile(path, []byte(twoPeople), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestHelp(t *testing.T) {
	status, stdout, _ := called(t, nil, "--help")
	if status != 0 || stdout != usage {
		t.Errorf("%d %q", status, stdout)
	}
}

func TestWrongCallsAreStatus2(t *testing.T) {
	for _, c := range []struct {
		args []string
		want string
	}{
		{[]string{"--dance"}, "dance"},
		{[]string{"--phones", "many"}, "many"},
		{[]string{"--phones", "-1"}, "--phones is a number"},
		{[]string{"--phones", "26"}, "27 people, who need a phone each: --phones 26 is too few"},
		{[]string{"--speed", "fast"}, "--speed fast: a number like 1 or 10, or max"},
		{[]string{"--speed", "-1"}, "--speed -1"},
		{[]string{"--speed", "NaN"}, "--speed NaN"},
		{[]string{"one:1", "two:2"}, "one hub address, not 2"},
		{[]string{"ftp://hub"}, "no hub address"},
		{[]string{"http://hub/482715"}, "no hub address"},
		{[]string{"--script", "/nowhere/at/all.jsonl"}, "/nowhere/at/all.jsonl"},
	} {
		status, stdout, stderr := called(t, nil, c.args...)
		if status != 2 || stdout != "" || !strings.Contains(stderr, c.want) {
			t.Errorf("%v: %d %q %q", c.args, status, stdout, stderr)
		}
	}
}

func TestFlagsHaveTwinsInTheEnvironment(t *testing.T) {
	status, _, stderr := called(t, map[string]string{"WALL_PHONES": "many"})
	if status != 2 || !strings.Contains(stderr, `WALL_PHONES="many"`) {
		t.Errorf("%d %q", status, stderr)
	}
	status, _, stderr = called(t, map[string]string{"WALL_SPEED": "max"}, "--speed", "fast")
	if status != 2 || !strings.Contains(stderr, "--speed fast") {
		t.Errorf("%d %q", status, stderr)
	}
}

func TestMissingKeySaysWhereItLooked(t *testing.T) {
	folder := t.TempDir()
	status, _, stderr := called(t, nil, "--data", folder)
	if status != 1 || !strings.Contains(stderr, filepath.Join(folder, KeyFile)) || !strings.Contains(stderr, "--key") {
		t.Errorf("%d %q", status, stderr)
	}
	if err := os.WriteFile(filepath.Join(folder, KeyFile), []byte("\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if status, _, stderr = called(t, map[string]string{"WALL_DATA": folder}); status != 1 || !strings.Contains(stderr, "is empty") {
		t.Errorf("%d %q", status, stderr)
	}
}

func TestNoHubIsSaid(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	nobody := l.Addr().String()
	_ = l.Close()
	status, _, stderr := called(t, nil, "--key", "the-key", nobody)
	if status != 1 || !strings.Contains(stderr, "no hub answers at http://"+nobody) || !strings.Contains(stderr, "Start one") {
		t.Errorf("%d %q", status, stderr)
	}
}

func TestJSONIsOneObjectAndTheAddressesArePrinted(t *testing.T) {
	s := &stage{}
	at := s.open(t)
	folder := t.TempDir()
	if err := os.WriteFile(filepath.Join(folder, KeyFile), []byte("the-key\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	status, stdout, stderr := called(t, nil, at.String(), "--data", folder, "--json", "--speed", "max", "--script", smallFile(t))
	var r map[string]any
	if err := json.Unmarshal([]byte(stdout), &r); err != nil || status != 0 {
		t.Fatalf("%d %q %q: %v", status, stdout, stderr, err)
	}
	for name, want := range map[string]any{
		"wall": "482715", "phones": 2., "joined": 2., "posted": 6., "acknowledged": 6., "delivered": 6., "lost": 0., "duplicated": 0.,
	} {
		if r[name] != want {
			t.Errorf("%s is %v, want %v", name, r[name], want)
		}
	}
	for _, want := range []string{at.String() + "/482715\n", at.String() + "/482715/projector#p", at.String() + "/482715/desk#d"} {
		if !strings.Contains(stderr, want) {
			t.Errorf("%q is not in %q", want, stderr)
		}
	}
	if len(s.wiped) != 1 {
		t.Errorf("wiped %v", s.wiped)
	}
}

func TestTextReportAndKeep(t *testing.T) {
	s := &stage{}
	status, stdout, stderr := called(t, map[string]string{"WALL_KEY": "the-key"},
		"--keep", "--speed", "0", "--phones=3", "--script", smallFile(t), s.open(t).Host)
	if status != 0 || !strings.Contains(stdout, "lost          0\n") || !strings.Contains(stdout, "hidden        1") ||
		!strings.Contains(stderr, "the wall 482715 is still there") || len(s.wiped) != 0 {
		t.Errorf("%d %q %q", status, stdout, stderr)
	}
}

func TestProgressGoesToALineEachTwoSeconds(t *testing.T) {
	var to bytes.Buffer
	s := newShow(&to)
	for _, p := range []Progress{
		{Stage: joining, Phones: 3, Joined: 1},
		{Stage: playing}, // too soon
	} {
		s.progress(p)
	}
	s.told = time.Time{}
	s.progress(Progress{Stage: playing, Notes: 3, NotesDone: 1, Votes: 5, VotesDone: 2, Ack: 1500 * time.Microsecond})
	want := "joining: 1 of 3 phones\nnotes 1/3  votes 2/5  acknowledged in 1.5 ms  under way 0\n"
	if to.String() != want {
		t.Errorf("%q", to.String())
	}
	to.Reset()
	s.terminal = true
	s.progress(Progress{Stage: looking, Phones: 100})
	s.progress(Progress{Stage: joining, Phones: 3, Joined: 1})
	s.end()
	if got := to.String(); strings.Contains(got, "\n") || strings.Count(got, "\r") != 4 {
		t.Errorf("%q", got)
	}
}

func TestSpeeds(t *testing.T) {
	for s, want := range map[string]float64{"max": 0, "0": 0, "1": 1, "10x": 10, "0.5": 0.5} {
		if x, err := parseSpeed(s); err != nil || x != want {
			t.Errorf("%s: %g %v", s, x, err)
		}
	}
}
