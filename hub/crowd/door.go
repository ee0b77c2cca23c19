package crowd

import (
	"context"
	"crypto/tls"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"time"

	"openspacewall/hub"
	"openspacewall/hub/wall"
)

// The limits of coming in.
const (
	doorMost   = 16               // requests at one moment: a hall does not come in the same millisecond
	doorWait   = 15 * time.Second // for one answer
	pageMost   = 1 << 20          // bytes of an answer that are looked at
	afterMost  = 30 * time.Second // that a hub may ask a phone to wait
	assetsMost = 16               // files that a page is taken to need
)

// Door is the way into a hub: its pages and its web interface, and the head of
// a request for a socket.
type Door struct {
	Base *url.URL // scheme and host, without a path
	TLS  *tls.Config
	// Deflate has sockets offer to take deflated messages, as browsers do.
	Deflate bool
	client  *http.Client
	turn    chan struct{}
}

// Place is a rehearsal's wall, as the hub made it.
type Place struct {
	Wall      string `json:"wall"`
	Code      string `json:"code"`
	Projector string `json:"projector"`
	Desk      string `json:"desk"`
	Moderator string `json:"moderator"`
}

// NewDoor makes the way into a hub; t may be nil. Close it in the end.
func NewDoor(base *url.URL, t *tls.Config) *Door {
	network := &net.Dialer{Timeout: doorWait}
	return &Door{
		Base: base, TLS: t,
		client: &http.Client{
			Timeout: doorWait,
			Transport: &http.Transport{
				Proxy:               http.ProxyFromEnvironment,
				DialContext:         network.DialContext,
				TLSClientConfig:     t,
				TLSHandshakeTimeout: doorWait,
				MaxIdleConnsPerHost: doorMost,
				IdleConnTimeout:     doorWait,
				ForceAttemptHTTP2:   true,
				DisableCompression:  true, // a page weighs what it weighs on the air
			},
			CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		},
		turn: make(chan struct{}, doorMost),
	}
}

// Close lets go of what is open.
func (d *Door) Close() { d.client.CloseIdleConnections() }

// Wait takes a turn at the door; leave is to be called when it is over.
func (d *Door) Wait(ctx context.Context) (leave func(), err error) {
	select {
	case d.turn <- struct{}{}:
		return func() { <-d.turn }, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// Address is where the hub's sockets are: host and port.
func (d *Door) Address() string {
	if d.Base.Port() != "" {
		return d.Base.Host
	}
	port := "80"
	if d.Base.Scheme == "https" {
		port = "443"
	}
	return net.JoinHostPort(d.Base.Hostname(), port)
}

// Head is the request for a socket of a face, by somebody who is at a position:
// see Options.Placed.
func (d *Door) Head(code string, face hub.Face, cookie string, at wall.Position) []byte {
	offer := ""
	if d.Deflate {
		offer = DeflateOffer
	}
	return []byte("GET /" + code + "/socket?face=" + string(face) + "&epoch=" + url.QueryEscape(at.Epoch) +
		"&revision=" + strconv.FormatUint(at.Revision, 10) + " HTTP/1.1\r\nHost: " + d.Base.Host +
		"\r\nOrigin: " + d.Origin() + "\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: " +
		UpgradeKey + "\r\nSec-WebSocket-Protocol: " + hub.Subprotocol + "\r\n" + offer + "Cookie: " + cookie + "\r\n\r\n")
}

// Origin is what a page of the hub sends with its requests.
func (d *Door) Origin() string { return d.Base.Scheme + "://" + d.Base.Host }

// Link makes an address of the hub absolute.
func (d *Door) Link(to string) string {
	u, err := url.Parse(to)
	if err != nil {
		return to
	}
	return d.Base.ResolveReference(u).String()
}

// Make asks the hub for a wall to rehearse on.
func (d *Door) Make(ctx context.Context, key, title string) (Place, error) {
	body, err := json.Marshal(map[string]string{"title": title})
	if err != nil {
		return Place{}, err
	}
	resp, err := d.ask(ctx, http.MethodPost, "/api/rehearsals", body, http.Header{"Authorization": {"Bearer " + key}})
	if err != nil {
		return Place{}, fmt.Errorf("no hub answers at %s: %w\nStart one (wall serve), or name its address", d.Base, Reason(err))
	}
	switch {
	case resp.status == http.StatusOK || resp.status == http.StatusCreated:
	case resp.says("insecure"):
		return Place{}, errors.New("a desk is served over HTTPS, or on the hub's own machine: rehearse from there, or use its https address")
	case resp.status == http.StatusUnauthorized || resp.status == http.StatusForbidden:
		return Place{}, errors.New("the hub does not know this key: take the one of its own data folder (--data), or give it by --key")
	case resp.status == http.StatusNotFound || resp.status == http.StatusMethodNotAllowed:
		return Place{}, fmt.Errorf("what answers at %s is not a wall's hub, or one that is too old", d.Base)
	default:
		return Place{}, fmt.Errorf("the hub made no wall: status %d%s", resp.status, resp.because())
	}
	var p Place
	if err := json.Unmarshal(resp.body, &p); err != nil || p.Code == "" || p.Wall == "" || p.Moderator == "" {
		return Place{}, fmt.Errorf("what answers at %s is not a wall's hub", d.Base)
	}
	return p, nil
}

// Wipe asks the hub to delete a rehearsal's wall.
func (d *Door) Wipe(ctx context.Context, key, wall string) error {
	resp, err := d.ask(ctx, http.MethodDelete, "/api/rehearsals/"+url.PathEscape(wall), nil, http.Header{"Authorization": {"Bearer " + key}})
	if err != nil {
		return Reason(err)
	}
	if resp.status/100 != 2 && resp.status != http.StatusNotFound {
		return fmt.Errorf("status %d%s", resp.status, resp.because())
	}
	return nil
}

// Enter opens a phone's page, as a browser would, and returns the cookie that
// makes it a participant.
func (d *Door) Enter(ctx context.Context, code string) (string, error) {
	resp, err := d.ask(ctx, http.MethodGet, "/"+url.PathEscape(code), nil, http.Header{"Accept": {"text/html"}})
	if err != nil {
		return "", err
	}
	return resp.cookie(code)
}

// EnterDesk exchanges a one-time secret for the moderator's cookie.
func (d *Door) EnterDesk(ctx context.Context, code, secret string) (string, error) {
	if _, fragment, found := strings.Cut(secret, "#"); found {
		secret = fragment
	}
	body, err := json.Marshal(map[string]string{"secret": secret})
	if err != nil {
		return "", err
	}
	resp, err := d.ask(ctx, http.MethodPost, "/"+url.PathEscape(code)+"/enter", body, nil)
	if err != nil {
		return "", err
	}
	return resp.cookie(code)
}

// Mark makes a phone a participant without its loading the page: for who
// measures something else.
func (d *Door) Mark(ctx context.Context, code string) (cookie string, err error) {
	resp, err := d.ask(ctx, http.MethodHead, "/"+url.PathEscape(code), nil, http.Header{"Accept": {"text/html"}})
	if err != nil {
		return "", err
	}
	return resp.cookie(code)
}

// assets are the files that a page asks for.
var assets = regexp.MustCompile(`"(/assets/[^"?#]+)"`)

// Page says what a phone's first visit takes: the page's files, compressed as
// browsers ask for them, and how many bytes all of it is.
func (d *Door) Page(ctx context.Context, code string) (files []string, err error) {
	resp, err := d.ask(ctx, http.MethodGet, "/"+url.PathEscape(code), nil, http.Header{"Accept": {"text/html"}})
	if err != nil {
		return nil, err
	}
	for _, found := range assets.FindAllSubmatch(resp.body, assetsMost) {
		files = append(files, string(found[1]))
	}
	return files, nil
}

// Visit loads a phone's page and its files, as a browser that was never here.
// It gives the cookie that makes it a participant, and the bytes that came.
func (d *Door) Visit(ctx context.Context, code string, files []string) (cookie string, bytes int64, err error) {
	accept := http.Header{"Accept": {"text/html"}, "Accept-Encoding": {"gzip, deflate, br"}}
	resp, err := d.ask(ctx, http.MethodGet, "/"+url.PathEscape(code), nil, accept)
	if err != nil {
		return "", 0, err
	}
	if cookie, err = resp.cookie(code); err != nil {
		return "", 0, err
	}
	bytes = resp.size
	for _, name := range files {
		file, err := d.ask(ctx, http.MethodGet, name, nil, http.Header{"Accept-Encoding": {"gzip, deflate, br"}})
		if err != nil {
			return "", 0, err
		}
		bytes += file.size
	}
	return cookie, bytes, nil
}
