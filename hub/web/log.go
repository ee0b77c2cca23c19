package web

import (
	"log"
	"log/slog"
	"regexp"
	"strings"
)

// quiet is net/http's own log: nearly all of it is about broken connections,
// which are nobody's business; a panic is ours. Addresses of people are in none.
type quiet struct{ log *slog.Logger }

var somebody = regexp.MustCompile(`(\d+\.\d+\.\d+\.\d+|\[[0-9a-fA-F:.%a-z]+\])(:\d+)?`)

func (q quiet) Write(p []byte) (int, error) {
	text := somebody.ReplaceAllLiteralString(strings.TrimSpace(string(p)), "somebody")
	if strings.HasPrefix(text, "http: panic") {
		q.log.Error("answering a request panicked", "err", text)
	} else {
		q.log.Debug(text)
	}
	return len(p), nil
}

func (s *Server) httpLog() *log.Logger { return log.New(quiet{s.Log}, "", 0) }
