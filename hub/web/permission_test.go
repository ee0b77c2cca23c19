package web

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"openspacewall/hub/wall"
)

// Who may do what, all of it: every action by everybody, here and on another
// wall. What is not written is denied.
func TestThePermissionTable(t *testing.T) {
	const here, there = "here", "there"
	somebody := func(role wall.Role, on string) []person { return []person{{ID: "p", Role: role, Wall: on}} }
	callers := map[string]caller{
		"nobody":          {},
		"attendee":        {device: &device{}},
		"at the machine":  {local: true},
		"screen":          {screens: []screen{{wall: here}}},
		"moderator":       {people: somebody(wall.Moderator, here)},
		"owner of one":    {people: somebody(wall.Owner, here)},
		"owner":           {people: somebody(wall.Owner, "")},
		"the program":     {program: true},
		"odd role":        {people: somebody(wall.Hub, here)},
		"both":            {people: []person{{Role: wall.Moderator, Wall: here}, {Role: wall.Owner, Wall: there}}},
		"elsewhere":       {people: somebody(wall.Owner, there), screens: []screen{{wall: there}}},
		"mods everywhere": {people: somebody(wall.Moderator, "")},
	}
	actions := map[action]string{attend: "attend", watch: "watch", moderate: "moderate", own: "own", install: "install", rehearse: "rehearse", look: "look", 0: "nothing", look + 1: "unheard of"}
	want := map[string]bool{}
	for _, line := range strings.Split(strings.TrimSpace(`
		attendee: attend here, attend there
		at the machine: watch here, watch there, look here, look there
		screen: watch here
		moderator: watch here, moderate here
		owner of one: watch here, moderate here, own here
		owner: watch here, moderate here, own here, watch there, moderate there, own there, install here, install there
		the program: install here, install there, rehearse here, rehearse there, look here, look there
		both: watch here, moderate here, watch there, moderate there, own there
		elsewhere: watch there, moderate there, own there
		mods everywhere: watch here, moderate here, watch there, moderate there`), "\n") {
		who, what, _ := strings.Cut(strings.TrimSpace(line), ": ")
		if _, known := callers[who]; !known {
			t.Fatalf("who is %q?", who)
		}
		for _, w := range strings.Split(what, ", ") {
			want[who+" "+w] = true
		}
	}
	for who, c := range callers {
		for a, name := range actions {
			for _, on := range []string{here, there} {
				cell := fmt.Sprintf("%s %s %s", who, name, on)
				if got := c.may(a, on); got != want[cell] {
					t.Errorf("%s: %v", cell, got)
				}
			}
		}
	}
}

// The same over HTTP: each route by each kind of caller, by what its answer is.
func TestRoutesAskWhoMay(t *testing.T) {
	s := stood(t)
	boden := s.another()
	owner := s.asOwner()
	_, moderator := s.invited(owner, "Amina")
	attendee := s.attendee()
	screen := s.enters(s.wall.Code, s.screenSecretNow(), call{})
	rehearsal := says[map[string]string](t, s.wants(http.StatusCreated, call{method: http.MethodPost, path: "/api/rehearsals", body: `{"title":"x"}`, header: map[string]string{"Authorization": "Bearer " + testKey}}))
	stranger := s.enters(rehearsal["code"], secretOf(rehearsal["desk"]), call{})
	key := map[string]string{"Authorization": "Bearer " + testKey}

	for _, c := range []struct {
		call
		allowed string
	}{
		{call{method: "GET", path: "/%s/people"}, "owner"},
		{call{method: "POST", path: "/%s/people", body: `{"name":"x"}`}, "owner"},
		{call{method: "DELETE", path: "/%s/people/nobody"}, "owner"},
		{call{method: "POST", path: "/%s/code"}, "owner"},
		{call{method: "POST", path: "/%s/projector-link"}, "owner moderator"},
		{call{method: "GET", path: "/%s/report"}, "owner moderator"},
		{call{method: "GET", path: "/walls"}, "owner program"},
		{call{method: "POST", path: "/walls", body: `{"title":"x"}`}, "owner program"},
		{call{method: "POST", path: "/api/owner-links"}, "program"},
		{call{method: "POST", path: "/api/rehearsals", body: `{"title":"x"}`}, "program"},
		{call{method: "DELETE", path: "/%s/projector-link"}, "owner"},
		{call{method: "GET", path: "/api/walls-file?keys=true"}, "program"},
	} {
		for who, with := range map[string]call{
			"nobody": {}, "attendee": {cookies: attendee}, "screen": {cookies: screen},
			"moderator": {cookies: moderator}, "owner": {cookies: owner}, "program": {header: key},
			"stranger": {cookies: stranger},
			"guesser":  {header: map[string]string{"Authorization": "Bearer x"}},
			"keyless":  {header: map[string]string{"Authorization": "Bearer "}},
		} {
			if strings.Contains(c.path, "%s") {
				with.path = fmt.Sprintf(c.path, s.wall.Code)
			} else {
				with.path = c.path
			}
			with.method, with.body = c.method, c.body
			w := s.do(with)
			if allowed := w.Code < 400; allowed != strings.Contains(" "+c.allowed+" ", " "+who+" ") {
				t.Errorf("%s %s by %s: %d %s", c.method, with.path, who, w.Code, w.Body)
			}
		}
		// A moderator of one wall is nobody on another.
		if strings.Contains(c.path, "%s") {
			w := s.do(call{method: c.method, path: fmt.Sprintf(c.path, boden.Code), body: c.body, cookies: moderator})
			if w.Code < 400 {
				t.Errorf("%s %s on another wall: %d", c.method, c.path, w.Code)
			}
		}
	}
}

// One role's cookie under another's name is nothing.
func TestCookiesUnderOtherNamesAreNothing(t *testing.T) {
	s := stood(t)
	values := map[string]string{
		cookieDevice: s.attendee()[0].Value,
		cookieScreen: s.enters(s.wall.Code, s.screenSecretNow(), call{})[0].Value,
		cookieLogin:  s.asOwner()[0].Value,
	}
	for from, value := range values {
		for _, to := range []string{cookieDevice, cookieScreen, cookieLogin, "__Host-" + cookieLogin} {
			if from == to {
				continue
			}
			r := call{path: "/", cookies: []*http.Cookie{{Name: to, Value: value}}}
			c, err := s.whoAsks(r.request())
			if err != nil || c.device != nil || c.screens != nil || c.people != nil {
				t.Errorf("a %s as %s: %+v %v", from, to, c, err)
			}
		}
	}
}
