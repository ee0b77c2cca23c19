package rehearse

import (
	"context"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"

	"github.com/gorilla/websocket"

	"openspacewall/hub"
	"openspacewall/hub/crowd"
)

// The times of a socket.
const (
	dialWait    = 15 * time.Second
	socketWrite = 10 * time.Second
)

// dialer opens the sockets of one rehearsal's bots.
type dialer struct {
	door *crowd.Door
	websocket.Dialer
}

func newDialer(d *crowd.Door) *dialer {
	return &dialer{d, websocket.Dialer{
		Proxy:            http.ProxyFromEnvironment,
		HandshakeTimeout: dialWait,
		TLSClientConfig:  d.TLS,
		Subprotocols:     []string{hub.Subprotocol},
		ReadBufferSize:   4096,
		WriteBufferSize:  1024,
		WriteBufferPool:  &sync.Pool{},
	}}
}

// dial opens a socket for a face.
func (d *dialer) dial(ctx context.Context, code string, face hub.Face, cookie string) (*websocket.Conn, error) {
	leave, err := d.door.Wait(ctx)
	if err != nil {
		return nil, err
	}
	defer leave()
	to := *d.door.Base
	to.Scheme = strings.Replace(to.Scheme, "http", "ws", 1)
	to.Path = "/" + code + "/socket"
	to.RawQuery = url.Values{"face": {string(face)}}.Encode()
	conn, resp, err := d.DialContext(ctx, to.String(), http.Header{ //nolint:bodyclose // the dialer has closed it
		"Origin": {d.door.Origin()},
		"Cookie": {cookie},
	})
	if err != nil {
		if resp != nil {
			return nil, crowd.RefusedAt(resp.StatusCode, resp.Header, code)
		}
		return nil, crowd.Reason(err)
	}
	return conn, nil
}
