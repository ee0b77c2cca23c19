package docker

import (
	"net/http"
	"strings"
	"testing"
	"time"
)

// patience is how long something may take that must come; late is what would be
// a proxy's doing, and not that of a machine with much else to do.
const (
	patience = 30 * time.Second
	late     = 5 * time.Second
)

// Two hubs on one Redis behind the proxy, all as the compose file has them: what
// one phone writes all phones see, whichever hub they are at; a hub that is killed
// leaves its phones to the other at once, and gets new ones when it is back.
func TestTheProxyCarriesAHall(t *testing.T) {
	h := built(t)
	const hall = 40
	phones := make([]*phone, hall)
	for i := range phones {
		phones[i] = h.phone()
	}
	if a, b := h.phones(0), h.phones(1); a+b != hall || min(a, b) < hall/4 {
		t.Fatalf("the hubs have %d and %d of %d phones", a, b, hall)
	}

	see := func(by *phone, text string) time.Duration {
		t.Helper()
		begun := time.Now()
		if err := by.post(text); err != nil {
			t.Fatal(err)
		}
		for _, p := range phones {
			select {
			case got := <-p.seen:
				if got != text {
					t.Errorf("a phone sees %q, not %q", got, text)
				}
			case <-time.After(patience):
				t.Fatalf("a phone does not see %q", text)
			}
		}
		return time.Since(begun)
	}
	took := see(phones[0], "Alla ser det")
	t.Logf("all %d phones see a note after %v", hall, took)
	if took > late {
		t.Errorf("all phones see a note after %v: something holds it back", took)
	}

	// One hub is killed and comes back, and the other is killed before anything but
	// sockets has come by: nobody waits for a hub to be trusted again.
	for i, gone := range []int{1, 0, 1} {
		left := 1 - gone
		lost := h.phones(gone)
		h.hubs[gone].kill()
		longest := time.Duration(0)
		for range lost {
			longest = max(longest, waitBack(t, phones))
		}
		t.Logf("%d phones of a killed hub are back after %v at most", lost, longest)
		if longest > late {
			t.Errorf("the phones of a killed hub were away for %v", longest)
		}
		if n := h.phones(left); n != hall {
			t.Errorf("the hub that is left has %d phones", n)
		}
		see(phones[i+1], "Fortfarande alla")
		h.hubs[gone].start(h.env)
		until(t, "the hub is back", func() bool { return h.ready(gone) })
	}
	// The one that is back has the fewest, and gets the next.
	h.phone()
	if n := h.phones(1); n != 1 {
		t.Errorf("the hub that is back has %d phones", n)
	}
}

// What the proxy adds, and what it keeps from the hubs.
func TestTheProxyTellsTheHubsTheTruth(t *testing.T) {
	h := built(t)
	get := func(url string, header http.Header) *http.Response {
		t.Helper()
		r, err := http.NewRequest(http.MethodGet, url, nil)
		if err != nil {
			t.Fatal(err)
		}
		if header != nil {
			r.Header = header
		}
		answer, err := h.client(nil).Do(r)
		if err != nil {
			t.Fatal(err)
		}
		answer.Body.Close()
		return answer
	}
	answer := get(h.base+"/"+h.code, nil)
	if c := answer.Cookies(); len(c) != 1 || !strings.HasPrefix(c[0].Name, "__Host-") || !c[0].Secure {
		t.Errorf("the hub takes the connection for an open one: %v", c)
	}
	if answer.Header.Get("Strict-Transport-Security") == "" && answer.Header.Get("Content-Security-Policy") == "" {
		t.Errorf("the hub's headers do not come through: %v", answer.Header)
	}
	if answer := get(h.plain+"/"+h.code+"?x=1", nil); answer.StatusCode != http.StatusMovedPermanently || answer.Header.Get("Location") != "https://localhost/"+h.code+"?x=1" {
		t.Errorf("plain HTTP: %s %s", answer.Status, answer.Header.Get("Location"))
	}
	// Nobody is on this machine who comes by the proxy, nor may call themselves secure.
	if answer := get(h.base+"/"+h.code+"/projector", nil); answer.StatusCode != http.StatusOK {
		t.Errorf("the keyhole: %s", answer.Status)
	}
	if answer := get(h.base+"/walls", http.Header{"Authorization": {"Bearer x"}, "X-Forwarded-For": {""}}); answer.StatusCode != http.StatusUnauthorized {
		t.Errorf("the installation's walls: %s", answer.Status)
	}
	if answer := get(h.base+"/metrics", nil); answer.StatusCode != http.StatusNotFound {
		t.Errorf("the hub's numbers are everybody's: %s", answer.Status)
	}
	// A desk's link works over it, and is spent once.
	secret := h.ownerSecret()
	for _, hub := range h.hubs {
		if said := hub.said.String(); strings.Contains(said, "#") {
			t.Errorf("there are links in the log:\n%s", said)
		}
	}
	for _, want := range []int{http.StatusNoContent, http.StatusUnauthorized} {
		answer, err := h.client(nil).Post(h.base+"/"+h.code+"/enter", "application/json", strings.NewReader(`{"secret":"`+secret+`"}`))
		if err != nil {
			t.Fatal(err)
		}
		answer.Body.Close()
		if answer.StatusCode != want {
			t.Errorf("entering: %s, want %d", answer.Status, want)
		}
	}
	// Guessing codes costs the guesser, not the hubs.
	for range 200 {
		get(h.base+"/999999", nil)
	}
	if answer := get(h.base+"/healthz", nil); answer.StatusCode != http.StatusOK {
		t.Errorf("after 200 guesses the hubs answer %s", answer.Status)
	}
}
