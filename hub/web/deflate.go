package web

import (
	"net/http"
	"strings"
)

// offersDeflate says that a browser takes permessage-deflate as the upgrader
// agrees to it: without context takeover either way, and with the full window.
// gorilla/websocket looks at the name alone; an offer that asks for a smaller
// window would then be answered wrongly, so it is declined here.
func offersDeflate(r *http.Request) bool {
	lines := r.Header.Values("Sec-Websocket-Extensions")
	if len(lines) != 1 {
		return false
	}
	for offer := range strings.SplitSeq(lines[0], ",") {
		if acceptable(offer) {
			return true
		}
	}
	return false
}

// acceptable looks at one offer. A parameter twice, or with a value that it does
// not take, is none of ours.
func acceptable(offer string) bool {
	parts := strings.Split(offer, ";")
	if strings.TrimSpace(parts[0]) != "permessage-deflate" {
		return false
	}
	seen := map[string]bool{}
	for _, part := range parts[1:] {
		name, value, given := strings.Cut(strings.TrimSpace(part), "=")
		switch {
		case seen[name]:
			return false
		case name == "client_max_window_bits" && (!given || windowBits[value]):
		case (name == "server_no_context_takeover" || name == "client_no_context_takeover") && !given:
		default:
			return false
		}
		seen[name] = true
	}
	return true
}

var windowBits = map[string]bool{"8": true, "9": true, "10": true, "11": true, "12": true, "13": true, "14": true, "15": true}
