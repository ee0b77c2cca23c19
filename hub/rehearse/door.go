package rehearse

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/gorilla/websocket"

	"openspacewall/hub"
)

// The limits of coming in.
const (
	doorMost    = 16               // phones coming in at one moment: a hall does not come in the same millisecond
	doorWait    = 15 * time.Second // for one answer
	answerMost  = 64 << 10         // bytes of an answer that is looked at
	afterMost   = 30 * time.Second // that a hub may ask a phone to wait
	socketWrite = 10 * time.Second
)

// door is the way into a hub: its pages, its web interface and its sockets.
type door struct {
	base   *url.URL // without a path
	client *http.Client
	dialer *websocket.Dialer
	turn   chan struct{}
}

// place is a rehearsal's wall, as the hub made it.
type place struct {
	Wall      string `json:"wall"`
	Code      string `json:"code"`
	Projector string `json:"projector"`
	Desk      string `json:"desk"`
	Moderator string `json:"moderator"`
}

// turnedAway is an answer that trying again does not change.
type turnedAway struct{ why string }

func (e *turnedAway) Error() string { return e.why }

// laterError is an answer that asks to come again after a while.
type laterError struct {
	status int
	after  time.Duration
}

func (e *laterError) Error() string {
	return fmt.Sprintf("the hub is full for the moment (status %d)", e.status)
}

func newDoor(base *url.URL) *door {
	buffers := &sync.Pool{}
	network := &net.Dialer{Timeout: doorWait}
	return &door{
		base: base,
		client: &http.Client{
			Timeout: doorWait,
			Transport: &http.Transport{
				Proxy:               http.ProxyFromEnvironment,
				DialContext:         network.DialContext,
				TLSHandshakeTimeout: doorWait,
				MaxIdleConnsPerHost: doorMost,
				IdleConnTimeout:     doorWait,
				ForceAttemptHTTP2:   true,
			},
			CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		},
		dialer: &websocket.Dialer{
			Proxy:            http.ProxyFromEnvironment,
			NetDialContext:   network.DialContext,
			HandshakeTimeout: doorWait,
			Subprotocols:     []string{hub.Subprotocol},
			ReadBufferSize:   4096,
			WriteBufferSize:  1024,
			WriteBufferPool:  buffers,
		},
		turn: make(chan struct{}, doorMost),
	}
}

func (d *door) close() { d.client.CloseIdleConnections() }

// link makes an address of the hub absolute.
func (d *door) link(to string) string {
	u, err := url.Parse(to)
	if err != nil {
		return to
	}
	return d.base.ResolveReference(u).String()
}

// make asks the hub for a wall to rehearse on.
func (d *door) make(ctx context.Context, key, title string) (place, error) {
	body, err := json.Marshal(map[string]string{"title": title})
	if err != nil {
		return place{}, err
	}
	resp, err := d.ask(ctx, http.MethodPost, "/api/rehearsals", body, http.Header{"Authorization": {"Bearer " + key}})
	if err != nil {
		return place{}, fmt.Errorf("no hub answers at %s: %w\nStart one (wall serve), or name its address", d.base, reason(err))
	}
	switch {
	case resp.status == http.StatusOK || resp.status == http.StatusCreated:
	case resp.says("insecure"):
		return place{}, errors.New("a desk is served over HTTPS, or on the hub's own machine: rehearse from there, or use its https address")
	case resp.status == http.StatusUnauthorized || resp.status == http.StatusForbidden:
		return place{}, errors.New("the hub does not know this key: take the one of its own data folder (--data), or give it by --key")
	case resp.status == http.StatusNotFound || resp.status == http.StatusMethodNotAllowed:
		return place{}, fmt.Errorf("what answers at %s is not a wall's hub, or one that is too old", d.base)
	default:
		return place{}, fmt.Errorf("the hub made no wall: status %d%s", resp.status, resp.because())
	}
	var p place
	if err := json.Unmarshal(resp.body, &p); err != nil || p.Code == "" || p.Wall == "" || p.Moderator == "" {
		return place{}, fmt.Errorf("what answers at %s is not a wall's hub", d.base)
	}
	return p, nil
}

// wipe asks the hub to delete a rehearsal's wall.
func (d *door) wipe(ctx context.Context, key, wall string) error {
	resp, err := d.ask(ctx, http.MethodDelete, "/api/rehearsals/"+url.PathEscape(wall), nil, http.Header{"Authorization": {"Bearer " + key}})
	if err != nil {
		return reason(err)
	}
	if resp.status/100 != 2 && resp.status != http.StatusNotFound {
		return fmt.Errorf("status %d%s", resp.status, resp.because())
	}
	return nil
}

// enter opens a phone's page, as a browser would, and returns the cookie that
// makes it a participant.
func (d *door) enter(ctx context.Context, code string) (string, error) {
	resp, err := d.ask(ctx, http.MethodGet, "/"+url.PathEscape(code), nil, http.Header{"Accept": {"text/html"}})
	if err != nil {
		return "", err
	}
	return resp.cookie(code)
}

// enterDesk exchanges a one-time secret for the moderator's cookie.
func (d *door) enterDesk(ctx context.Context, code, secret string) (string, error) {
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

// dial opens a socket for a face.
func (d *door) dial(ctx context.Context, code string, face hub.Face, cookie string) (*websocket.Conn, error) {
	select {
	case d.turn <- struct{}{}:
		defer func() { <-d.turn }()
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	to := *d.base
	to.Scheme = strings.Replace(d.base.Scheme, "http", "ws", 1)
	to.Path = "/" + code + "/socket"
	to.RawQuery = url.Values{"face": {string(face)}}.Encode()
	conn, resp, err := d.dialer.DialContext(ctx, to.String(), http.Header{ //nolint:bodyclose // the dialer has closed it
		"Origin": {d.origin()},
		"Cookie": {cookie},
	})
	if err != nil {
		if resp != nil {
			return nil, refusedAt(resp.StatusCode, resp.Header, code)
		}
		return nil, reason(err)
	}
	return conn, nil
}

func (d *door) origin() string { return d.base.Scheme + "://" + d.base.Host }

// answer is a response, read.
type answer struct {
	status int
	header http.Header
	body   []byte
	set    []*http.Cookie
}

func (d *door) ask(ctx context.Context, method, path string, body []byte, header http.Header) (*answer, error) {
	select {
	case d.turn <- struct{}{}:
		defer func() { <-d.turn }()
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	req, err := http.NewRequestWithContext(ctx, method, d.base.JoinPath(path).String(), bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	for name, values := range header {
		req.Header[name] = values
	}
	if method != http.MethodGet {
		req.Header.Set("Origin", d.origin())
	}
	if body != nil {
		req.Header.Set("Content-Type", "application/json")
	}
	resp, err := d.client.Do(req)
	if err != nil {
		return nil, err
	}
	defer resp.Body.Close() //nolint:errcheck // read to its end
	a := &answer{status: resp.StatusCode, header: resp.Header, set: resp.Cookies()}
	if a.body, err = io.ReadAll(io.LimitReader(resp.Body, answerMost)); err != nil {
		return nil, err
	}
	_, err = io.Copy(io.Discard, resp.Body) // a phone loads its whole page
	return a, err
}

// says tells whether the hub answered with a code.
func (a *answer) says(code string) bool {
	var said struct{ Code string }
	return json.Unmarshal(a.body, &said) == nil && said.Code == code
}

// because is what the hub says in an error, for a message.
func (a *answer) because() string {
	var said struct{ Code string }
	if json.Unmarshal(a.body, &said) != nil || said.Code == "" {
		return ""
	}
	return ", " + strconv.Quote(said.Code)
}

// cookie makes the Cookie header of what was set.
func (a *answer) cookie(code string) (string, error) {
	if a.status/100 != 2 {
		return "", refusedAt(a.status, a.header, code)
	}
	var pairs []string
	for _, c := range a.set {
		pairs = append(pairs, c.Name+"="+c.Value)
	}
	if len(pairs) == 0 {
		return "", &turnedAway{"the hub gave no cookie: is it a wall's hub?"}
	}
	return strings.Join(pairs, "; "), nil
}

// refusedAt says whether it helps to come again.
func refusedAt(status int, header http.Header, code string) error {
	switch {
	case status == http.StatusTooManyRequests || status >= 500:
		after := time.Duration(0)
		if s, err := strconv.Atoi(header.Get("Retry-After")); err == nil && s > 0 {
			after = min(time.Duration(s)*time.Second, afterMost)
		}
		return &laterError{status: status, after: after}
	case status == http.StatusNotFound:
		return &turnedAway{"there is no wall " + code + " any more"}
	default:
		return &turnedAway{fmt.Sprintf("the hub turned it away with status %d", status)}
	}
}

// reason strips an error of the address, which the message has already.
func reason(err error) error {
	var at *url.Error
	if errors.As(err, &at) {
		return at.Err
	}
	return err
}
