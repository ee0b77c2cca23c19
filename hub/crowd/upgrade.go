package crowd

import (
	"bytes"
	"crypto/sha1" //nolint:gosec // as RFC 6455 has it
	"encoding/base64"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// UpgradeKey is every phone's Sec-WebSocket-Key. It proves that the other side
// speaks WebSocket, which it does as well for all as for one.
const UpgradeKey = "dGhlIHNhbXBsZSBub25jZQ=="

// upgradeAccept is the answer to it.
var upgradeAccept = func() string {
	sum := sha1.Sum([]byte(UpgradeKey + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11")) //nolint:gosec // as above
	return base64.StdEncoding.EncodeToString(sum[:])
}()

// answerMost bounds the head of an answer.
const answerMost = 16 << 10

// Later is an answer that asks to come again after a while.
type Later struct {
	Status int
	After  time.Duration // 0: the hub did not say
}

func (e *Later) Error() string {
	return fmt.Sprintf("the hub is full for the moment (status %d)", e.Status)
}

// TurnedAway is an answer that trying again does not change.
type TurnedAway struct{ Why string }

func (e *TurnedAway) Error() string { return e.Why }

// closedError is a connection that the hub closed with a code.
type closedError struct{ code int }

func (e *closedError) Error() string {
	return fmt.Sprintf("the hub closed the connection (%d)", e.code)
}

// DeflateOffer is the line of a request with which browsers offer to take
// deflated messages.
const DeflateOffer = "Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits\r\n"

// readAnswer reads the answer to an upgrade request. size is 0 when it is not
// whole yet; what follows it are frames. deflate: messages may be deflated.
func readAnswer(b []byte) (size int, deflate bool, err error) {
	end := bytes.Index(b, []byte("\r\n\r\n"))
	if end < 0 {
		if len(b) > answerMost {
			return 0, false, &TurnedAway{"what answers is no hub"}
		}
		return 0, false, nil
	}
	lines := strings.Split(string(b[:end]), "\r\n")
	_, words, _ := strings.Cut(lines[0], " ")
	number, _, _ := strings.Cut(words, " ")
	status, _ := strconv.Atoi(number)
	header := http.Header{}
	for _, line := range lines[1:] {
		name, is, _ := strings.Cut(line, ":")
		header.Set(name, strings.TrimSpace(is))
	}
	if status != http.StatusSwitchingProtocols || header.Get("Sec-WebSocket-Accept") != upgradeAccept {
		return 0, false, RefusedAt(status, header, "")
	}
	agreed := header.Get("Sec-WebSocket-Extensions")
	if agreed != "" && !strings.Contains(agreed, "server_no_context_takeover") {
		return 0, false, &TurnedAway{"the hub would keep a window for each phone (" + agreed + ")"}
	}
	return end + 4, agreed != "", nil
}
