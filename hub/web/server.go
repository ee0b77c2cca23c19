// Package web is HTTP: the pages and their files, who is asking and what they
// may, the door to the sockets, join codes, links and logins, and health.
// Everything is denied that one function, caller.may, does not allow.
//
// Who is who:
//
//	participant  a device with a signed cookie; on each wall another id, so that walls cannot be joined up
//	moderator    a person with a login, opened by a personal one-time link; the owner is one who may invite
//	projector    a screen with a signed cookie, opened by the wall's projector link
//	the program  a local command with the key in the data folder
//
// Secrets travel in a link's fragment, once, and are exchanged by POST. Of
// logins and one-time links only digests are kept.
package web

import (
	"context"
	"crypto/rand"
	"io"
	"io/fs"
	"log/slog"
	"net/http"
	"net/netip"
	"net/url"
	"path"
	"strings"
	"sync"
	"time"

	"golang.org/x/time/rate"

	"openspacewall/hub"
)

// Config is what a Server needs. Hub, Files and PublicURL are asked for; the
// rest has defaults.
type Config struct {
	Hub    *hub.Hub
	Files  fs.FS // the built front end
	Now    func() time.Time
	Random io.Reader // of secrets: crypto/rand but in tests
	Log    *slog.Logger
	// PublicURL is where phones find the hub: scheme and host, no path.
	PublicURL string
	// DeskURL is where the desk's links point; PublicURL when empty. Over plain
	// HTTP that is this machine itself.
	DeskURL string
	// Key is what local commands show (Authorization: Bearer). Empty: none may.
	Key string
	// InsecureDesk lets the desk work over plain HTTP from other machines.
	InsecureDesk bool
	// Trusted are the proxies whose forwarded headers count.
	Trusted []netip.Prefix
	// Findings are what is not as it should be about the store; nil: nothing is.
	Findings func() []string
}

// Server answers HTTP. Close it before its hub.
type Server struct {
	Config
	public  *url.URL
	site    site
	seal    seal
	fixed   *http.ServeMux // addresses of the installation
	walls   *http.ServeMux // addresses of a wall: /{code} and below
	guard   http.Handler   // cross-site requests end here
	sockets sockets
	pulse   pulse
	stuck   lasting // owners of walls do not answer
	unready lasting
	doorway *doorway
	lobby   *lobby
	lately  lately
	guesses *rate.Limiter

	work    context.Context // ends with Close
	end     context.CancelFunc
	running sync.WaitGroup
}

// New makes a Server and starts its two goroutines, which end with Close; ctx is
// for the store alone, which is asked until it answers.
func New(ctx context.Context, c Config) (*Server, error) {
	if c.Now == nil {
		c.Now = time.Now
	}
	if c.Random == nil {
		c.Random = rand.Reader
	}
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	if c.Findings == nil {
		c.Findings = func() []string { return nil }
	}
	public, err := parseOrigin(c.PublicURL)
	if err != nil {
		return nil, err
	}
	if c.DeskURL == "" {
		c.DeskURL = public.String()
	}
	_, most := share(filesMay())
	s := &Server{
		Config:  c,
		public:  public,
		doorway: newDoorway(),
		lobby:   newLobby(most),
		guesses: rate.NewLimiter(GuessesPerSecond, GuessesAtOnce),
	}
	s.sockets.held, s.sockets.asked = map[string]int{}, map[*guest]struct{}{}
	if s.site, err = readSite(c.Files); err != nil {
		return nil, err
	}
	err = s.patiently(ctx, func() (err error) {
		s.seal, err = s.loadSeal(ctx)
		return err
	})
	if err != nil {
		return nil, err
	}
	s.route()
	s.work, s.end = context.WithCancel(context.WithoutCancel(ctx))
	s.running.Add(2)
	go s.sweepUntilClosed()
	go s.askUntilClosed()
	return s, nil
}

// Close ends what the Server does by itself, and those whom a porch answers.
func (s *Server) Close() {
	s.end()
	s.running.Wait()
}

// HTTP is an http.Server with the time-outs and limits that belong to s.
func (s *Server) HTTP() *http.Server {
	s.warnOfFiles()
	return &http.Server{
		Handler:           s,
		ReadHeaderTimeout: headerWithin,
		ReadTimeout:       readWithin,
		WriteTimeout:      writeWithin,
		IdleTimeout:       idleWithin,
		MaxHeaderBytes:    HeaderMost,
		ErrorLog:          s.httpLog(),
		ConnState:         s.lobby.follow,
	}
}

// warnOfFiles says so when a large hall would not find enough files.
func (s *Server) warnOfFiles() {
	files := filesMay()
	if sockets, _ := share(files); sockets < SocketsFew {
		s.Log.Warn("this machine lets the program open few files, and each phone needs one: raise the limit (ulimit -n, LimitNOFILE=) before a large hall comes",
			"files", files, "phones", sockets)
	}
}

// reserved are the first segments of addresses that are no wall's. A code is
// digits only, so no wall is ever in their way.
var reserved = map[string]bool{
	"": true, "api": true, "assets": true, "healthz": true, "readyz": true, "metrics": true,
	"walls": true, "favicon.ico": true, "robots.txt": true,
}

// route says, once, what is where and how it is asked for.
func (s *Server) route() {
	s.fixed, s.walls = http.NewServeMux(), http.NewServeMux()
	for pattern, h := range map[string]http.HandlerFunc{
		"GET /{$}":                    s.showDoor,
		"GET /assets/{file}":          s.showAsset,
		"GET /healthz":                s.showHealth,
		"GET /readyz":                 s.showReady,
		"GET /metrics":                s.showMetrics,
		"GET /robots.txt":             s.showRobots,
		"GET /walls":                  s.listWalls,
		"POST /walls":                 s.makeWall,
		"GET /api/wall/{code}":        s.findWall,
		"POST /api/owner-links":       s.makeOwnerLink,
		"POST /api/rehearsals":        s.makeRehearsal,
		"DELETE /api/rehearsals/{id}": s.wipeRehearsal,
		"GET " + carryPath:            s.exportWalls,
		"POST " + carryPath:           s.importWalls,
	} {
		s.fixed.HandleFunc(pattern, h)
	}
	for pattern, h := range map[string]http.HandlerFunc{
		"GET /{code}":                   s.showPhone,
		"GET /{code}/projector":         s.showProjector,
		"GET /{code}/desk":              s.showDesk,
		"GET /{code}/report":            s.showReport,
		"GET /{code}/socket":            s.openSocket,
		"GET /{code}/qr.svg":            s.showQR,
		"POST /{code}/enter":            s.enter,
		"POST /{code}/leave":            s.leave,
		"POST /{code}/code":             s.renewCode,
		"GET /{code}/people":            s.listPeople,
		"POST /{code}/people":           s.invite,
		"DELETE /{code}/people/{id}":    s.revoke,
		"POST /{code}/projector-link":   s.showScreenLink,
		"DELETE /{code}/projector-link": s.revokeScreens,
	} {
		s.walls.HandleFunc(pattern, h)
	}
	cross := http.NewCrossOriginProtection()
	if err := cross.AddTrustedOrigin(s.public.String()); err != nil {
		s.Log.Error("the public address is not an origin", "address", s.public.String(), "err", err)
	}
	cross.SetDenyHandler(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		sayCode(w, http.StatusForbidden, "forbidden")
	}))
	s.guard = cross.Handler(http.HandlerFunc(s.dispatch))
}

// ServeHTTP answers one request.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.guardHeaders(w, r)
	if r.URL.Path != carryPath {
		r.Body = http.MaxBytesReader(w, r.Body, BodyMost)
	}
	s.guard.ServeHTTP(w, r)
}

// dispatch finds who answers. No address of ours needs escaping, or cleaning.
func (s *Server) dispatch(w http.ResponseWriter, r *http.Request) {
	p := r.URL.Path
	if r.URL.RawPath != "" || p != path.Clean(p) || !strings.HasPrefix(p, "/") {
		s.sorry(w, r, http.StatusNotFound, "nothing")
		return
	}
	first, _, _ := strings.Cut(p[1:], "/")
	mux := s.walls
	if reserved[first] {
		mux = s.fixed
	}
	h, pattern := mux.Handler(r)
	if pattern != "" {
		mux.ServeHTTP(w, r)
		return
	}
	// The mux knows whether it is the address or the method that is wrong.
	probe := answerProbe{header: http.Header{}}
	h.ServeHTTP(&probe, r)
	if probe.status == http.StatusMethodNotAllowed {
		w.Header().Set("Allow", probe.header.Get("Allow"))
		s.sorry(w, r, http.StatusMethodNotAllowed, "method")
		return
	}
	s.sorry(w, r, http.StatusNotFound, "nothing")
}

// answerProbe takes an answer's status and header, and drops its text.
type answerProbe struct {
	header http.Header
	status int
}

func (p *answerProbe) Header() http.Header         { return p.header }
func (p *answerProbe) Write(b []byte) (int, error) { return len(b), nil }
func (p *answerProbe) WriteHeader(status int)      { p.status = status }
