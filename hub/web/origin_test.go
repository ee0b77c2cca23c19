package web

import (
	"context"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"testing"
)

func TestOrigins(t *testing.T) {
	s := stood(t, func(c *Config) {
		c.PublicURL = "https://wall.example.org"
		c.Trusted = []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8")}
	})
	for _, c := range []struct {
		host, from string
		tls        bool
		proto      string
		origins    []string
		want       bool
	}{
		{host: "wall.lan:8080", origins: []string{"http://wall.lan:8080"}, want: true},
		{host: "wall.lan:8080", origins: []string{"http://WALL.lan:8080"}, want: true}, // names have no case
		{host: "wall.lan:8080", origins: []string{"https://wall.example.org"}, want: true},
		{host: "wall.lan:8080", tls: true, origins: []string{"https://wall.lan:8080"}, want: true},
		{host: "wall.lan", from: "10.1.2.3", proto: "https", origins: []string{"https://wall.lan"}, want: true},

		{host: "wall.lan", from: "11.1.2.3", proto: "https", origins: []string{"https://wall.lan"}},
		{host: "wall.lan", from: "10.1.2.3", proto: "https", origins: []string{"http://wall.lan"}},
		{host: "wall.lan:8080", tls: true, origins: []string{"http://wall.lan:8080"}},
		{host: "wall.lan:8080", origins: nil},
		{host: "wall.lan:8080", origins: []string{""}},
		{host: "wall.lan:8080", origins: []string{"null"}},
		{host: "wall.lan:8080", origins: []string{"file://"}},
		{host: "wall.lan:8080", origins: []string{"http://"}},
		{host: "wall.lan:8080", origins: []string{"https://wall.lan:8080"}},
		{host: "wall.lan:8080", origins: []string{"ws://wall.lan:8080"}},
		{host: "wall.lan:8080", origins: []string{"http://wall.lan"}},
		{host: "wall.lan:8080", origins: []string{"http://wall.lan:8081"}},
		{host: "wall.lan:8080", origins: []string{"http://wall.lan:80800"}},
		{host: "wall.lan:8080", origins: []string{"http://evil.wall.lan:8080"}},
		{host: "wall.lan:8080", origins: []string{"http://wall.lan.evil.example:8080"}},
		{host: "wall.lan:8080", origins: []string{"http://evilwall.lan:8080"}},
		{host: "wall.lan:8080", origins: []string{"http://wall.lan:8080/"}},
		{host: "wall.lan:8080", origins: []string{"http://wall.lan:8080/x"}},
		{host: "wall.lan:8080", origins: []string{"http://wall.lan:8080#x"}},
		{host: "wall.lan:8080", origins: []string{"http://a@wall.lan:8080"}},
		{host: "wall.lan:8080", origins: []string{"http://wall.lan:8080", "http://wall.lan:8080"}},
		{host: "wall.lan:8080", origins: []string{"http://wall.lan:8080 http://evil.example"}},
		{host: "wall.lan:8080", origins: []string{"http://wäll.lan:8080"}},
		{host: "wall.lan:8080", origins: []string{"http://xn--wll-qla.lan:8080"}},
		{host: "wall.lan:8080", origins: []string{"chrome-extension://abcdef"}},
		{host: "wall.lan:8080", origins: []string{"https://wall.example.org.evil.example"}},
		{host: "", origins: []string{"http://"}},
	} {
		target := "http://x/"
		if c.tls {
			target = "https://x/"
		}
		r := httptest.NewRequest(http.MethodGet, target, nil)
		r.Host, r.RemoteAddr = c.host, "192.168.1.7:50000"
		if c.from != "" {
			r.RemoteAddr = c.from + ":50000"
		}
		if c.proto != "" {
			r.Header.Set("X-Forwarded-Proto", c.proto)
		}
		for _, o := range c.origins {
			r.Header.Add("Origin", o)
		}
		if got := s.ownOrigin(r); got != c.want {
			t.Errorf("%+v: %v", c, got)
		}
	}
}

// A page of another site may not act with the visitor's cookies, whatever
// form it sends them in.
func TestCrossSiteRequestsEndAtTheDoor(t *testing.T) {
	s := stood(t)
	owner := s.asOwner()
	for _, method := range []string{http.MethodPost, http.MethodDelete, http.MethodPut, http.MethodPatch} {
		for _, path := range []string{"/walls", "/" + s.wall.Code + "/people", "/" + s.wall.Code + "/enter", "/" + s.wall.Code + "/people/x"} {
			for _, header := range []map[string]string{
				{"Sec-Fetch-Site": "cross-site"},
				{"Sec-Fetch-Site": "same-site"},
				{"Origin": "http://evil.example"},
				{"Origin": "null"},
				{"Origin": "http://localhost:8081"},
				{"Origin": "http://evil.example", "X-HTTP-Method-Override": "GET"},
			} {
				s.wants(http.StatusForbidden, call{method: method, path: path, header: header, cookies: owner, body: `{"title":"x"}`})
			}
		}
	}
	if walls, err := s.Walls(t.Context()); err != nil || len(walls) != 1 {
		t.Errorf("%d walls, %v", len(walls), err)
	}
	// The page's own requests, and a program's, get through.
	for _, header := range []map[string]string{
		{"Sec-Fetch-Site": "same-origin"}, {"Origin": "http://localhost:8080"}, {"Origin": "http://wall.lan:8080"}, {},
	} {
		s.wants(http.StatusCreated, call{method: http.MethodPost, path: "/walls", header: header, cookies: owner, body: `{"title":"x"}`})
	}
}

// JSON must say that it is: a form of another site cannot.
func TestBodiesAreReadStrictly(t *testing.T) {
	s := stood(t)
	owner := s.asOwner()
	long := `{"title":"` + strings.Repeat(" ", BodyMost-len(`{"title":"x"}`)) + `x"}`
	for _, c := range []struct {
		kind, body string
		want       int
	}{
		{"application/json", `{"title":"x"}`, http.StatusCreated},
		{"application/json; charset=utf-8", `{"title":"x"}`, http.StatusCreated},
		{"text/plain", `{"title":"x"}`, http.StatusUnsupportedMediaType},
		{"application/x-www-form-urlencoded", `{"title":"x"}`, http.StatusUnsupportedMediaType},
		{"application/jsonx", `{"title":"x"}`, http.StatusUnsupportedMediaType},
		{"application/json", ``, http.StatusBadRequest},
		{"application/json", `{"title":"x"}{}`, http.StatusBadRequest},
		{"application/json", `{"title":"x","role":"owner"}`, http.StatusBadRequest},
		{"application/json", `{"title":1}`, http.StatusBadRequest},
		{"application/json", `[]`, http.StatusBadRequest},
		{"application/json", long, http.StatusBadRequest},                                // exactly as long as may be; the title is too long
		{"application/json", long + " ", http.StatusRequestEntityTooLarge},               // one more
		{"application/json", `{"title":"` + strings.Repeat("x", 121) + `"}`, 400},        // TitleMax + 1
		{"application/json", `{"title":"` + strings.Repeat("x", 120) + `"}`, 201},        // TitleMax
		{"application/json", `{"title":"\u202e\u200b"}`, http.StatusBadRequest},          // nothing to be seen
		{"application/json", `{"title":"x","question":"\u0000"}`, http.StatusBadRequest}, // nothing to be seen
	} {
		w := s.do(call{method: http.MethodPost, path: "/walls", cookies: owner, body: c.body, header: map[string]string{"Content-Type": c.kind}})
		if w.Code != c.want {
			t.Errorf("%s %.60s: %d %s, want %d", c.kind, c.body, w.Code, w.Body, c.want)
		}
	}
}

// Only those addresses, only by those methods.
func TestMethodsAreThoseOfTheRoute(t *testing.T) {
	s := stood(t)
	code := "/" + s.wall.Code
	for path, allowed := range map[string]string{
		"/":                      "GET HEAD",
		"/healthz":               "GET HEAD",
		"/readyz":                "GET HEAD",
		"/metrics":               "GET HEAD",
		"/robots.txt":            "GET HEAD",
		"/assets/p-1.js":         "GET HEAD",
		"/walls":                 "GET HEAD POST",
		"/api/wall/" + code[1:]:  "GET HEAD",
		"/api/owner-links":       "POST",
		"/api/rehearsals":        "POST",
		"/api/rehearsals/x":      "DELETE",
		code:                     "GET HEAD",
		code + "/projector":      "GET HEAD",
		code + "/desk":           "GET HEAD",
		code + "/report":         "GET HEAD",
		code + "/socket":         "GET HEAD",
		code + "/qr.svg":         "GET HEAD",
		code + "/enter":          "POST",
		code + "/leave":          "POST",
		code + "/code":           "POST",
		code + "/people":         "GET HEAD POST",
		code + "/people/x":       "DELETE",
		code + "/projector-link": "POST DELETE",
	} {
		for _, method := range []string{"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "PROPFIND", "get"} {
			w := s.do(call{method: method, path: path})
			is := w.Code != http.StatusMethodNotAllowed
			if should := strings.Contains(" "+allowed+" ", " "+method+" "); is != should {
				t.Errorf("%s %s: %d", method, path, w.Code)
			}
			if !is && w.Result().Header.Get("Allow") == "" {
				t.Errorf("%s %s does not say what is allowed", method, path)
			}
		}
	}
}

// What counts as this machine: its loopback, or one of its own addresses
// talking to itself, under a name that nobody else could have pointed here.
func TestThisMachine(t *testing.T) {
	for _, c := range []struct {
		remote, to, host string
		want             bool
	}{
		{"127.0.0.1:5000", "127.0.0.1", "localhost:8080", true},
		{"127.0.0.1:5000", "127.0.0.1", "127.0.0.1:8080", true},
		{"[::1]:5000", "::1", "[::1]:8080", true},
		{"[::ffff:127.0.0.1]:5000", "127.0.0.1", "LOCALHOST", true},
		{"192.168.1.20:5000", "192.168.1.20", "192.168.1.20:8080", true},
		{"192.168.1.20:5000", "192.168.1.20", "wall.lan:8080", false},
		{"192.168.1.7:5000", "192.168.1.20", "192.168.1.20:8080", false},
		{"192.168.1.7:5000", "192.168.1.20", "localhost:8080", false},
		{"192.168.1.7:5000", "", "localhost:8080", false},
		{"127.0.0.1:5000", "127.0.0.1", "wall.lan:8080", false},
		{"127.0.0.1:5000", "127.0.0.1", "localhost.evil.example", false},
		{"127.0.0.1:5000", "127.0.0.1", "", false},
		{"@", "", "localhost", false},
		{"", "", "", false},
	} {
		r := httptest.NewRequest(http.MethodGet, "http://x/", nil)
		r.RemoteAddr, r.Host = c.remote, c.host
		if c.to != "" {
			r = r.WithContext(context.WithValue(r.Context(), http.LocalAddrContextKey, &net.TCPAddr{IP: net.ParseIP(c.to), Port: 8080}))
		}
		if got := local(r); got != c.want {
			t.Errorf("%+v: %v", c, got)
		}
	}
}
