package crowd

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"
)

// answer is a response, read.
type answer struct {
	status int
	header http.Header
	body   []byte
	size   int64 // of the whole body
	set    []*http.Cookie
}

func (d *Door) ask(ctx context.Context, method, path string, body []byte, header http.Header) (*answer, error) {
	leave, err := d.Wait(ctx)
	if err != nil {
		return nil, err
	}
	defer leave()
	req, err := http.NewRequestWithContext(ctx, method, d.Base.JoinPath(path).String(), bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	for name, values := range header {
		req.Header[name] = values
	}
	if method != http.MethodGet {
		req.Header.Set("Origin", d.Origin())
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
	if a.body, err = io.ReadAll(io.LimitReader(resp.Body, pageMost)); err != nil {
		return nil, err
	}
	rest, err := io.Copy(io.Discard, resp.Body) // a phone loads its whole page
	a.size = int64(len(a.body)) + rest
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
		return "", RefusedAt(a.status, a.header, code)
	}
	var pairs []string
	for _, c := range a.set {
		pairs = append(pairs, c.Name+"="+c.Value)
	}
	if len(pairs) == 0 {
		return "", &TurnedAway{"the hub gave no cookie: is it a wall's hub?"}
	}
	return strings.Join(pairs, "; "), nil
}

// RefusedAt says whether it helps to come again.
func RefusedAt(status int, header http.Header, code string) error {
	switch {
	case status == http.StatusTooManyRequests || status >= 500:
		after := time.Duration(0)
		if s, err := strconv.Atoi(header.Get("Retry-After")); err == nil && s > 0 {
			after = min(time.Duration(s)*time.Second, afterMost)
		}
		return &Later{Status: status, After: after}
	case status == http.StatusNotFound:
		return &TurnedAway{"there is no " + strings.TrimSpace("wall "+code) + " any more"}
	default:
		return &TurnedAway{fmt.Sprintf("the hub turned it away with status %d", status)}
	}
}

// Reason strips an error of the address, which the message has already.
func Reason(err error) error {
	var at *url.Error
	if errors.As(err, &at) {
		return at.Err
	}
	return err
}
