package web

import (
	"encoding/xml"
	"fmt"
	"net/http"
	"reflect"
	"regexp"
	"strings"
	"testing"

	"rsc.io/qr"

	"openspacewall/hub/wall"
)

// asks puts commands to the wall, each by somebody.
func (s *stand) asks(by wall.Actor, commands ...wall.Command) {
	s.t.Helper()
	for _, c := range commands {
		if err := s.Hub.Do(s.t.Context(), s.wall.Wall, wall.Request{By: by, At: s.now(), Command: c}); err != nil {
			s.t.Fatalf("%s: %v", c.Verb(), err)
		}
	}
}

func note(n int) string { return fmt.Sprintf("00000000-0000-4000-8000-%012d", n) }

// eventful is a wall on which a day has passed.
func eventful(t *testing.T) *stand {
	s := stood(t)
	desk := wall.Actor{Role: wall.Owner, ID: "o", Name: "Amina"}
	for i, p := range []wall.Post{
		{Theme: "health", Kind: "opinion", Text: "Mer träd <script>alert(1)</script>"},
		{Theme: "health", Kind: "opinion", Text: "Fler bänkar"},
		{Theme: "health", Kind: "opinion", Text: "Bänkar att sitta på"},
		{Theme: "work", Kind: "question", Text: "Vem betalar?"},
		{Theme: "work", Kind: "question", Text: "När börjar det?"},
		{Theme: "work", Kind: "question", Text: "Varför så sent?"},
		{Theme: "work", Kind: "question", Text: "Hur då?"},
		{Theme: "language", Kind: "opinion", Text: "سلامتی مهم است", Lang: "fa"},
		{Theme: "language", Kind: "opinion", Text: "En hemlighet som gömdes"},
		{Theme: "language", Kind: "opinion", Text: "Lagd åt sidan"},
	} {
		p.ID = note(i)
		s.asks(wall.Actor{Role: wall.Participant, ID: fmt.Sprint("person", i)}, p)
	}
	s.asks(desk,
		wall.MakeCluster{ID: note(100), Name: "Grönt & skönt", Theme: "health", Notes: []string{note(0)}},
		wall.Merge{Into: note(1), Notes: []string{note(2)}},
		wall.AnswerNote{Note: note(3), Answer: &wall.AnswerGiven{Text: "Staden."}},
		wall.AnswerNote{Note: note(4), Answer: &wall.AnswerGiven{Promise: "2026-12-24"}},
		wall.AnswerNote{Note: note(5), Answer: &wall.AnswerGiven{}},
		wall.Hide{Notes: []string{note(8)}},
		wall.Archive{Notes: []string{note(9)}},
	)
	s.asks(wall.Actor{Role: wall.Participant, ID: "voter"},
		wall.CastVote{Target: "c:" + note(100), Dots: 2, Count: 1}, wall.CastVote{Target: "n:" + note(3), Dots: 1, Count: 2})
	return s
}

func TestTheReportSaysWhatTheHallMaySee(t *testing.T) {
	s := eventful(t)
	owner := s.asOwner()
	read := func() string {
		w := s.wants(http.StatusOK, call{path: "/" + s.wall.Code + "/report", cookies: owner})
		return regexp.MustCompile(`\s+`).ReplaceAllString(w.Body.String(), " ")
	}
	before := read()
	if strings.Contains(before, "röster från") || strings.Contains(before, "viktigast") || !strings.Contains(before, "Antalet röster visas inte ännu") {
		t.Error("dots are shown before they may be")
	}
	s.phase(wall.Results)
	after := read()
	for _, want := range []string{
		`<html lang="sv">`, "Göteborg", "<b>8</b>lappar", "<b>1</b>grupp<", "<b>4</b>frågor", "<b>2</b>besvarade", "1 lapp har lagts åt sidan", "<b>1</b>person har röstat", ">frågor<",
		`<b>1</b><span><strong dir="auto">Grönt &amp; skönt</strong><small>Hälsa · 2 röster från 1 person</small>`, `<b>2</b><span><strong dir="auto">Vem betalar?`,
		"<h3><span dir=\"auto\">Grönt &amp; skönt</span> <span class=\"dots\">2 röster från 1 person</span>", "Mer träd &lt;script&gt;alert(1)&lt;/script&gt;",
		`Fler bänkar</span> <ul><li><span class="text" dir="auto">Bänkar att sitta på`, "Staden.", `Svar utlovat till <time datetime="2026-12-24">24 december 2026</time>`, "Besvarad på scenen.", "Inte besvarad ännu.",
		`<li><span class="text" dir="auto" lang="fa">سلامتی مهم است`, "Inga lappar under det här temat.", "Bostäder",
	} {
		if !strings.Contains(after, want) {
			t.Errorf("it does not say %q", want)
		}
	}
	for _, never := range []string{"hemlighet", "Lagd åt sidan<", "person0", "Amina", "<script>", "style="} {
		if strings.Contains(after, never) {
			t.Errorf("it says %q", never)
		}
	}
	if t.Failed() {
		t.Log(after)
	}
	// Questions: answered first, then promised, then open.
	at := -1
	for _, q := range []string{"Staden.", "Besvarad på scenen.", "Svar utlovat", "Inte besvarad"} {
		i := strings.Index(after, q)
		if i < at {
			t.Errorf("%s stands too early", q)
		}
		at = i
	}
}

func TestWhoReadsTheReport(t *testing.T) {
	s := stood(t)
	phone := s.attendee()
	path := "/" + s.wall.Code + "/report"
	for _, p := range []wall.Phase{wall.Write, wall.Gather, wall.Vote, wall.Results, wall.Closed} {
		if p != wall.Write {
			s.phase(p)
		}
		want := http.StatusForbidden
		if p == wall.Results || p == wall.Closed {
			want = http.StatusOK
		}
		s.wants(want, call{path: path, cookies: phone})
	}
	open := stood(t)
	open.wants(http.StatusOK, call{path: "/" + open.wall.Code + "/report", cookies: open.asOwner()})
}

func TestTheReportIsInTheWallsLanguage(t *testing.T) {
	s := stood(t)
	s.asks(wall.Actor{Role: wall.Owner, ID: "o"}, wall.Set{Setting: "language", Value: wall.JSON(`"en"`)},
		wall.Set{Setting: "organiser", Value: wall.JSON(`{"name":"The City","contact":"wall@example.org"}`)})
	w := s.wants(http.StatusOK, call{path: "/" + s.wall.Code + "/report", cookies: s.asOwner()})
	for _, want := range []string{`<html lang="en">`, "Health", "What needs to change in Gothenburg?", "Organiser: The City, wall@example.org"} {
		if !contains(w, want) {
			t.Errorf("it does not say %q: %s", want, w.Body)
		}
	}
}

// The path that is drawn is the code that was meant, module by module.
func TestTheQRCodeIsDrawnAsItIs(t *testing.T) {
	text := "https://wall.example.org/482715"
	svg, err := drawQR(text)
	if err != nil {
		t.Fatal(err)
	}
	var picture struct {
		ViewBox string `xml:"viewBox,attr"`
		Title   string `xml:"title"`
		Paths   []struct {
			D string `xml:"d,attr"`
		} `xml:"path"`
	}
	if err := xml.Unmarshal([]byte(svg), &picture); err != nil {
		t.Fatal(err)
	}
	if picture.Title != text {
		t.Errorf("the title is %q", picture.Title)
	}
	code, err := qr.Encode(text, qr.M)
	if err != nil {
		t.Fatal(err)
	}
	side := code.Size + 2*quiet
	if want := fmt.Sprintf("0 0 %d %d", side, side); picture.ViewBox != want {
		t.Errorf("%s, want %s", picture.ViewBox, want)
	}
	dark := map[[2]int]bool{}
	for _, m := range regexp.MustCompile(`M(\d+) (\d+)h(\d+)v1h-(\d+)z`).FindAllStringSubmatch(picture.Paths[1].D, -1) {
		var x, y, run int
		if _, err := fmt.Sscan(m[1]+" "+m[2]+" "+m[3], &x, &y, &run); err != nil || m[3] != m[4] {
			t.Fatal(m, err)
		}
		for i := range run {
			dark[[2]int{x + i, y}] = true
		}
	}
	for y := range side {
		for x := range side {
			if want := code.Black(x-quiet, y-quiet); dark[[2]int{x, y}] != want {
				t.Fatalf("%d,%d is %v", x, y, !want)
			}
		}
	}
}

// Who came to the wrong place is shown the way to the right one.
func TestNoticesShowAWayOut(t *testing.T) {
	s := stood(t)
	html := map[string]string{"Accept": "text/html", "Accept-Language": "sv-SE"}
	for path, want := range map[string]string{
		"/000000":                     `<a href="/">Skriv koden</a>`,
		"/a/b/c":                      `<a href="/">Skriv koden</a>`,
		"/" + s.wall.Code + "/report": `<a href="/` + s.wall.Code + `">Till väggen</a>`,
	} {
		if w := s.do(call{path: path, header: html}); !contains(w, want) {
			t.Errorf("%s: does not say %s: %s", path, want, w.Body)
		}
	}
}

// Every language has every word.
func TestWordsAreWhole(t *testing.T) {
	if len(notices) != len(reportIn) {
		t.Error("notices and the report speak different languages")
	}
	for what := range codeWords {
		for lang := range notices {
			n, ok := notices[lang][what]
			if !ok || n.title == "" || n.text == "" {
				t.Errorf("%s: %s is not said", lang, what)
			}
			if (n.hint == "") != (notices["sv"][what].hint == "") {
				t.Errorf("%s: %s has a hint in one language only", lang, what)
			}
		}
	}
	for lang, texts := range notices {
		for what := range texts {
			if _, ok := notices["sv"][what]; !ok {
				t.Errorf("%s: %s is said in that language only", lang, what)
			}
			if _, ok := codeWords[what]; !ok && what != "insecure_proxy" {
				t.Errorf("%s has no code", what)
			}
		}
		if w := ways[lang]; w.code == "" || w.wall == "" || w.again == "" {
			t.Errorf("%s: no way out of a notice", lang)
		}
		w := reflect.ValueOf(reportIn[lang])
		for i := range w.NumField() {
			if w.Field(i).String() == "" {
				t.Errorf("%s: the report has no %s", lang, w.Type().Field(i).Name)
			}
		}
	}
}

func TestDatesInTheReport(t *testing.T) {
	for lang, want := range map[string][2]string{"sv": {"1 januari 2027", "31 december 2026"}, "en": {"1 January 2027", "31 December 2026"}} {
		w := reportIn[lang]
		if got := [2]string{w.Date("2027-01-01"), w.Date("2026-12-31")}; got != want {
			t.Errorf("%s: %v", lang, got)
		}
		if n := len(strings.Fields(w.Months)); n != 12 {
			t.Errorf("%s has %d months", lang, n)
		}
	}
}
