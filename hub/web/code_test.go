package web

import (
	"net/http"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"openspacewall/hub"
	"openspacewall/hub/wall"
)

func TestCodesGrowWithTheirNumber(t *testing.T) {
	for open, want := range map[int]int{1: 6, 10: 6, 11: 8, 100: 8, 101: 10, 1000: 10} {
		if got := codeDigits(open); got != want {
			t.Errorf("%d open walls: %d digits, want %d", open, got, want)
		}
	}
	s := stood(t)
	form := regexp.MustCompile(`^[1-9][0-9]+$`)
	seen := map[string]bool{s.wall.Code: true}
	for n := 2; n <= 12; n++ {
		code := s.another().Code
		if want := codeDigits(n); len(code) != want || !form.MatchString(code) || seen[code] {
			t.Errorf("wall %d: %s", n, code)
		}
		seen[code] = true
	}
	// A closed wall does not count.
	s.phase(wall.Closed)
	walls, err := s.Walls(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	walls = slices.DeleteFunc(walls, func(w Standing) bool { return w.Code == s.wall.Code })
	for _, w := range walls[:2] {
		if err := s.Hub.Do(t.Context(), w.Wall, wall.Request{By: wall.Actor{Role: wall.Owner, ID: "o"}, At: s.now(), Command: wall.SetPhase{Phase: wall.Closed}}); err != nil {
			t.Fatal(err)
		}
	}
	if code := s.another().Code; len(code) != 6 {
		t.Errorf("with ten open: %s", code)
	}
}

func TestARenewedCodeLeavesTheOldOneStanding(t *testing.T) {
	s, on := live(t)
	owner := s.asOwner()
	hall := connected(t, on, "/"+s.wall.Code+"/socket?face=projector", nil)
	w := s.wants(http.StatusCreated, call{method: http.MethodPost, path: "/" + s.wall.Code + "/code", cookies: owner})
	next := says[struct{ Code string }](t, w).Code
	if next == s.wall.Code || len(next) != 6 {
		t.Fatalf("%s after %s", next, s.wall.Code)
	}
	if got := closedWith(t, hall); got != hub.CloseComeBack {
		t.Errorf("the projector: %d", got)
	}
	for _, code := range []string{s.wall.Code, next} {
		s.wants(http.StatusOK, call{path: "/" + code})
		s.wants(http.StatusOK, call{path: "/" + code + "/people", cookies: owner})
	}
	want, err := drawQR("http://wall.lan:8080/" + next)
	if err != nil {
		t.Fatal(err)
	}
	if got := s.wants(http.StatusOK, call{path: "/" + s.wall.Code + "/qr.svg"}).Body.String(); got != want {
		t.Error("the QR code is not the new one's")
	}
	if walls, err := s.Walls(t.Context()); err != nil || walls[0].Code != next {
		t.Errorf("%+v %v", walls, err)
	}
}

func TestReservedAddressesAreNoCodes(t *testing.T) {
	for name := range reserved {
		if codeForm(name) {
			t.Errorf("%q", name)
		}
	}
	for code, want := range map[string]bool{
		"123456": true, "12345678": true, "1234567890": true, "12345": false, "1234567": false, "123456789": false,
		"12345678901": false, "12345a": false, "１２３４５６": false, "12 456": false, "": false, "-12345": false,
	} {
		if codeForm(code) != want {
			t.Errorf("%q: %v", code, !want)
		}
	}
}

// Guesses are bounded for everybody together; beyond the bound a right one is
// answered like a wrong one, but whoever has been here before gets in.
func TestGuessesOfCodes(t *testing.T) {
	s := stood(t)
	regular := s.attendee()
	owner := s.asOwner()
	wrong := func(i int) call {
		return call{path: "/" + string([]byte{'9', '0' + byte(i/1000%10), '0' + byte(i/100%10), '0' + byte(i/10%10), '0' + byte(i%10), '0'})}
	}
	guess := func(i int) int {
		c := wrong(i)
		if c.path == "/"+s.wall.Code {
			return http.StatusNotFound
		}
		return s.do(c).Code
	}
	for i := range GuessesAtOnce {
		if got := guess(i); got != http.StatusNotFound {
			t.Fatalf("guess %d: %d", i, got)
		}
	}
	for _, c := range []call{
		wrong(1000),
		{path: "/" + s.wall.Code},
		{path: "/api/wall/" + s.wall.Code},
		{path: "/" + s.wall.Code + "/qr.svg"},
		{path: "/" + s.wall.Code + "/projector"},
		{method: http.MethodPost, path: "/" + s.wall.Code + "/enter", body: `{"secret":"x"}`},
	} {
		w := s.do(c)
		if w.Code != http.StatusServiceUnavailable || w.Result().Header.Get("Retry-After") != "10" || codeOf(t, w) != "busy" {
			t.Errorf("%s: %d %s", c.path, w.Code, w.Body)
		}
	}
	for name, cookies := range map[string][]*http.Cookie{"who has been here": regular, "the desk": owner} {
		if w := s.do(call{path: "/" + s.wall.Code, cookies: cookies}); w.Code != http.StatusOK {
			t.Errorf("%s: %d", name, w.Code)
		}
	}
	// The page that asks to wait asks again by itself.
	w := s.do(call{path: "/" + s.wall.Code, header: map[string]string{"Accept": "text/html"}})
	if !contains(w, `http-equiv="refresh" content="10"`) {
		t.Errorf("%s", w.Body)
	}
	// What cannot be a code is no guess, and is not answered as one.
	if w := s.do(call{path: "/wp-login.php"}); w.Code != http.StatusNotFound {
		t.Errorf("no code: %d", w.Code)
	}
	s.clock.pass(time.Second)
	s.wants(http.StatusOK, call{path: "/" + s.wall.Code})
	for i := range GuessesPerSecond {
		if got := guess(2000 + i); got != http.StatusNotFound {
			t.Errorf("a second later, guess %d: %d", i, got)
		}
	}
	if got := guess(3000); got != http.StatusServiceUnavailable {
		t.Errorf("one more: %d", got)
	}
	if n := GuessesAtOnce + 60*GuessesPerSecond; n > 300 {
		t.Errorf("%d guesses in a minute", n)
	}
}

func TestTheDoorAsksForAWall(t *testing.T) {
	s := stood(t)
	got := says[map[string]any](t, s.wants(http.StatusOK, call{path: "/api/wall/" + s.wall.Code}))
	if got["code"] != s.wall.Code || got["title"] != "Göteborg" || got["exists"] != true || len(got) != 3 {
		t.Errorf("%v", got)
	}
	if w := s.wants(http.StatusNotFound, call{path: "/api/wall/000000"}); codeOf(t, w) != "not_found" {
		t.Errorf("%s", w.Body)
	}
}

func TestOwnersMakeWalls(t *testing.T) {
	s := stood(t)
	owner := s.asOwner()
	s.clock.pass(time.Minute)
	w := s.wants(http.StatusCreated, call{method: http.MethodPost, path: "/walls", cookies: owner, body: `{"title":" Boden  i norr ","question":"Vad gör vi nu?"}`})
	made := says[Made](t, w)
	if made.Link != "http://localhost:8080/"+made.Code+"/desk" {
		t.Errorf("%+v", made)
	}
	settings, err := s.Hub.Settings(t.Context(), made.Wall)
	if err != nil {
		t.Fatal(err)
	}
	if settings.Title != "Boden i norr" || settings.Question["sv"] != "Vad gör vi nu?" || settings.Rehearsal || len(settings.Themes) != 5 {
		t.Errorf("%+v", settings)
	}
	list := says[struct{ Walls []Standing }](t, s.wants(http.StatusOK, call{path: "/walls", cookies: owner})).Walls
	if len(list) != 2 || list[0].Title != "Göteborg" || list[1].Title != "Boden i norr" || list[1].Code != made.Code || list[1].Phase != wall.Write {
		t.Errorf("%+v", list)
	}
	if strings.Contains(w.Body.String(), "#") {
		t.Errorf("a secret: %s", w.Body)
	}
}

func TestRehearsalsComeAndGo(t *testing.T) {
	s, on := live(t)
	key := map[string]string{"Authorization": "Bearer " + testKey}
	r := says[map[string]string](t, s.wants(http.StatusCreated, call{method: http.MethodPost, path: "/api/rehearsals", body: `{"title":"Repetition"}`, header: key}))
	if settings, err := s.Hub.Settings(t.Context(), r["wall"]); err != nil || !settings.Rehearsal || settings.Title != "Repetition" {
		t.Errorf("%+v %v", settings, err)
	}
	owner := s.enters(r["code"], secretOf(r["desk"]), call{})
	moderator := s.enters(r["code"], secretOf(r["moderator"]), call{})
	s.enters(r["code"], secretOf(r["projector"]), call{})
	s.wants(http.StatusOK, call{path: "/" + r["code"] + "/people", cookies: owner})
	s.wants(http.StatusForbidden, call{path: "/" + r["code"] + "/people", cookies: moderator})
	if walls, err := s.Walls(t.Context()); err != nil || len(walls) != 1 {
		t.Errorf("it stands among the walls: %v %v", walls, err)
	}
	desk := connected(t, on, "/"+r["code"]+"/socket?face=desk", moderator)

	// A wall that is no rehearsal is not wiped.
	s.wants(http.StatusNotFound, call{method: http.MethodDelete, path: "/api/rehearsals/" + s.wall.Wall, header: key})
	s.wants(http.StatusNotFound, call{method: http.MethodDelete, path: "/api/rehearsals/x", header: key})
	s.wants(http.StatusNoContent, call{method: http.MethodDelete, path: "/api/rehearsals/" + r["wall"], header: key})
	s.wants(http.StatusNotFound, call{method: http.MethodDelete, path: "/api/rehearsals/" + r["wall"], header: key})
	if got := closedWith(t, desk); got != 4001 && got != 4004 {
		t.Errorf("its desk: %d", got)
	}
	s.wants(http.StatusNotFound, call{path: "/" + r["code"]})
	for table, want := range map[string]int{tableWalls: 1, tableCodes: 1, tablePeople: 1} {
		if left, err := s.Hub.List(t.Context(), table); err != nil || len(left) != want {
			t.Errorf("%s: %d left, %v", table, len(left), err)
		}
	}
	// Without a key in the folder, nobody may.
	bare := stood(t, func(c *Config) { c.Key = "" })
	bare.wants(http.StatusUnauthorized, call{method: http.MethodPost, path: "/api/rehearsals", body: `{"title":"x"}`, header: map[string]string{"Authorization": "Bearer "}})
}

// A phone is let in by what was found of its wall a moment ago; all others, and
// who comes later, by what the store says.
func TestWhatWasFoundLately(t *testing.T) {
	s := stood(t)
	code := s.wall.Code
	if p, found, err := s.findLately(t.Context(), code); err != nil || !found || p.ID != s.wall.Wall {
		t.Fatal(p, found, err)
	}
	if _, found, err := s.findLately(t.Context(), "999999"); err != nil || found {
		t.Error(found, err)
	}
	if err := s.remove(t.Context(), tableCodes, code); err != nil {
		t.Fatal(err)
	}
	s.clock.pass(FoundLately - 1)
	if _, found, _ := s.findLately(t.Context(), code); !found {
		t.Error("forgotten too soon")
	}
	if _, found, _ := s.find(t.Context(), code); found {
		t.Error("the store still has it")
	}
	s.clock.pass(1)
	if _, found, _ := s.findLately(t.Context(), code); found {
		t.Error("kept for too long")
	}
}
