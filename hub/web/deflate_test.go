package web

import (
	"net/http"
	"strings"
	"testing"

	"openspacewall/hub"
)

// What a browser offers is agreed to as it can be kept, and in those words.
func TestOffersOfDeflate(t *testing.T) {
	s, on := live(t)
	phone := s.attendee()
	const agreed = "permessage-deflate; server_no_context_takeover; client_no_context_takeover"
	for offer, want := range map[string]string{
		"": "",
		"permessage-deflate; client_max_window_bits": agreed, // Chromium
		"permessage-deflate":                         agreed, // Firefox, Safari
		"permessage-deflate; server_no_context_takeover; client_no_context_takeover":   agreed, // gorilla/websocket
		"permessage-deflate; client_max_window_bits=12":                                agreed,
		"permessage-deflate; server_max_window_bits=10":                                "", // a window that Go does not have
		"permessage-deflate; server_max_window_bits=10, permessage-deflate":            agreed,
		"permessage-deflate; client_max_window_bits=7":                                 "",
		"permessage-deflate; client_max_window_bits=":                                  "",
		"permessage-deflate; server_no_context_takeover=1":                             "",
		"permessage-deflate; client_no_context_takeover; client_no_context_takeover":   "",
		"permessage-deflate; unknown":                                                  "",
		"permessage-bzip2":                                                             "",
		"x-permessage-deflate, permessage-deflate ; server_no_context_takeover":        agreed,
		"permessage-deflate; \"client_max_window_bits\"":                               "",
		strings.Repeat("permessage-deflate; server_max_window_bits=9, ", 20) + "foo;a": "",
	} {
		q, err := http.NewRequestWithContext(t.Context(), http.MethodGet, on.URL+"/"+s.wall.Code+"/socket?face=phone", nil)
		if err != nil {
			t.Fatal(err)
		}
		for name, value := range map[string]string{"Origin": on.URL, "Connection": "Upgrade", "Upgrade": "websocket", "Sec-WebSocket-Version": "13",
			"Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==", "Sec-WebSocket-Protocol": hub.Subprotocol, "Sec-WebSocket-Extensions": offer} {
			if value != "" {
				q.Header.Set(name, value)
			}
		}
		q.AddCookie(phone[0])
		answer, err := http.DefaultTransport.RoundTrip(q)
		if err != nil || answer.StatusCode != http.StatusSwitchingProtocols {
			t.Fatal(offer, answer, err)
		}
		if got := answer.Header.Get("Sec-WebSocket-Extensions"); got != want {
			t.Errorf("%q is answered %q", offer, got)
		}
		_ = answer.Body.Close()
		s.until(0)
	}
}
