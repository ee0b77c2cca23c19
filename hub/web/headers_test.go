package web

import (
	"crypto/sha256"
	"encoding/base64"
	"net/http"
	"regexp"
	"strings"
	"testing"

	"openspacewall/hub/wall"
)

// pages are all that a browser can be shown, with how to get there.
func pages(s *stand) map[string]call {
	html := map[string]string{"Accept": "text/html"}
	return map[string]call{
		"door":      {path: "/", header: html},
		"phone":     {path: "/" + s.wall.Code, header: html},
		"projector": {path: "/" + s.wall.Code + "/projector", header: html},
		"desk":      {path: "/" + s.wall.Code + "/desk", header: html},
		"report":    {path: "/" + s.wall.Code + "/report", header: html},
		"keyhole":   {path: "/" + s.wall.Code + "/projector", header: html, from: "192.168.1.7", host: "wall.lan:8080"},
		"insecure":  {path: "/" + s.wall.Code + "/desk", header: html, from: "192.168.1.7", host: "wall.lan:8080"},
		"no wall":   {path: "/000000", header: html},
		"nothing":   {path: "/a/b/c", header: html},
	}
}

func TestEveryAnswerCarriesTheHeaders(t *testing.T) {
	s := stood(t)
	s.phase(wall.Results)
	calls := pages(s)
	calls["asset"] = call{path: "/assets/p-1.js"}
	calls["qr"] = call{path: "/" + s.wall.Code + "/qr.svg"}
	calls["health"] = call{path: "/healthz"}
	calls["metrics"] = call{path: "/metrics"}
	calls["robots"] = call{path: "/robots.txt"}
	calls["method"] = call{method: http.MethodPut, path: "/" + s.wall.Code}
	calls["cross-site"] = call{method: http.MethodPost, path: "/walls", header: map[string]string{"Sec-Fetch-Site": "cross-site"}}
	for name, c := range calls {
		h := s.do(c).Result().Header
		for header, want := range map[string]string{
			"X-Content-Type-Options":       "nosniff",
			"Referrer-Policy":              "no-referrer",
			"Cross-Origin-Opener-Policy":   "same-origin",
			"Cross-Origin-Resource-Policy": "same-origin",
		} {
			if header == "Cross-Origin-Opener-Policy" && c.host != "" { // plain HTTP under another name: browsers do not know it there
				want = ""
			}
			if got := h.Get(header); got != want {
				t.Errorf("%s: %s is %q, want %q", name, header, got, want)
			}
		}
		policy := h.Get("Content-Security-Policy")
		for _, want := range []string{"default-src 'none'", "base-uri 'none'", "frame-ancestors 'none'"} {
			if !strings.Contains(policy, want) {
				t.Errorf("%s: the policy %q lacks %s", name, policy, want)
			}
		}
		if strings.Contains(policy, "unsafe") || strings.Contains(policy, "*") {
			t.Errorf("%s: the policy %q", name, policy)
		}
		if !strings.Contains(h.Get("Permissions-Policy"), "camera=()") {
			t.Errorf("%s: no Permissions-Policy", name)
		}
		caching := h.Get("Cache-Control")
		switch name {
		case "asset":
			if !strings.Contains(caching, "immutable") {
				t.Errorf("asset: %q", caching)
			}
		case "qr":
		case "door", "phone", "projector", "desk": // kept, and asked about each time
			if caching != "private, no-cache" || h.Get("ETag") == "" {
				t.Errorf("%s: Cache-Control %q, ETag %q", name, caching, h.Get("ETag"))
			}
		default:
			if caching != "no-store" {
				t.Errorf("%s: Cache-Control %q", name, caching)
			}
		}
	}
}

// What stands in a page runs only if the policy has its digest, as a browser
// takes it: over the text with every line end as "\n".
func TestPoliciesHaveTheDigestsOfTheirPages(t *testing.T) {
	s := stood(t)
	s.phase(wall.Results)
	inline := regexp.MustCompile(`(?s)<(script|style)(?: type="module")?>(.*?)</(?:script|style)>`)
	found := 0
	for name, c := range pages(s) {
		w := s.do(c)
		policy := w.Result().Header.Get("Content-Security-Policy")
		if !strings.Contains(policy, "require-trusted-types-for 'script'") || !strings.Contains(policy, "trusted-types svelte-trusted-html") {
			t.Errorf("%s: no trusted types in %q", name, policy)
		}
		for _, m := range inline.FindAllStringSubmatch(w.Body.String(), -1) {
			sum := sha256.Sum256([]byte(strings.ReplaceAll(m[2], "\r\n", "\n")))
			want := "'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "'"
			directive := regexp.MustCompile(m[1] + `-src [^;]*`).FindString(policy)
			if !strings.Contains(directive, want) {
				t.Errorf("%s: %s lacks %s", name, directive, want)
			}
			found++
		}
	}
	if found < 8 {
		t.Errorf("only %d inline scripts and styles were looked at", found)
	}
}

func TestSocketsOfThisHostAreNamed(t *testing.T) {
	s := stood(t)
	for host, want := range map[string]string{
		"wall.lan:8080":                     "connect-src 'self' ws://wall.lan:8080 wss://wall.lan:8080;",
		"[fe80::1]:8080":                    "connect-src 'self' ws://[fe80::1]:8080 wss://[fe80::1]:8080;",
		"evil; script-src *":                "connect-src 'self';",
		"a\r\nSet-Cookie: b=c":              "connect-src 'self';",
		"wall.lan:8080 https://evil.xample": "connect-src 'self';",
	} {
		w := s.do(call{path: "/", host: host})
		if got := w.Result().Header.Get("Content-Security-Policy"); !strings.Contains(got, want) {
			t.Errorf("for the host %q: %q", host, got)
		}
	}
}

func TestOnlyRealNamesOverTLSPromiseTLS(t *testing.T) {
	s := stood(t)
	for _, c := range []struct {
		host string
		tls  bool
		want bool
	}{
		{"wall.example.org", true, true},
		{"wall.example.org", false, false},
		{"192.168.1.7:8443", true, false},
		{"[::1]:8443", true, false},
		{"localhost", true, false},
		{"wall.localhost", true, false},
		{"wall", true, false},
	} {
		w := s.do(call{path: "/", host: c.host, tls: c.tls})
		if got := w.Result().Header.Get("Strict-Transport-Security") != ""; got != c.want {
			t.Errorf("%+v: %v", c, got)
		}
	}
}

func TestNothingOfARequestGetsIntoAHeader(t *testing.T) {
	s := stood(t)
	for _, path := range []string{"/%0d%0aX-Bad:%201", "/" + s.wall.Code + "/%0aX-Bad:1", "/" + s.wall.Code + "?a=%0d%0aX-Bad:%201"} {
		for name, values := range s.do(call{path: path, header: map[string]string{"X-Forwarded-Host": "evil.example"}}).Result().Header {
			if name == "X-Bad" || strings.Contains(strings.Join(values, ""), "evil.example") {
				t.Errorf("%s: %s: %v", path, name, values)
			}
		}
	}
}
