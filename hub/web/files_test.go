package web

import (
	"bytes"
	"compress/gzip"
	"net/http"
	"testing"
	"testing/fstest"
)

func TestFilesComeInTheBestFormOffered(t *testing.T) {
	s := stood(t)
	for _, c := range []struct{ path, offer, want string }{
		{"/assets/p-1.js", "gzip, deflate, br", "br"},
		{"/assets/p-1.js", "gzip, deflate", "gzip"},
		{"/assets/p-1.js", "br;q=0, gzip;q=0.5", "gzip"},
		{"/assets/p-1.js", "br;q=oops, gzip", "gzip"},
		{"/assets/p-1.js", "", ""},
		{"/assets/p-1.js", "identity", ""},
		{"/assets/f-1.woff2", "gzip, br", ""},
		{"/" + s.wall.Code, "gzip, deflate, br", "gzip"},
	} {
		w := s.wants(http.StatusOK, call{path: c.path, header: map[string]string{"Accept-Encoding": c.offer}})
		h := w.Result().Header
		if got := h.Get("Content-Encoding"); got != c.want {
			t.Errorf("%s for %q: %q, want %q", c.path, c.offer, got, c.want)
		}
		if h.Get("Vary") != "Accept-Encoding" {
			t.Errorf("%s: Vary is %q", c.path, h.Get("Vary"))
		}
	}
	w := s.wants(http.StatusOK, call{path: "/assets/p-1.js", header: map[string]string{"Accept-Encoding": "gzip"}})
	z, err := gzip.NewReader(w.Body)
	if err != nil {
		t.Fatal(err)
	}
	if got := readAll(t, z); got != string(built["assets/p-1.js"].Data) {
		t.Errorf("the gzip twin is %q", got)
	}
}

func TestHeadHasNoBody(t *testing.T) {
	s := stood(t)
	w := s.wants(http.StatusOK, call{method: http.MethodHead, path: "/"})
	if w.Body.Len() != 0 || w.Result().Header.Get("Content-Length") == "0" {
		t.Errorf("%d bytes, said %s", w.Body.Len(), w.Result().Header.Get("Content-Length"))
	}
}

// No address leads out of the assets, or to what is not one of them.
func TestPathsLeadNowhereElse(t *testing.T) {
	s := stood(t)
	for _, path := range []string{
		"/assets/../phone.html", "/assets/..%2fphone.html", "/assets/%2e%2e/phone.html", "/assets/deep/no-1.txt",
		"/assets/deep%2fno-1.txt", "/assets/deep", "/assets/", "/assets", "/assets/p-1.js/", "/assets/p-1.js%00",
		"/phone.html", "//evil.example/", "/./healthz", "/healthz/", "/" + s.wall.Code + "/", "//" + s.wall.Code,
		"/" + s.wall.Code + "/desk/../socket", "/%2e%2e/%2e%2e/etc/passwd", `/..\..\etc\passwd`, "/" + s.wall.Code + "%00",
		"/" + s.wall.Code + "/people/%2e%2e", "/favicon.ico", "/api", "/api/wall/",
	} {
		w := s.do(call{path: path})
		if w.Code != http.StatusNotFound {
			t.Errorf("%s: %d", path, w.Code)
		}
		if to := w.Result().Header.Get("Location"); to != "" {
			t.Errorf("%s leads to %s", path, to)
		}
	}
}

func TestAMissingFrontEndIsSaid(t *testing.T) {
	s := stood(t, func(c *Config) { c.Files = fstest.MapFS{".gitkeep": {}} })
	w := s.wants(http.StatusServiceUnavailable, call{path: "/", header: map[string]string{"Accept": "text/html"}})
	if !bytes.Contains(w.Body.Bytes(), []byte("front end not built: run make build")) && !bytes.Contains(w.Body.Bytes(), []byte("Front end not built: run make build")) {
		t.Errorf("%s", w.Body)
	}
}

func TestABuildIsAnotherWhenAnythingIs(t *testing.T) {
	name := func(files fstest.MapFS) string {
		b, err := Build(files)
		if err != nil {
			t.Fatal(err)
		}
		return b
	}
	a := name(fstest.MapFS{"a": {Data: []byte("x")}, "b": {Data: []byte("y")}})
	if a != name(fstest.MapFS{"b": {Data: []byte("y")}, "a": {Data: []byte("x")}}) {
		t.Error("the same files make two builds")
	}
	for _, other := range []fstest.MapFS{
		{"a": {Data: []byte("x")}, "b": {Data: []byte("z")}},
		{"a": {Data: []byte("x")}, "c": {Data: []byte("y")}},
		{"a": {Data: []byte("x")}},
	} {
		if a == name(other) {
			t.Errorf("%v is the same build", other)
		}
	}
}

// Whoever has a page is not sent it again while it is the same.
func TestAPageThatIsTheSameIsNotSentAgain(t *testing.T) {
	s := stood(t)
	ask := func(tag string) *http.Response {
		header := map[string]string{"Accept": "text/html"}
		if tag != "" {
			header["If-None-Match"] = tag
		}
		return s.do(call{path: "/" + s.wall.Code, header: header}).Result()
	}
	first := ask("")
	tag := first.Header.Get("ETag")
	again, other := ask(tag), ask(`W/"0"`)
	if again.StatusCode != http.StatusNotModified || again.ContentLength > 0 || again.Header.Get("Content-Security-Policy") != first.Header.Get("Content-Security-Policy") {
		t.Errorf("the same page: %d, %d bytes, %q", again.StatusCode, again.ContentLength, again.Header)
	}
	if other.StatusCode != http.StatusOK {
		t.Errorf("another page: %d", other.StatusCode)
	}
}
