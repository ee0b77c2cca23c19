package main

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"time"

	"openspacewall/frontend"
	"openspacewall/hub"
	"openspacewall/hub/store"
	"openspacewall/hub/web"
)

// How long a polite close may take: for the requests under way, and for the
// sockets. Together they are less than the ten seconds that others wait before
// they kill.
const (
	requestsWithin = 2 * time.Second
	socketsWithin  = 7 * time.Second
)

// serve is the hub, from opening to closing. What it opens it closes in reverse.
func serve(ctx context.Context, args []string, getenv func(string) string, stderr io.Writer) (err error) {
	var c config
	fs := c.flags(stderr, getenv)
	words, err := parse(fs, args, getenv)
	if err != nil {
		return err
	}
	if err := none(fs, words); err != nil {
		return err
	}
	if err := c.stray(); err != nil {
		return err
	}
	log, err := c.log(stderr)
	if err != nil {
		return err
	}
	listener, err := listen(ctx, c.listen)
	if err != nil {
		return err
	}
	defer listener.Close() //nolint:errcheck // the server has closed it by then, or it never served
	public, desk := addresses(listener.Addr(), c)

	welcome := func() {}
	if c.shared() {
		welcome = hangUp(listener.(*net.TCPListener))
		defer welcome()
		c.name = strings.ToLower(rand.Text()[:6])
		log = log.With("hub", c.name)
	}
	ctx, fail := context.WithCancelCause(ctx)
	defer fail(nil)
	p, err := open(ctx, &c.home, log, fail, web.Config{
		PublicURL: public, DeskURL: desk, InsecureDesk: c.insecureDesk, Trusted: c.trusted,
	})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, p.close()) }()
	is, err := p.begin(ctx, c.title)
	if err != nil {
		return err
	}
	welcome() // what is left takes a moment, and who is told where this is may come

	address := filepath.Join(c.data, addressFile)
	if err := writeWhole(address, localURL(listener.Addr())+"\n"); err != nil {
		return err
	}
	defer os.Remove(address) //nolint:errcheck // a stale one is found out
	if err := p.announce(stderr, c, is); err != nil {
		return err
	}

	porch := p.web.Porch(listener)
	defer porch.Close() //nolint:errcheck // as above; and whoever waits there is waited for by what closes next
	servers := []*http.Server{p.web.HTTP()}
	listeners := []net.Listener{porch}
	if c.metricsListen != "" {
		aside, err := listen(ctx, c.metricsListen)
		if err != nil {
			return err
		}
		defer aside.Close() //nolint:errcheck // as above
		server := p.web.HTTP()
		server.Handler = p.web.Operator()
		servers, listeners = append(servers, server), append(listeners, aside)
		log.Info("metrics are told", "address", aside.Addr().String())
	}
	if err := serveUntil(ctx, log, servers, listeners); err != nil {
		return err
	}
	if cause := context.Cause(ctx); !errors.Is(cause, context.Canceled) {
		return cause
	}
	return nil
}

// serveUntil serves until ctx ends; then it accepts nobody any more, and waits
// for the requests under way.
func serveUntil(ctx context.Context, log *slog.Logger, servers []*http.Server, listeners []net.Listener) error {
	served := make(chan error, len(servers))
	for i, s := range servers {
		go func() { served <- s.Serve(listeners[i]) }()
	}
	var failed error
	select {
	case failed = <-served:
		served <- http.ErrServerClosed // counted below
	case <-ctx.Done():
		log.Info("closing")
	}
	quiet, cancel := context.WithTimeout(context.WithoutCancel(ctx), requestsWithin)
	defer cancel()
	for _, s := range servers {
		if err := s.Shutdown(quiet); err != nil {
			log.Warn("requests were cut off", "err", err)
			_ = s.Close()
		}
	}
	for range servers {
		if err := <-served; !errors.Is(err, http.ErrServerClosed) {
			failed = errors.Join(failed, err)
		}
	}
	return failed
}

// program is what runs: the store, the hub on it, and HTTP on that.
type program struct {
	store   store.Store
	release func() error // of the data folder
	hub     *hub.Hub
	web     *web.Server
	log     *slog.Logger
}

// open opens the walls, and a hub on them. fail is called when the store can
// no longer be used.
func open(ctx context.Context, h *home, log *slog.Logger, fail func(error), w web.Config) (*program, error) {
	s, err := h.open(ctx, log, func(err error) {
		log.Error("the store has failed; this process ends, and the next one reads from disk", "err", err)
		fail(err)
	})
	if err != nil {
		return nil, err
	}
	p := &program{store: s, log: log}
	if w.Key, p.release, err = h.hubKey(); err != nil {
		return nil, errors.Join(err, s.Close())
	}
	w.Files, w.Log, w.Findings = frontend.Files(), log, h.findings
	build, err := web.Build(w.Files)
	if err != nil {
		return nil, errors.Join(err, p.release(), s.Close())
	}
	p.hub = hub.New(hub.Config{Store: s, Now: time.Now, Random: rand.Reader, Log: log, Build: build, Name: h.name})
	w.Hub = p.hub
	patient, cancel := context.WithTimeout(ctx, startWithin)
	defer cancel()
	if p.web, err = web.New(patient, w); err != nil {
		return nil, errors.Join(err, p.close())
	}
	return p, nil
}

// close tells everyone to come back, waits for them to go, and closes the store.
func (p *program) close() error {
	if p.web != nil {
		p.web.Close()
	}
	ctx, cancel := context.WithTimeout(context.Background(), socketsWithin)
	defer cancel()
	if err := p.hub.Close(ctx); err != nil {
		p.log.Warn("sockets were cut off", "err", err)
	}
	return errors.Join(p.release(), p.store.Close())
}

// listen takes the port, or says what to do when somebody else has it.
func listen(ctx context.Context, address string) (net.Listener, error) {
	// Sockets are pinged, and others have little time: the kernel need not ask, too.
	l, err := (&net.ListenConfig{KeepAlive: -1}).Listen(ctx, "tcp", address)
	if err == nil {
		return l, nil
	}
	if portTaken(err) {
		return nil, fmt.Errorf("another program listens on %s already; perhaps the wall runs there. End it, or take another port: --listen :8081", address)
	}
	if _, port, bad := net.SplitHostPort(address); bad != nil || port == "" {
		return nil, fmt.Errorf("%q is no address to listen on: :8080 is every network of this machine, 127.0.0.1:8080 this machine alone", address)
	}
	return nil, fmt.Errorf("cannot listen on %s: %w", address, err)
}
