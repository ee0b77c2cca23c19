package web

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"io"
	"net/http"
	"slices"
	"time"
)

// device is a participant's phone. It has no name, and no record here: its
// cookie is signed, so a hall that comes back costs no reading.
type device struct {
	secret [16]byte
	since  time.Time
	codes  [][4]byte // marks of the join codes by which it has come to a wall
}

const (
	cookieDevice = "wall_p"
	cookieLogin  = "wall_m"
	cookieScreen = "wall_d"

	deviceForm = 1 // of the cookie's text: form, secret, since, marks
	deviceHead = 1 + 16 + 4
)

// mark is how a join code is remembered in a device's cookie.
func mark(code string) [4]byte {
	sum := sha256.Sum256([]byte("code\n" + code))
	return [4]byte(sum[:4])
}

// came says that the device has been let in by a join code before. It knows the
// code, then, whether its wall is still there or not.
func (d *device) came(code string) bool {
	return d != nil && slices.Contains(d.codes, mark(code))
}

// on is who the device is on one wall. Another wall's id cannot be told from it.
func (d *device) on(wall string) string {
	m := hmac.New(sha256.New, d.secret[:])
	m.Write([]byte(wall))
	return hex.EncodeToString(m.Sum(nil)[:16])
}

// text is the cookie's text.
func (d *device) text() []byte {
	b := make([]byte, deviceHead, deviceHead+4*len(d.codes))
	b[0] = deviceForm
	copy(b[1:], d.secret[:])
	binary.BigEndian.PutUint32(b[17:], uint32(d.since.Unix()))
	for _, m := range d.codes {
		b = append(b, m[:]...)
	}
	return b
}

// readDevice reads what text made; nil for one that is too old, or from the future.
func readDevice(b []byte, now time.Time) *device {
	if len(b) < deviceHead || b[0] != deviceForm || (len(b)-deviceHead)%4 != 0 {
		return nil
	}
	d := &device{secret: [16]byte(b[1:17]), since: time.Unix(int64(binary.BigEndian.Uint32(b[17:])), 0)}
	if age := now.Sub(d.since); age > DeviceLife || age < -time.Hour {
		return nil
	}
	for m := range slices.Chunk(b[deviceHead:], 4) {
		d.codes = append(d.codes, [4]byte(m))
	}
	return d
}

// deviceOf is the device that asks; nil: it is not known.
func (s *Server) deviceOf(r *http.Request) *device {
	text, ok := s.seal.open(cookieDevice, s.cookie(r, cookieDevice))
	if !ok {
		return nil
	}
	return readDevice(text, s.Now())
}

// welcome makes a device known that has come by a join code, and remembers that
// it has. Most of the time there is nothing to do.
func (s *Server) welcome(w http.ResponseWriter, r *http.Request, d *device, code string) error {
	now := s.Now()
	if d == nil {
		d = &device{}
		if _, err := io.ReadFull(s.Random, d.secret[:]); err != nil {
			return err
		}
	} else if d.came(code) && now.Sub(d.since) < DeviceRenew {
		return nil
	}
	next := &device{secret: d.secret, since: now}
	next.codes = slices.DeleteFunc(slices.Clone(d.codes), func(m [4]byte) bool { return m == mark(code) })
	next.codes = append(next.codes, mark(code))
	if over := len(next.codes) - CodesKnown; over > 0 {
		next.codes = next.codes[over:]
	}
	s.setCookie(w, r, cookieDevice, s.seal.sign(cookieDevice, next.text()), DeviceLife, http.SameSiteLaxMode)
	return nil
}

// cookieName has the prefix with which a browser takes a cookie from this host
// alone and over TLS alone; over plain HTTP it would drop it.
func (s *Server) cookieName(r *http.Request, name string) string {
	if s.secure(r) {
		return "__Host-" + name
	}
	return name
}

func (s *Server) setCookie(w http.ResponseWriter, r *http.Request, name, value string, life time.Duration, same http.SameSite) {
	http.SetCookie(w, &http.Cookie{ //nolint:gosec // over plain HTTP a browser would drop a Secure one
		Name:     s.cookieName(r, name),
		Value:    value,
		Path:     "/",
		MaxAge:   int(life / time.Second),
		Secure:   s.secure(r),
		HttpOnly: true,
		SameSite: same,
	})
}

// cookie is the value of a cookie of ours; empty when there is none.
func (s *Server) cookie(r *http.Request, name string) string {
	c, err := r.Cookie(s.cookieName(r, name))
	if err != nil {
		return ""
	}
	return c.Value
}
