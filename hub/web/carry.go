package web

import (
	"io"
	"net/http"
	"strconv"
	"time"

	"openspacewall/hub/carry"
)

// Moving walls is for local commands, with the key of the data folder: where the
// hub alone may open the store, they ask it. A file may take minutes either way,
// so these two routes have no limit of size or time.
const carryPath = "/api/walls-file"

// exportWalls streams a file of walls. When something goes wrong in the middle
// the connection breaks, and the file has no last line.
func (s *Server) exportWalls(w http.ResponseWriter, r *http.Request) {
	if !s.carrier(w, r) {
		return
	}
	q := r.URL.Query()
	begun := &begun{w: w}
	err := carry.Export(r.Context(), s.Hub.Store, begun, carry.Wanted{Code: q.Get("wall"), Keys: q.Get("keys") == "true", At: s.Now()})
	switch {
	case err == nil:
		s.Log.Info("walls were exported", "wall", q.Get("wall"), "keys", q.Get("keys") == "true")
	case !begun.yes:
		s.fail(w, r, err)
	default:
		s.Log.Error("an export broke off", "err", err)
		panic(http.ErrAbortHandler)
	}
}

// begun notes that an answer has begun.
type begun struct {
	w   http.ResponseWriter
	yes bool
}

func (b *begun) Write(p []byte) (int, error) {
	if !b.yes {
		b.yes = true
		b.w.Header().Set("Content-Type", "application/jsonl")
	}
	return b.w.Write(p)
}

// importWalls takes a file of walls, whose SHA-256 the sender knows.
func (s *Server) importWalls(w http.ResponseWriter, r *http.Request) {
	if !s.carrier(w, r) {
		return
	}
	q := r.URL.Query()
	got, err := carry.Import(r.Context(), s.Hub.Store, r.Body, carry.Options{
		SHA256: q.Get("sha256"), WithoutKeys: q.Get("without-keys") == "true", Random: s.Random,
	})
	if err != nil {
		_, _ = io.Copy(io.Discard, r.Body) // who is still sending would not hear the answer
		s.fail(w, r, err)
		return
	}
	s.Log.Info("walls were imported", "walls", strconv.Itoa(len(got.Walls)), "keys", got.Keys)
	sayJSON(w, http.StatusOK, got)
}

// carrier lets a local command in, and lifts the limits of time.
func (s *Server) carrier(w http.ResponseWriter, r *http.Request) bool {
	if !s.asks(w, r, rehearse) { // the key of the data folder, as for an owner's link
		return false
	}
	control := http.NewResponseController(w)
	_ = control.SetReadDeadline(time.Time{}) // where it cannot be set there is none
	_ = control.SetWriteDeadline(time.Time{})
	return true
}
