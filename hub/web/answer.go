package web

import (
	"encoding/json"
	"errors"
	"io"
	"mime"
	"net/http"
	"strconv"
	"strings"
	"time"

	"openspacewall/hub/wall"
)

// How long those are told to wait who come at a bad moment.
const (
	guessPause   = 10 * time.Second // somebody is guessing
	awayPause    = 5 * time.Second  // the store cannot be reached
	missingPause = 15 * time.Second // the store has lost the wall
)

// sayJSON answers with JSON.
func sayJSON(w http.ResponseWriter, status int, v any) {
	b, err := json.Marshal(v)
	if err != nil { // of our own types: cannot be
		http.Error(w, "internal", http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_, _ = w.Write(b)
}

// sayCode answers a program with the code of what is wrong.
func sayCode(w http.ResponseWriter, status int, code string) {
	sayJSON(w, status, map[string]string{"code": code})
}

// hear reads a request's JSON strictly, or answers and says so with false.
func hear(w http.ResponseWriter, r *http.Request, into any) bool {
	kind, _, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if err != nil || kind != "application/json" {
		sayCode(w, http.StatusUnsupportedMediaType, string(wall.Invalid))
		return false
	}
	d := json.NewDecoder(r.Body)
	d.DisallowUnknownFields()
	err = d.Decode(into)
	if err == nil {
		if _, err = d.Token(); err == nil {
			err = errors.New("more than one value")
		} else if errors.Is(err, io.EOF) {
			return true
		}
	}
	var large *http.MaxBytesError
	if errors.As(err, &large) {
		sayCode(w, http.StatusRequestEntityTooLarge, string(wall.TooLong))
		return false
	}
	sayCode(w, http.StatusBadRequest, string(wall.Invalid))
	return false
}

// oneLine is a name or a title in its kept form.
func oneLine(text, field string, most int) (string, error) {
	if len(text) > most*wall.BytesPer {
		return "", &wall.Refusal{Code: wall.TooLong, Field: field, Max: most}
	}
	text = wall.Normalise(strings.ReplaceAll(wall.Normalise(text), "\n", " "))
	switch {
	case text == "":
		return "", &wall.Refusal{Code: wall.Empty, Field: field}
	case wall.Graphemes(text) > most:
		return "", &wall.Refusal{Code: wall.TooLong, Field: field, Max: most}
	}
	return text, nil
}

// statusOf is the HTTP status of a refusal.
func statusOf(code wall.Code) int {
	switch code {
	case wall.Forbidden:
		return http.StatusForbidden
	case wall.NotFound:
		return http.StatusNotFound
	case wall.Gone:
		return http.StatusGone
	case wall.Conflict, wall.WrongPhase, wall.ReadOnly, wall.TooMany, wall.InUse:
		return http.StatusConflict
	case wall.Rate:
		return http.StatusTooManyRequests
	case wall.Unavailable, wall.Busy, wall.Full:
		return http.StatusServiceUnavailable
	default:
		return http.StatusBadRequest
	}
}

// fail answers an error. A refusal is for the person; anything else is
// "unavailable" outside, and whole in the log.
func (s *Server) fail(w http.ResponseWriter, r *http.Request, err error) {
	var no *wall.Refusal
	if errors.As(err, &no) {
		if no.After > 0 {
			retryAfter(w, time.Duration(no.After)*time.Millisecond)
		}
		sayJSON(w, statusOf(no.Code), no)
		return
	}
	if r.Context().Err() == nil {
		s.Log.Error("a request failed", "method", r.Method, "path", r.URL.Path, "err", err)
	}
	s.sorryLater(w, r, "away", awayPause)
}

// retryAfter sets the header in whole seconds, at least one.
func retryAfter(w http.ResponseWriter, d time.Duration) {
	w.Header().Set("Retry-After", strconv.Itoa(max(1, int((d+time.Second-1)/time.Second))))
}

// wantsPage says that a person in a browser will read the answer.
func wantsPage(r *http.Request) bool {
	return r.Method == http.MethodGet && strings.Contains(r.Header.Get("Accept"), "text/html")
}
