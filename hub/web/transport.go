package web

import (
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"strings"
)

// parseOrigin reads an address of the form scheme://host[:port].
func parseOrigin(s string) (*url.URL, error) {
	u, err := url.Parse(s)
	if err != nil {
		return nil, fmt.Errorf("web: the public address %q: %w", s, err)
	}
	if (u.Scheme != "http" && u.Scheme != "https") || u.Host == "" || strings.Trim(u.Path, "/") != "" || u.RawQuery != "" || u.Fragment != "" || u.User != nil {
		return nil, fmt.Errorf("web: the public address %q is not of the form https://wall.example.org", s)
	}
	return &url.URL{Scheme: u.Scheme, Host: strings.ToLower(u.Host)}, nil
}

// peer is the machine at the other end of the connection.
func peer(r *http.Request) netip.Addr {
	at, err := netip.ParseAddrPort(r.RemoteAddr)
	if err != nil {
		return netip.Addr{}
	}
	return at.Addr().Unmap()
}

// trusted says that the request comes from a proxy whose word counts.
func (s *Server) trusted(r *http.Request) bool {
	if len(s.Trusted) == 0 {
		return false
	}
	from := peer(r)
	for _, p := range s.Trusted {
		if p.Contains(from) {
			return true
		}
	}
	return false
}

// secure says that nobody between can read the request. Without a trusted
// proxy's word, X-Forwarded-Proto is anybody's claim and counts for nothing.
func (s *Server) secure(r *http.Request) bool {
	return r.TLS != nil || (s.trusted(r) && strings.EqualFold(r.Header.Get("X-Forwarded-Proto"), "https"))
}

// local says that the request was made on this machine, for this machine: not
// through a proxy on it, nor by a page whose name was pointed here. What goes
// to one of the machine's own addresses from that address does not leave it.
func local(r *http.Request) bool {
	for _, name := range []string{"Forwarded", "X-Forwarded-For", "X-Real-Ip", "Via"} {
		if r.Header.Get(name) != "" {
			return false
		}
	}
	from, to := peer(r), netip.Addr{}
	if at, ok := r.Context().Value(http.LocalAddrContextKey).(*net.TCPAddr); ok {
		to = at.AddrPort().Addr().Unmap()
	}
	if !from.IsLoopback() && (from != to || !to.IsValid()) {
		return false
	}
	host, err := netip.ParseAddr(hostName(r.Host))
	return loopbackName(r.Host) || (err == nil && host == to)
}

// loopbackName says that a host is this machine's own name for itself.
func loopbackName(host string) bool {
	name := hostName(host)
	ip, err := netip.ParseAddr(name)
	return name == "localhost" || (err == nil && ip.IsLoopback())
}

// hostName is a host without its port.
func hostName(host string) string {
	if h, _, err := net.SplitHostPort(host); err == nil {
		host = h
	}
	return strings.ToLower(strings.Trim(host, "[]"))
}

// private says that a desk's secrets may travel with this request: nobody can
// listen, or the operator took the risk.
func (s *Server) private(r *http.Request) bool {
	return s.secure(r) || local(r) || s.InsecureDesk
}

// ownOrigin says that a socket is asked for by a page of this very host. A
// browser sends the page's origin and cannot be made to lie about it; a
// program that is none sends the hub's address.
func (s *Server) ownOrigin(r *http.Request) bool {
	given := r.Header.Values("Origin")
	if len(given) != 1 {
		return false
	}
	scheme, host, found := strings.Cut(given[0], "://")
	if !found || host == "" || strings.ContainsAny(host, "/?#@\\ ") {
		return false
	}
	if given[0] == s.public.String() {
		return true
	}
	want := "http"
	if s.secure(r) {
		want = "https"
	}
	return scheme == want && strings.EqualFold(host, r.Host)
}
