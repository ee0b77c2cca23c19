package web

import (
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"
)

func TestCookiesByScheme(t *testing.T) {
	s := stood(t)
	link := s.screenSecretNow()
	for _, tls := range []bool{false, true} {
		prefix := map[bool]string{false: "", true: "__Host-"}[tls]
		phone := s.wants(http.StatusOK, call{path: "/" + s.wall.Code, tls: tls}).Result().Cookies()
		screen := s.enters(s.wall.Code, link, call{tls: tls})
		owner, err := s.OwnerLink(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		desk := s.enters(s.wall.Code, secretOf(owner), call{tls: tls})
		for name, set := range map[string][]*http.Cookie{cookieDevice: phone, cookieScreen: screen, cookieLogin: desk} {
			if len(set) != 1 || set[0].Name != prefix+name {
				t.Fatalf("TLS %v: %v", tls, set)
			}
			c, same := set[0], http.SameSiteLaxMode
			if name == cookieLogin {
				same = http.SameSiteStrictMode
			}
			if !c.HttpOnly || c.Secure != tls || c.SameSite != same || c.Path != "/" || c.Domain != "" || c.MaxAge <= 0 {
				t.Errorf("TLS %v: %s", tls, c)
			}
		}
	}
}

// screenSecretNow is the projector link's secret.
func (s *stand) screenSecretNow() string {
	s.t.Helper()
	p, found, err := s.find(s.t.Context(), s.wall.Code)
	if err != nil || !found {
		s.t.Fatal(found, err)
	}
	return s.screenSecret(p)
}

// No bit of a signed cookie is free, and nothing is taken for another thing.
func TestSignedCookiesBearNoChange(t *testing.T) {
	s := stood(t)
	device := s.attendee()[0].Value
	screen := s.enters(s.wall.Code, s.screenSecretNow(), call{})[0].Value
	for name, value := range map[string]string{cookieDevice: device, cookieScreen: screen} {
		if _, ok := s.seal.open(name, value); !ok {
			t.Fatalf("%s: %s does not open", name, value)
		}
		for i := range len(value) {
			for bit := range 8 {
				b := []byte(value)
				b[i] ^= 1 << bit
				if _, ok := s.seal.open(name, string(b)); ok {
					t.Errorf("%s: byte %d bit %d is free", name, i, bit)
				}
			}
		}
		for n := range len(value) {
			if _, ok := s.seal.open(name, value[:n]); ok {
				t.Errorf("%s: %d bytes of it are enough", name, n)
			}
		}
		for _, bad := range []string{"", ".", value + "A", value + "=", value + ".", "A" + value, value + value, strings.Repeat("A", 1<<20), strings.ReplaceAll(value, "-", "+")} {
			if _, ok := s.seal.open(name, bad); ok && bad != value {
				t.Errorf("%s: %.40q opens", name, bad)
			}
		}
		for _, other := range []string{cookieDevice, cookieScreen, cookieLogin, ""} {
			if _, ok := s.seal.open(other, value); ok != (other == name) {
				t.Errorf("a %s opens as %s: %v", name, other, ok)
			}
		}
	}
	other := stood(t)
	if _, ok := other.seal.open(cookieDevice, device); ok {
		t.Error("another installation's cookie opens")
	}
}

func TestADeviceIsAnotherOnEachWallAndTheSameAfterwards(t *testing.T) {
	s := stood(t)
	boden := s.another()
	cookies := s.attendee()
	on := func(cookies []*http.Cookie, id string) string {
		text, ok := s.seal.open(cookieDevice, cookies[0].Value)
		d := readDevice(text, s.Now())
		if !ok || d == nil {
			t.Fatal("no device")
		}
		return d.on(id)
	}
	here, there := on(cookies, s.wall.Wall), on(cookies, boden.Wall)
	if here == there || len(here) != 32 {
		t.Errorf("%s here, %s there", here, there)
	}
	// It goes to the other wall, which is remembered, and stays who it is.
	w := s.wants(http.StatusOK, call{path: "/" + boden.Code, cookies: cookies})
	both := w.Result().Cookies()
	if len(both) != 1 || on(both, s.wall.Wall) != here || on(both, boden.Wall) != there {
		t.Errorf("it is somebody else afterwards")
	}
	// Then there is nothing to set, until the cookie has grown old.
	if again := s.wants(http.StatusOK, call{path: "/" + boden.Code, cookies: both}).Result().Cookies(); len(again) != 0 {
		t.Errorf("set again: %v", again)
	}
	s.clock.pass(DeviceRenew)
	renewed := s.wants(http.StatusOK, call{path: "/" + boden.Code, cookies: both}).Result().Cookies()
	if len(renewed) != 1 || on(renewed, boden.Wall) != there {
		t.Errorf("renewed: %v", renewed)
	}
	s.clock.pass(DeviceLife + time.Second)
	stranger := s.wants(http.StatusOK, call{path: "/" + boden.Code, cookies: renewed}).Result().Cookies()
	if len(stranger) != 1 || on(stranger, boden.Wall) == there {
		t.Error("a cookie that is over is still somebody")
	}
}

func TestADeviceRemembersSoManyWalls(t *testing.T) {
	s := stood(t)
	d := &device{since: s.Now()}
	for i := range MarksKept + 1 {
		w := s.wants(http.StatusOK, call{path: "/" + s.wall.Code})
		text, _ := s.seal.open(cookieDevice, w.Result().Cookies()[0].Value)
		one := readDevice(text, s.Now())
		if !slices.Contains(one.marks, s.mark("code", s.wall.Code)) {
			t.Fatal("it does not remember")
		}
		d.marks = append(d.marks, s.mark("code", string(rune('a'+i))))
	}
	full := &http.Cookie{Name: cookieDevice, Value: s.seal.sign(cookieDevice, d.text())}
	w := s.wants(http.StatusOK, call{path: "/" + s.wall.Code, cookies: []*http.Cookie{full}})
	text, _ := s.seal.open(cookieDevice, w.Result().Cookies()[0].Value)
	after := readDevice(text, s.Now())
	if len(after.marks) != MarksKept || !s.came(after, s.wall.Code) || !s.been(after, s.wall.Wall) || s.came(after, "a") {
		t.Errorf("%d marks", len(after.marks))
	}
	if len(w.Result().Cookies()[0].Value) > CookieMost {
		t.Errorf("a cookie of %d bytes", len(w.Result().Cookies()[0].Value))
	}
}

func TestDamagedDevicesAreNobody(t *testing.T) {
	now := time.Date(2026, 11, 24, 9, 0, 0, 0, time.UTC)
	good := (&device{since: now}).text()
	if readDevice(good, now) == nil {
		t.Fatal("a good one is nobody")
	}
	for name, text := range map[string][]byte{
		"empty": {}, "short": good[:len(good)-1], "half a mark": append(slices.Clone(good), 1, 2, 3),
		"another form": append([]byte{2}, good[1:]...),
		"of tomorrow":  (&device{since: now.Add(2 * time.Hour)}).text(),
		"too old":      (&device{since: now.Add(-DeviceLife - time.Second)}).text(),
	} {
		if readDevice(text, now) != nil {
			t.Errorf("%s is somebody", name)
		}
	}
}
