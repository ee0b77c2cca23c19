package web

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"mime"
	"net/http"
	"path"
	"strconv"
	"strings"
)

// site is the built front end, read once: its pages with their policies, its
// files, and each one's compressed twins.
type site struct {
	pages  map[string]*file // by name: "phone", "projector", "desk", "door"
	assets map[string]*file
}

// file is one file as it is sent.
type file struct {
	kind   string // Content-Type
	plain  []byte
	packed map[string][]byte // by Content-Encoding
	policy policy            // of a page
	tag    string            // its ETag, whatever the encoding
}

// packings are the encodings that are served, the best first.
var packings = []struct{ name, suffix string }{{"br", ".br"}, {"gzip", ".gz"}}

// Build is a digest of the built front end: a page of another build loads
// itself again.
func Build(files fs.FS) (string, error) {
	sum := sha256.New()
	err := fs.WalkDir(files, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		text, err := fs.ReadFile(files, name)
		if err != nil {
			return err
		}
		fmt.Fprintf(sum, "%s %d\n", name, len(text))
		sum.Write(text)
		return nil
	})
	if err != nil {
		return "", fmt.Errorf("web: the front end: %w", err)
	}
	return hex.EncodeToString(sum.Sum(nil))[:12], nil
}

// readSite reads the built front end. What is missing is said when asked for.
func readSite(files fs.FS) (site, error) {
	s := site{pages: map[string]*file{}, assets: map[string]*file{}}
	for _, name := range []string{"phone", "projector", "desk", "door"} {
		f, err := readFile(files, name+".html")
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return s, err
		}
		f.policy = readPolicy(f.plain)
		sum := sha256.Sum256(f.plain)
		f.tag = `W/"` + hex.EncodeToString(sum[:8]) + `"`
		s.pages[name] = f
	}
	entries, err := fs.ReadDir(files, "assets")
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return s, fmt.Errorf("web: the front end: %w", err)
	}
	for _, e := range entries {
		if e.IsDir() {
			continue
		}
		f, err := readFile(files, "assets/"+e.Name())
		if err != nil {
			return s, err
		}
		s.assets[e.Name()] = f
	}
	return s, nil
}

// readFile reads a file and its twins; the gzip twin is made when the build
// made none and it is worth it.
func readFile(files fs.FS, name string) (*file, error) {
	plain, err := fs.ReadFile(files, name)
	if err != nil {
		return nil, fmt.Errorf("web: the front end: %w", err)
	}
	f := &file{kind: kindOf(name), plain: plain, packed: map[string][]byte{}}
	for _, p := range packings {
		twin, err := fs.ReadFile(files, name+p.suffix)
		if err == nil && len(twin) < len(plain) {
			f.packed[p.name] = twin
		}
	}
	if f.packed["gzip"] == nil && squeezable(f.kind) {
		var b bytes.Buffer
		w, err := gzip.NewWriterLevel(&b, gzip.BestCompression)
		if err != nil {
			return nil, err
		}
		if _, err := w.Write(plain); err != nil {
			return nil, err
		}
		if err := w.Close(); err != nil {
			return nil, err
		}
		if b.Len() < len(plain) {
			f.packed["gzip"] = b.Bytes()
		}
	}
	return f, nil
}

// kindOf is the Content-Type of a file. Those we make are named here: the
// machine's own table may say something else.
func kindOf(name string) string {
	switch path.Ext(name) {
	case ".html":
		return "text/html; charset=utf-8"
	case ".js":
		return "text/javascript; charset=utf-8"
	case ".css":
		return "text/css; charset=utf-8"
	case ".json":
		return "application/json"
	case ".svg":
		return "image/svg+xml"
	case ".woff2":
		return "font/woff2"
	}
	if kind := mime.TypeByExtension(path.Ext(name)); kind != "" {
		return kind
	}
	return "application/octet-stream"
}

func squeezable(kind string) bool {
	return strings.HasPrefix(kind, "text/") || strings.HasPrefix(kind, "image/svg") || kind == "application/json"
}

// send writes a file in the best form that the other end takes.
func (f *file) send(w http.ResponseWriter, r *http.Request, status int) {
	h := w.Header()
	h.Set("Content-Type", f.kind)
	h.Add("Vary", "Accept-Encoding")
	text := f.plain
	for _, p := range packings {
		if twin := f.packed[p.name]; twin != nil && accepts(r, p.name) {
			h.Set("Content-Encoding", p.name)
			text = twin
			break
		}
	}
	h.Set("Content-Length", strconv.Itoa(len(text)))
	w.WriteHeader(status)
	if r.Method != http.MethodHead {
		_, _ = w.Write(text) // whoever left does not read it
	}
}

// accepts says that an encoding is offered, and not with q=0.
func accepts(r *http.Request, encoding string) bool {
	for _, offer := range strings.Split(r.Header.Get("Accept-Encoding"), ",") {
		name, params, _ := strings.Cut(strings.TrimSpace(offer), ";")
		if !strings.EqualFold(strings.TrimSpace(name), encoding) {
			continue
		}
		q, given := strings.CutPrefix(strings.ReplaceAll(params, " ", ""), "q=")
		weight, err := strconv.ParseFloat(q, 64)
		return !given || (err == nil && weight > 0)
	}
	return false
}

// page sends one of the built pages, or says that there is none. Whoever has
// it may keep it, and asks each time whether it is still the same: who may see
// it is decided before, and nothing in it is anybody's.
func (s *Server) page(w http.ResponseWriter, r *http.Request, name string) {
	f := s.site.pages[name]
	if f == nil {
		s.sorry(w, r, http.StatusServiceUnavailable, "unbuilt")
		return
	}
	h := w.Header()
	h.Set("Content-Security-Policy", f.policy.header(r.Host))
	h.Set("Cache-Control", "private, no-cache")
	h.Set("ETag", f.tag)
	if r.Header.Get("If-None-Match") == f.tag {
		h.Add("Vary", "Accept-Encoding")
		w.WriteHeader(http.StatusNotModified)
		return
	}
	f.send(w, r, http.StatusOK)
}

func (s *Server) showDoor(w http.ResponseWriter, r *http.Request) { s.page(w, r, "door") }

func (s *Server) showAsset(w http.ResponseWriter, r *http.Request) {
	f := s.site.assets[r.PathValue("file")]
	if f == nil {
		s.sorry(w, r, http.StatusNotFound, "nothing")
		return
	}
	w.Header().Set("Cache-Control", "public, max-age=31536000, immutable") // the name has the content's digest
	f.send(w, r, http.StatusOK)
}

func (s *Server) showRobots(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	_, _ = w.Write([]byte("User-agent: *\nDisallow: /\n"))
}
