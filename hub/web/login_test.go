package web

import (
	"net/http"
	"slices"
	"sync"
	"testing"
	"time"

	"openspacewall/hub/wall"
)

func (s *stand) people(owner []*http.Cookie) []person {
	s.t.Helper()
	w := s.wants(http.StatusOK, call{path: "/" + s.wall.Code + "/people", cookies: owner})
	return says[struct{ People []person }](s.t, w).People
}

func TestALinkOpensOnce(t *testing.T) {
	s := stood(t)
	enter := func(secret string) (int, string) {
		w := s.do(call{method: http.MethodPost, path: "/" + s.wall.Code + "/enter", body: `{"secret":"` + secret + `"}`})
		if w.Code == http.StatusNoContent {
			return w.Code, ""
		}
		return w.Code, codeOf(t, w)
	}
	near := "x" + s.owner[1:]
	if near == s.owner {
		near = "y" + s.owner[1:]
	}
	if status, code := enter(near); status != 401 || code != "unknown" {
		t.Errorf("a guess: %d %s", status, code)
	}
	if status, _ := enter(s.owner); status != 204 {
		t.Errorf("the first time: %d", status)
	}
	if status, code := enter(s.owner); status != 401 || code != "spent" {
		t.Errorf("the second time: %d %s", status, code)
	}
	late, err := s.OwnerLink(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	s.clock.pass(FirstLinkLife)
	if status, code := enter(secretOf(late)); status != 401 || code != "spent" {
		t.Errorf("too late: %d %s", status, code)
	}
	if status, code := enter(""); status != 401 || code != "unknown" {
		t.Errorf("nothing: %d %s", status, code)
	}
}

// Who is in already is let in by a link that was used, in that browser.
func TestAUsedLinkOpensWhereOneIsIn(t *testing.T) {
	s := stood(t)
	again := call{method: http.MethodPost, path: "/" + s.wall.Code + "/enter", body: `{"secret":"` + s.owner + `"}`}
	in := again
	in.cookies = s.asOwner()
	s.wants(http.StatusNoContent, in)
	if w := s.wants(http.StatusUnauthorized, again); codeOf(t, w) != "spent" {
		t.Errorf("elsewhere: %s", w.Body)
	}
	id, cookies := s.invited(in.cookies, "Amina")
	s.wants(http.StatusNoContent, call{method: http.MethodDelete, path: "/" + s.wall.Code + "/people/" + id, cookies: in.cookies})
	again.cookies = cookies
	s.wants(http.StatusUnauthorized, again) // who was revoked is not in
}

// Of many who open one link at the same time, one gets in.
func TestALinkOpensForOne(t *testing.T) {
	s := stood(t)
	var entered sync.Map
	var all sync.WaitGroup
	for i := range 8 {
		all.Go(func() {
			w := s.do(call{method: http.MethodPost, path: "/" + s.wall.Code + "/enter", body: `{"secret":"` + s.owner + `"}`})
			if w.Code == http.StatusNoContent {
				entered.Store(i, true)
			}
		})
	}
	all.Wait()
	n := 0
	entered.Range(func(any, any) bool { n++; return true })
	if n != 1 {
		t.Errorf("%d got in", n)
	}
}

func TestALinkIsForItsWall(t *testing.T) {
	s := stood(t)
	boden := s.another()
	owner := s.asOwner()
	w := s.wants(http.StatusCreated, call{method: http.MethodPost, path: "/" + s.wall.Code + "/people", body: `{"name":"Amina"}`, cookies: owner})
	secret := secretOf(says[struct{ Link string }](t, w).Link)
	w = s.wants(http.StatusUnauthorized, call{method: http.MethodPost, path: "/" + boden.Code + "/enter", body: `{"secret":"` + secret + `"}`})
	if codeOf(t, w) != "unknown" {
		t.Errorf("%s", w.Body)
	}
	s.enters(s.wall.Code, secret, call{}) // it was not spent by that
}

func TestInvitedListedRevoked(t *testing.T) {
	s := stood(t)
	owner := s.asOwner()
	id, cookies := s.invited(owner, "  Amina \u202e Yusuf ")
	people := s.people(owner)
	i := slices.IndexFunc(people, func(p person) bool { return p.ID == id })
	if len(people) != 2 || i < 0 || people[i].Name != "Amina Yusuf" || people[i].Role != wall.Moderator || people[i].Used == 0 {
		t.Errorf("%+v", people)
	}
	link := call{method: http.MethodPost, path: "/" + s.wall.Code + "/projector-link", cookies: cookies}
	s.wants(http.StatusOK, link)
	gone := call{method: http.MethodDelete, path: "/" + s.wall.Code + "/people/" + id, cookies: owner}
	s.wants(http.StatusNoContent, gone)
	s.wants(http.StatusUnauthorized, link)
	s.wants(http.StatusNoContent, gone) // sent again
	if len(s.people(owner)) != 1 {
		t.Errorf("%+v", s.people(owner))
	}
	// A link that was not opened yet is void, too.
	w := s.wants(http.StatusCreated, call{method: http.MethodPost, path: "/" + s.wall.Code + "/people", body: `{"name":"B"}`, cookies: owner})
	b := says[struct{ ID, Link string }](t, w)
	s.wants(http.StatusNoContent, call{method: http.MethodDelete, path: "/" + s.wall.Code + "/people/" + b.ID, cookies: owner})
	w = s.wants(http.StatusUnauthorized, call{method: http.MethodPost, path: "/" + s.wall.Code + "/enter", body: `{"secret":"` + secretOf(b.Link) + `"}`})
	if codeOf(t, w) != "spent" {
		t.Errorf("%s", w.Body)
	}
}

func TestNobodyRevokesThemselvesOrWhoIsAbove(t *testing.T) {
	s := stood(t)
	owner := s.asOwner()
	me := s.people(owner)[0].ID
	s.wants(http.StatusForbidden, call{method: http.MethodDelete, path: "/" + s.wall.Code + "/people/" + me, cookies: owner})
	// The owner of a rehearsal is nobody to the installation's.
	r := says[map[string]string](t, s.wants(http.StatusCreated, call{method: http.MethodPost, path: "/api/rehearsals", body: `{"title":"x"}`, header: map[string]string{"Authorization": "Bearer " + testKey}}))
	small := s.enters(r["code"], secretOf(r["desk"]), call{})
	s.wants(http.StatusForbidden, call{method: http.MethodDelete, path: "/" + r["code"] + "/people/" + me, cookies: small})
	// Nor may somebody be revoked through another wall's address.
	id, _ := s.invited(owner, "Amina")
	s.wants(http.StatusForbidden, call{method: http.MethodDelete, path: "/" + s.another().Code + "/people/" + id, cookies: owner})
	if n := len(s.people(owner)); n != 2 {
		t.Errorf("%d people", n)
	}
}

func TestNamesAndNumbersHaveLimits(t *testing.T) {
	s := stood(t)
	owner := s.asOwner()
	invite := func(name string) int {
		return s.do(call{method: http.MethodPost, path: "/" + s.wall.Code + "/people", body: `{"name":"` + name + `"}`, cookies: owner}).Code
	}
	long := string(slices.Repeat([]byte("å"), NameMost))
	for name, want := range map[string]int{long: 201, long + "å": 400, "": 400, " \u200b ": 400, "A\\nB": 201} {
		if got := invite(name); got != want {
			t.Errorf("%q: %d, want %d", name, got, want)
		}
	}
	for range PeopleMost - 3 {
		if got := invite("x"); got != http.StatusCreated {
			t.Fatal(got)
		}
	}
	if got := invite("one more"); got != http.StatusConflict {
		t.Errorf("one more: %d", got)
	}
}

func TestALoginIsOverAfterItsDay(t *testing.T) {
	s := stood(t)
	owner := s.asOwner()
	asks := call{path: "/" + s.wall.Code + "/people", cookies: owner}
	s.clock.pass(LoginLife - time.Millisecond)
	s.wants(http.StatusOK, asks)
	s.clock.pass(time.Millisecond)
	s.wants(http.StatusUnauthorized, asks)
	if err := s.sweep(t.Context()); err != nil {
		t.Fatal(err)
	}
	s.clock.pass(LinkLife + FirstLinkLife)
	if err := s.sweep(t.Context()); err != nil {
		t.Fatal(err)
	}
	for _, table := range []string{tableLogins, tableLinks} {
		left, err := s.Hub.List(t.Context(), table)
		if err != nil || len(left) != 0 {
			t.Errorf("%s: %d left, %v", table, len(left), err)
		}
	}
}

func TestOneBrowserMayBeTwoPeople(t *testing.T) {
	s := stood(t)
	owner := s.asOwner()
	boden := s.another()
	w := s.wants(http.StatusCreated, call{method: http.MethodPost, path: "/" + boden.Code + "/people", body: `{"name":"B"}`, cookies: owner})
	there := secretOf(says[struct{ Link string }](t, w).Link)
	_, first := s.invited(owner, "A")
	both := s.enters(boden.Code, there, call{cookies: first})
	for _, code := range []string{s.wall.Code, boden.Code} {
		s.wants(http.StatusOK, call{method: http.MethodPost, path: "/" + code + "/projector-link", cookies: both})
	}
	// The login that was replaced is nothing any more.
	s.wants(http.StatusUnauthorized, call{method: http.MethodPost, path: "/" + s.wall.Code + "/projector-link", cookies: first})
}

func TestLeavingEndsTheLogin(t *testing.T) {
	s := stood(t)
	owner := s.asOwner()
	w := s.wants(http.StatusNoContent, call{method: http.MethodPost, path: "/" + s.wall.Code + "/leave", cookies: owner})
	if c := w.Result().Cookies(); len(c) != 1 || c[0].MaxAge >= 0 {
		t.Errorf("%v", c)
	}
	s.wants(http.StatusUnauthorized, call{path: "/" + s.wall.Code + "/people", cookies: owner})
}

func TestTheFirstOwnersLinkIsRenewedUntilItIsUsed(t *testing.T) {
	s := stood(t)
	second, err := s.FirstOwner(t.Context())
	if err != nil || secretOf(second) == "" || secretOf(second) == s.owner {
		t.Fatalf("%q %v", second, err)
	}
	owner := s.enters(s.wall.Code, secretOf(second), call{}) // either does: several hubs print one each
	w := s.wants(http.StatusUnauthorized, call{method: http.MethodPost, path: "/" + s.wall.Code + "/enter", body: `{"secret":"` + s.owner + `"}`})
	if codeOf(t, w) != "spent" {
		t.Errorf("the other one: %s", w.Body)
	}
	if third, err := s.FirstOwner(t.Context()); err != nil || third != "" {
		t.Errorf("%q %v", third, err)
	}
	if people := s.people(owner); len(people) != 1 || people[0].Role != wall.Owner {
		t.Errorf("%+v", people)
	}
	// With the key of the data folder there can be another owner.
	w = s.wants(http.StatusCreated, call{method: http.MethodPost, path: "/api/owner-links", header: map[string]string{"Authorization": "Bearer " + testKey}})
	s.enters(s.wall.Code, secretOf(says[struct{ Link string }](t, w).Link), call{})
}

// Over plain HTTP the desk is this machine's, unless the operator said otherwise.
func TestTheDeskOverPlainHTTP(t *testing.T) {
	html := map[string]string{"Accept": "text/html", "Accept-Language": "sv-SE,sv;q=0.9,en;q=0.8"}
	for _, c := range []struct {
		name   string
		with   func(*Config)
		from   string
		host   string
		tls    bool
		header map[string]string
		want   bool
	}{
		{name: "this machine", from: "127.0.0.1", host: "localhost:8080", want: true},
		{name: "this machine, IPv6", from: "[::1]", host: "[::1]:8080", want: true},
		{name: "over TLS", from: "192.168.1.7", host: "wall.lan", tls: true, want: true},
		{name: "the risk was taken", with: insecureDesk, from: "192.168.1.7", host: "wall.lan:8080", want: true},
		{name: "another machine", from: "192.168.1.7", host: "wall.lan:8080"},
		{name: "another machine that says localhost", from: "192.168.1.7", host: "localhost:8080"},
		{name: "a name that was pointed here", from: "127.0.0.1", host: "evil.example:8080"},
		{name: "through a proxy here", from: "127.0.0.1", host: "localhost:8080", header: map[string]string{"X-Forwarded-For": "192.168.1.7"}},
		{name: "a claim to be encrypted", from: "192.168.1.7", host: "wall.lan:8080", header: map[string]string{"X-Forwarded-Proto": "https"}},
	} {
		with := []func(*Config){}
		if c.with != nil {
			with = append(with, c.with)
		}
		s := stood(t, with...)
		header := map[string]string{}
		for _, h := range []map[string]string{html, c.header} {
			for k, v := range h {
				header[k] = v
			}
		}
		w := s.do(call{path: "/" + s.wall.Code + "/desk", from: c.from, host: c.host, tls: c.tls, header: header})
		if (w.Code == http.StatusOK) != c.want {
			t.Errorf("%s: the page: %d", c.name, w.Code)
		}
		if !c.want {
			for _, word := range []string{"Bordet är stängt härifrån", "--insecure-desk", `lang="sv"`} {
				if !contains(w, word) {
					t.Errorf("%s: the page does not say %q: %s", c.name, word, w.Body)
				}
			}
		}
		enter := call{method: http.MethodPost, path: "/" + s.wall.Code + "/enter", body: `{"secret":"` + s.owner + `"}`, from: c.from, host: c.host, tls: c.tls, header: c.header}
		w = s.do(enter)
		if (w.Code == http.StatusNoContent) != c.want {
			t.Errorf("%s: entering: %d", c.name, w.Code)
		}
		if !c.want {
			if w.Code != http.StatusForbidden || codeOf(t, w) != "insecure" {
				t.Errorf("%s: entering: %d %s", c.name, w.Code, w.Body)
			}
			// The link was not spent; but a login does not count over such a connection.
			owner := s.asOwner()
			s.wants(http.StatusForbidden, call{path: "/" + s.wall.Code + "/people", from: c.from, host: c.host, header: c.header, cookies: owner})
		}
	}
}
