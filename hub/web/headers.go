package web

import (
	"crypto/sha256"
	"encoding/base64"
	"net/http"
	"net/netip"
	"regexp"
	"strings"
)

// guardHeaders sets what every answer carries. Pages and assets change the
// policy and the caching for themselves.
func (s *Server) guardHeaders(w http.ResponseWriter, r *http.Request) {
	h := w.Header()
	h.Set("Content-Security-Policy", "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'")
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Referrer-Policy", "no-referrer")
	h.Set("Cross-Origin-Resource-Policy", "same-origin")
	h.Set("Permissions-Policy", "camera=(), microphone=(), geolocation=(), payment=(), usb=(), screen-wake-lock=(self)")
	h.Set("Cache-Control", "no-store")
	if s.secure(r) || loopbackName(r.Host) { // elsewhere browsers ignore it, and say so on every page
		h.Set("Cross-Origin-Opener-Policy", "same-origin")
	}
	if s.secure(r) && realName(r.Host) {
		h.Set("Strict-Transport-Security", "max-age=31536000")
	}
}

// realName says that a host has a name of its own, for which a promise to use
// TLS can be made: an address or "localhost" belongs to somebody else tomorrow.
func realName(host string) bool {
	name := hostName(host)
	if _, err := netip.ParseAddr(name); err == nil {
		return false
	}
	return strings.Contains(name, ".") && !strings.HasSuffix(name, ".localhost")
}

// hostForm is what a host looks like in a policy; anything else is left out.
var hostForm = regexp.MustCompile(`^[A-Za-z0-9.-]+(:[0-9]{1,5})?$|^\[[0-9a-fA-F:]+\](:[0-9]{1,5})?$`)

// policy is the Content-Security-Policy of one page.
type policy struct {
	scripts, styles []string // 'sha256-…' of what stands in the page itself
}

// The parts of a page that a policy has to know by their digest.
var (
	inlineScript = regexp.MustCompile(`(?is)<script(\s[^>]*)?>(.*?)</script\s*>`)
	inlineStyle  = regexp.MustCompile(`(?is)<style(\s[^>]*)?>(.*?)</style\s*>`)
	sourceMember = regexp.MustCompile(`(?i)\ssrc\s*=`)
)

// readPolicy finds the inline scripts and styles of a page.
func readPolicy(page []byte) policy {
	var p policy
	for _, m := range inlineScript.FindAllSubmatch(page, -1) {
		if !sourceMember.Match(m[1]) {
			p.scripts = append(p.scripts, digest(m[2]))
		}
	}
	for _, m := range inlineStyle.FindAllSubmatch(page, -1) {
		p.styles = append(p.styles, digest(m[2]))
	}
	return p
}

// digest is the source expression of an inline script or style. A browser
// reads every line end as "\n" before it takes its own.
func digest(text []byte) string {
	read := strings.ReplaceAll(strings.ReplaceAll(string(text), "\r\n", "\n"), "\r", "\n")
	sum := sha256.Sum256([]byte(read))
	return "'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "'"
}

// header writes the policy for a page asked for at a host. Older Safaris do
// not count a socket of the same host as 'self', so it is named.
func (p policy) header(host string) string {
	connect := "connect-src 'self'"
	if hostForm.MatchString(host) {
		connect += " ws://" + host + " wss://" + host
	}
	return strings.Join([]string{
		"default-src 'none'",
		strings.Join(append([]string{"script-src 'self'"}, p.scripts...), " "),
		strings.Join(append([]string{"style-src 'self'"}, p.styles...), " "),
		"img-src 'self' data:",
		"font-src 'self'",
		connect,
		"manifest-src 'self'",
		"base-uri 'none'",
		"form-action 'none'",
		"frame-ancestors 'none'",
		"require-trusted-types-for 'script'",
		"trusted-types svelte-trusted-html",
	}, "; ")
}
