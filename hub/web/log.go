package web

import (
	"log"
	"log/slog"
	"regexp"
	"strings"
)

// discreet is net/http's own log: nearly all of it is about broken connections,
// which are nobody's business; a panic is ours. Addresses of people are in none.
type discreet struct{ log *slog.Logger }

var somebody = regexp.MustCompile(`(\d+\.\d+\.\d+\.\d+|\[[0-9a-fA-F:.%a-z]+\])(:\d+)?`)

func (d discreet) Write(p []byte) (int, error) {
	text := somebody.ReplaceAllLiteralString(strings.TrimSpace(string(p)), "somebody")
	if strings.HasPrefix(text, "http: panic") {
		d.log.Error("answering a request panicked", "err", text)
	} else {
		d.log.Debug(text)
	}
	return len(p), nil
}

func (s *Server) httpLog() *log.Logger { return log.New(discreet{s.Log}, "", 0) }
