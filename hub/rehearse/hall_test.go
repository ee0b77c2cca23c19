package rehearse

import (
	"bytes"
	"encoding/json"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"openspacewall/hub"
	"openspacewall/hub/crowd"
	"openspacewall/hub/wall"
)

// held rehearses a hall of thirty phones, of which each act takes a second.
func held(t *testing.T, at *url.URL, acts []string, change func(*HallOptions)) *Report {
	t.Helper()
	o := HallOptions{Hub: at, Key: realKey, Phones: 30, Acts: acts, Length: time.Second}
	if change != nil {
		change(&o)
	}
	r, err := RunHall(t.Context(), o)
	if err != nil {
		t.Fatalf("%v: %+v", err, r)
	}
	return r
}

// lateness are the reasons that a busy machine may give, and no fault can.
var lateness = []string{"waited", "came_late", "back_late", "ack_late", "busy", "late"}

// right says that nothing is wrong with a report but, maybe, the machine.
func right(r *Report) bool {
	for _, because := range r.Reasons {
		if because.Code != "good" && !slices.Contains(lateness, because.Code) {
			return false
		}
	}
	return len(r.Reasons) > 0
}

func because(r *Report, code string) bool {
	return slices.ContainsFunc(r.Reasons, func(b Reason) bool { return b.Code == code })
}

func TestAHallOnARealHub(t *testing.T) {
	h := newHouse(t)
	var acts []string
	seconds := 0
	r := held(t, h.at, Acts, func(o *HallOptions) {
		o.Progress = func(act string, _ Point) {
			seconds++
			if !slices.Contains(acts, act) {
				acts = append(acts, act)
			}
		}
	})
	if !right(r) || r.Joined != 30 || r.Posted != r.Acknowledged || r.Delivered != r.Acknowledged || r.Lost != 0 || r.Duplicated != 0 ||
		r.Returns != 10 || r.Dropped != 0 || r.Missing != 0 || !r.Finished {
		t.Errorf("%+v", r)
	}
	if r.Notes < 10 || r.Votes < 60 || r.Posted != r.Notes+r.Votes || len(r.Points) != seconds || len(acts) < 4 || r.Machine == nil ||
		r.WallP50 <= 0 || r.WallP99 < r.WallP50 || r.AckP50 <= 0 || r.JoinP50 <= 0 || r.BackP50 <= 0 || r.BytesEach == 0 {
		t.Errorf("%+v in %v", r, acts)
	}
	if walls, err := h.store.Walls(t.Context()); err != nil || len(walls) != 0 {
		t.Errorf("%v is still there, %v", walls, err)
	}
}

// A hall's own Wi-Fi is tried without any key, on a wall that is there.
func TestAHallOnAWallThatIsThere(t *testing.T) {
	at := realHub(t)
	door := crowd.NewDoor(at, nil)
	defer door.Close()
	place, err := door.Make(t.Context(), realKey, "Kept")
	if err != nil {
		t.Fatal(err)
	}
	for range 2 { // what the first left there does not disturb the second
		r := held(t, at, []string{Write, Vote}, func(o *HallOptions) { o.Key, o.Code = "", place.Code })
		if !right(r) || r.Wall != place.Code || r.Joined != 30 || r.Posted == 0 || r.Posted != r.Acknowledged || r.Lost != 0 {
			t.Errorf("%+v", r)
		}
	}
}

// The negative controls: what is lost, doubled or broken on the way is in the verdict.
func TestAHallFindsWhatIsWrong(t *testing.T) {
	var once atomic.Bool
	var robbed atomic.Value
	first := func(c *hub.Command, do string) bool { return c.Do == do && once.CompareAndSwap(false, true) }
	acked := func(c *hub.Command) *hub.Outgoing { return &hub.Outgoing{Ack: &hub.Ack{N: c.N, Revision: 1}} }
	for _, c := range []struct {
		name             string
		up               func(c *hub.Command) ([]*hub.Command, *hub.Outgoing)
		code             string
		lost, duplicated int
	}{
		{"a note is acknowledged and lost", func(c *hub.Command) ([]*hub.Command, *hub.Outgoing) {
			if first(c, "post") {
				return nil, acked(c)
			}
			return []*hub.Command{c}, nil
		}, "lost", 1, 0},
		// All of one note's: a single one may be moved away again before anybody counts.
		{"votes are acknowledged and lost", func(c *hub.Command) ([]*hub.Command, *hub.Outgoing) {
			var v wall.CastVote
			_ = json.Unmarshal(c.With, &v)
			if first(c, "vote") {
				robbed.Store(v.Target)
			}
			if c.Do == "vote" && v.Target == robbed.Load() {
				return nil, acked(c)
			}
			return []*hub.Command{c}, nil
		}, "lost", -1, 0},
		{"a note is posted twice", func(c *hub.Command) ([]*hub.Command, *hub.Outgoing) {
			if first(c, "post") {
				var p wall.Post
				_ = json.Unmarshal(c.With, &p)
				p.ID = "11111111-1111-4111-8111-111111111111"
				with, _ := json.Marshal(p)
				return []*hub.Command{c, {N: 1_000_000, Do: c.Do, With: with}}, nil
			}
			return []*hub.Command{c}, nil
		}, "doubled", 0, -1},
		{"a note is refused", func(c *hub.Command) ([]*hub.Command, *hub.Outgoing) {
			if first(c, "post") {
				return nil, &hub.Outgoing{Refused: &hub.Refused{N: c.N, Refusal: wall.Refusal{Code: wall.Full}}}
			}
			return []*hub.Command{c}, nil
		}, "refused", 0, 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			once.Store(false)
			b := &between{hub: realHub(t), up: c.up}
			acts := []string{Write}
			if strings.HasPrefix(c.name, "votes") {
				acts = []string{Vote}
			}
			r := held(t, b.open(t), acts, func(o *HallOptions) { o.settle = time.Second })
			if !once.Load() || r.Verdict != NoGo || r.Good() || !because(r, c.code) {
				t.Errorf("%+v", r)
			}
			if (c.lost >= 0 && r.Lost != c.lost) || (c.lost < 0 && r.Lost == 0) || (c.duplicated >= 0 && r.Duplicated != c.duplicated) || (c.duplicated < 0 && r.Duplicated == 0) {
				t.Errorf("%d lost, %d duplicated", r.Lost, r.Duplicated)
			}
		})
	}
}

// Connections that break by themselves are said, and lose nothing.
func TestAHallWithBreakingConnections(t *testing.T) {
	var messages atomic.Int64
	b := &between{hub: realHub(t), cut: func() bool { return messages.Add(1)%101 == 0 }}
	r := held(t, b.open(t), []string{Write, Vote}, nil)
	if r.Verdict != NoGo || !because(r, "dropped") || r.Dropped == 0 || r.Returns < r.Dropped || r.Lost != 0 || r.Duplicated != 0 || r.Posted != r.Acknowledged {
		t.Errorf("%+v", r)
	}
}

func TestHallsThatCannotBeHeld(t *testing.T) {
	for _, c := range []struct {
		name   string
		stage  *stage
		change func(*HallOptions)
		want   string
	}{
		{"wrong key", &stage{}, func(o *HallOptions) { o.Key = "another" }, "does not know this key"},
		{"not marked", &stage{plain: true}, nil, "did not mark the wall as a rehearsal"},
		{"a wall that is none to rehearse on", &stage{plain: true}, func(o *HallOptions) { o.Code = "482715" }, "did not mark the wall as a rehearsal"},
		{"no such wall", &stage{}, func(o *HallOptions) { o.Code = "111111" }, "there is no wall 111111"},
		{"a hub that only is full", &stage{knock: func(w http.ResponseWriter, r *http.Request) bool {
			if r.URL.Path == "/482715" {
				w.WriteHeader(http.StatusServiceUnavailable)
			}
			return r.URL.Path != "/482715"
		}}, func(o *HallOptions) { o.come = 300 * time.Millisecond }, "the hub is full for the moment (status 503)"},
		{"too many phones", &stage{}, func(o *HallOptions) { o.Phones = 1 << 20 }, "ulimit -n"},
	} {
		t.Run(c.name, func(t *testing.T) {
			o := HallOptions{Hub: c.stage.open(t), Key: "the-key", Phones: 3, Acts: []string{Write}, Length: time.Second}
			if c.change != nil {
				c.change(&o)
			}
			r, err := RunHall(t.Context(), o)
			if err == nil && r != nil && len(r.Reasons) > 0 {
				t.Fatalf("it was held: %+v", r)
			}
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("%+v, %v; want %q", r, err, c.want)
			}
			if c.stage.commands > 0 {
				t.Errorf("%d commands were sent", c.stage.commands)
			}
			if c.stage.made != len(c.stage.wiped) {
				t.Errorf("%d made, %d wiped", c.stage.made, len(c.stage.wiped))
			}
		})
	}
}

func TestHallsFromTheCommandLine(t *testing.T) {
	at := realHub(t)
	page := t.TempDir() + "/report.html"
	status, stdout, stderr := called(t, map[string]string{"WALL_KEY": realKey}, at.String(), "--profile", "write,vote", "--phones", "5", "--length", "2", "--json", "--report", page)
	var r Report
	if err := json.Unmarshal([]byte(stdout), &r); err != nil || (status == 0) != (r.Verdict == Go) || !right(&r) || r.Profile != "write,vote" {
		t.Fatalf("%d %q %q: %v", status, stdout, stderr, err)
	}
	if !strings.Contains(stderr, "5 phones: write, vote, 2s each") || !strings.Contains(stderr, at.String()+"/"+r.Wall) {
		t.Errorf("%q", stderr)
	}
	raw := readFile(t, page)
	for _, want := range []string{words["sv"][r.Verdict], words["en"][r.Verdict], "<svg", r.Reasons[0].in("sv"), r.Reasons[0].in("en")} {
		if !bytes.Contains(raw, []byte(want)) {
			t.Errorf("%q is not on the page", want)
		}
	}
	for _, c := range []struct{ args, want string }{
		{"--profile dance", "--profile dance: all, or some of arrive, write"},
		{"--profile all --script x.jsonl", "either --script or --profile"},
		{"--wall 482715", "--wall is for --profile"},
		{"--profile all --length 0", "--length is a number of seconds"},
		{"--profile all --phones 60000", "--phones is at most"},
	} {
		if status, _, stderr := called(t, nil, strings.Fields(c.args)...); status != 2 || !strings.Contains(stderr, c.want) {
			t.Errorf("%s: %d %q", c.args, status, stderr)
		}
	}
}
