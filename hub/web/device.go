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
	marks  [][4]byte // of the join codes by which it has come, and of the walls where they led
}

const (
	cookieDevice = "wall_p"
	cookieLogin  = "wall_m"
	cookieScreen = "wall_d"

	deviceForm = 1 // of the cookie's text: form, secret, since, marks
	deviceHead = 1 + 16 + 4
)

// mark is how a code or a wall is remembered in a device's cookie. Whoever reads
// that on the way cannot tell which it is.
func (s *Server) mark(what, name string) [4]byte {
	return [4]byte(s.seal.mac("mark of a "+what, []byte(name)))
}

// came says that a device has been let in by a join code before. It knows the
// code, then, whether its wall is still there or not.
func (s *Server) came(d *device, code string) bool {
	return d != nil && slices.Contains(d.marks, s.mark("code", code))
}

// been says that a device has been let in to a wall, by whatever code.
func (s *Server) been(d *device, wall string) bool {
	return d != nil && slices.Contains(d.marks, s.mark("wall", wall))
}

// on is who the device is on one wall. Another wall's id cannot be told from it.
func (d *device) on(wall string) string {
	m := hmac.New(sha256.New, d.secret[:])
	m.Write([]byte(wall))
	return hex.EncodeToString(m.Sum(nil)[:16])
}

// text is the cookie's text.
func (d *device) text() []byte {
	b := make([]byte, deviceHead, deviceHead+4*len(d.marks))
	b[0] = deviceForm
	copy(b[1:], d.secret[:])
	binary.BigEndian.PutUint32(b[17:], uint32(d.since.Unix()))
	for _, m := range d.marks {
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
		d.marks = append(d.marks, [4]byte(m))
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
// it has, and where that led; "" when nobody could look. Most of the time there is
// nothing to do.
func (s *Server) welcome(w http.ResponseWriter, r *http.Request, d *device, code, wall string) error {
	now := s.Now()
	if d == nil {
		d = &device{}
		if _, err := io.ReadFull(s.Random, d.secret[:]); err != nil {
			return err
		}
	} else if s.came(d, code) && (wall == "" || s.been(d, wall)) && now.Sub(d.since) < DeviceRenew {
		return nil
	}
	fresh := [][4]byte{s.mark("code", code)}
	if wall != "" {
		fresh = append(fresh, s.mark("wall", wall))
	}
	next := &device{secret: d.secret, since: now}
	next.marks = slices.DeleteFunc(slices.Clone(d.marks), func(m [4]byte) bool { return slices.Contains(fresh, m) })
	next.marks = append(next.marks, fresh...)
	if over := len(next.marks) - MarksKept; over > 0 {
		next.marks = next.marks[over:]
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
