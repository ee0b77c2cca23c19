package web

import (
	"bytes"
	"embed"
	"html/template"
	"net/http"
	"strconv"
	"strings"
	"time"
)

//go:embed pages
var pageFiles embed.FS

// pageTemplates are the pages that are written here: short ones that say what
// is the matter, and the report. None needs the built front end.
var pageTemplates = template.Must(template.New("").ParseFS(pageFiles, "pages/*.html"))

// pagePolicies are what their scripts and styles need, by name.
var pagePolicies = func() map[string]policy {
	policies := map[string]policy{}
	for _, t := range pageTemplates.Templates() {
		if text, err := pageFiles.ReadFile("pages/" + t.Name()); err == nil {
			policies[t.Name()] = readPolicy(text)
		}
	}
	return policies
}()

// notice is a page that says one thing.
type notice struct {
	Lang        string
	Title, Text string
	Hint        string // what to do
	Link, To    string // a way out: what it says, and where it leads
	Again       int    // seconds after which the page asks again by itself; 0: never
	Looks       bool   // before it is loaded again: the server may be away
	Keyhole     bool   // first try the secret in the address; say this if it opens nothing
}

// sorry answers what cannot be done: a person with a page, a program with a code.
func (s *Server) sorry(w http.ResponseWriter, r *http.Request, status int, what string) {
	if !wantsPage(r) {
		sayCode(w, status, codeWords[what])
		return
	}
	s.say(w, r, status, what, 0)
}

// sorryLater asks to come again in a while; a page does so by itself.
func (s *Server) sorryLater(w http.ResponseWriter, r *http.Request, what string, after time.Duration) {
	retryAfter(w, after)
	if !wantsPage(r) {
		sayCode(w, http.StatusServiceUnavailable, codeWords[what])
		return
	}
	s.say(w, r, http.StatusServiceUnavailable, what, int(after/time.Second))
}

// say writes a notice in the reader's language.
func (s *Server) say(w http.ResponseWriter, r *http.Request, status int, what string, again int) {
	lang := languageOf(r)
	t := notices[lang][what]
	n := notice{Lang: lang, Title: t.title, Text: t.text, Hint: t.hint, Again: again,
		Looks: again > 0 && what != "later"} // a look at a code is a guess
	n.Link, n.To = wayOut(lang, what, r.URL.Path)
	if what == "insecure" && s.public.Scheme == "https" {
		n.Hint = notices[lang]["insecure_proxy"].hint
	}
	n.Hint = strings.ReplaceAll(n.Hint, "{address}", s.public.String())
	s.render(w, r, status, "notice.html", n)
}

// showKeyhole is the page before a projector's: it exchanges the secret in the
// address for a cookie, or says where the link is to be found.
func (s *Server) showKeyhole(w http.ResponseWriter, r *http.Request) {
	lang := languageOf(r)
	t := notices[lang]["no_screen"]
	s.render(w, r, http.StatusOK, "notice.html", notice{Lang: lang, Title: t.title, Text: t.text, Hint: t.hint, Keyhole: true})
}

// render writes one of our own pages. Its policy is that of the template, not of
// what came out: nothing that people wrote can earn itself a digest.
func (s *Server) render(w http.ResponseWriter, r *http.Request, status int, name string, v any) {
	var b bytes.Buffer
	if err := pageTemplates.ExecuteTemplate(&b, name, v); err != nil {
		s.Log.Error("a page could not be written", "page", name, "err", err)
		sayCode(w, http.StatusInternalServerError, "internal")
		return
	}
	h := w.Header()
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("Content-Security-Policy", pagePolicies[name].header(r.Host))
	h.Set("Content-Length", strconv.Itoa(b.Len()))
	w.WriteHeader(status)
	if r.Method != http.MethodHead {
		_, _ = w.Write(b.Bytes())
	}
}

// languageOf is the first of our languages that the reader's browser names.
func languageOf(r *http.Request) string {
	for _, tag := range strings.Split(r.Header.Get("Accept-Language"), ",") {
		tag, _, _ = strings.Cut(strings.TrimSpace(tag), ";")
		base, _, _ := strings.Cut(strings.ToLower(tag), "-")
		if _, ours := notices[base]; ours {
			return base
		}
	}
	return "en"
}
