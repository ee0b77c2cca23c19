package web

import (
	"cmp"
	"context"
	"maps"
	"net/http"
	"slices"

	"openspacewall/hub"
	"openspacewall/hub/wall"
)

// Standing is a wall of the installation, with its addresses.
type Standing struct {
	Wall  string      `json:"wall"`
	Code  string      `json:"code"`
	Title string      `json:"title"`
	Phase wall.Phase  `json:"phase"`
	Since wall.Millis `json:"since"`
	Link  string      `json:"link"` // its desk
	// Unreadable: it is gone, damaged, or a newer version's, so that it has no title here. The log says why.
	Unreadable bool `json:"unreadable,omitempty"`

	Join, Projector string `json:"-"` // for whoever has a shell on this machine

	language string
}

// Walls are the installation's walls, the oldest first, without rehearsals.
func (s *Server) Walls(ctx context.Context) ([]Standing, error) {
	records, err := s.records(ctx)
	if err != nil {
		return nil, err
	}
	walls := []Standing{}
	for id, k := range records {
		settings, err := s.Hub.Settings(ctx, id)
		unreadable := hub.Unreadable(err)
		switch {
		case unreadable: // one wall does not keep the others from being found
			s.Log.Error("a wall cannot be read", "wall", id, "code", k.Code, "err", err)
		case err != nil:
			return nil, err
		}
		walls = append(walls, Standing{
			Wall: id, Code: k.Code, Title: settings.Title, Phase: settings.Phase, Since: k.Since,
			Link:      s.DeskURL + "/" + k.Code + "/desk",
			Join:      s.joinURL(k.Code),
			Projector: s.screenLink(place{ID: id, wallRecord: k}),
			language:  settings.Language, Unreadable: unreadable,
		})
	}
	slices.SortFunc(walls, func(a, b Standing) int {
		return cmp.Or(cmp.Compare(a.Since, b.Since), cmp.Compare(a.Wall, b.Wall))
	})
	return walls, nil
}

// records are what is kept of the installation's walls, without rehearsals.
func (s *Server) records(ctx context.Context) (map[string]wallRecord, error) {
	all, err := list[wallRecord](ctx, s, tableWalls)
	maps.DeleteFunc(all, func(_ string, k wallRecord) bool { return k.Rehearsal })
	return all, err
}

// joinURL is where phones join a wall: what the QR code says.
func (s *Server) joinURL(code string) string { return s.public.String() + "/" + code }

func (s *Server) listWalls(w http.ResponseWriter, r *http.Request) {
	if !s.asks(w, r, install) {
		return
	}
	walls, err := s.Walls(r.Context())
	if err != nil {
		s.fail(w, r, err)
		return
	}
	sayJSON(w, http.StatusOK, map[string]any{"walls": walls})
}

// makeWall makes a wall for the owner, or for `wall create`.
func (s *Server) makeWall(w http.ResponseWriter, r *http.Request) {
	if !s.asks(w, r, install) {
		return
	}
	var want Wanted
	if !hear(w, r, &want) {
		return
	}
	made, err := s.CreateWall(r.Context(), want)
	if err != nil {
		s.fail(w, r, err)
		return
	}
	sayJSON(w, http.StatusCreated, made)
}

// asks says that whoever asks may do something of the installation's, or answers.
func (s *Server) asks(w http.ResponseWriter, r *http.Request, a action) bool {
	c, err := s.whoAsks(r)
	if err != nil {
		s.fail(w, r, err)
		return false
	}
	return s.allow(w, r, c, a, "")
}

// makeRehearsal makes a wall to rehearse on: with its own owner, who is nobody
// on any other wall, and a moderator.
func (s *Server) makeRehearsal(w http.ResponseWriter, r *http.Request) {
	if !s.asks(w, r, rehearse) {
		return
	}
	var want struct {
		Title string `json:"title"`
	}
	if !hear(w, r, &want) {
		return
	}
	made, err := s.CreateWall(r.Context(), Wanted{Title: want.Title, Rehearse: true})
	if err != nil {
		s.fail(w, r, err)
		return
	}
	out := map[string]string{"wall": made.Wall, "code": made.Code}
	out["projector"] = s.screenLink(place{ID: made.Wall, wallRecord: wallRecord{Code: made.Code}})
	for name, role := range map[string]wall.Role{"desk": wall.Owner, "moderator": wall.Moderator} {
		_, secret, err := s.newPerson(r.Context(), person{Name: "Rehearsal", Role: role, Wall: made.Wall}, LinkLife)
		if err != nil {
			s.fail(w, r, err)
			return
		}
		out[name] = s.deskLink(made.Code, secret)
	}
	sayJSON(w, http.StatusCreated, out)
}

// wipeRehearsal removes a rehearsal's wall and all that leads to it. A wall
// that is none is not found here.
func (s *Server) wipeRehearsal(w http.ResponseWriter, r *http.Request) {
	if !s.asks(w, r, rehearse) {
		return
	}
	p, found, err := s.place(r.Context(), r.PathValue("id"))
	if err != nil {
		s.fail(w, r, err)
		return
	}
	if !found || !p.Rehearsal {
		s.sorry(w, r, http.StatusNotFound, "nothing")
		return
	}
	if err := s.wipe(r.Context(), p); err != nil {
		s.fail(w, r, err)
		return
	}
	w.WriteHeader(http.StatusNoContent)
}

// wipe removes a wall. Its record goes last: until then it can be done again.
func (s *Server) wipe(ctx context.Context, p place) error {
	codes, err := list[codeRecord](ctx, s, tableCodes)
	if err != nil {
		return err
	}
	for code, k := range codes {
		if k.Wall == p.ID {
			if err := s.remove(ctx, tableCodes, code); err != nil {
				return err
			}
		}
	}
	people, err := list[person](ctx, s, tablePeople)
	if err != nil {
		return err
	}
	for id, k := range people {
		if k.Wall == p.ID {
			if err := s.remove(ctx, tablePeople, id); err != nil {
				return err
			}
			s.Hub.Dismiss(id, hub.CloseDismissed)
		}
	}
	if err := s.taken(ctx); err != nil {
		return err
	}
	if err := s.Hub.Delete(ctx, p.ID); err != nil {
		return err
	}
	s.Log.Info("a rehearsal was wiped", "wall", p.ID)
	return s.remove(ctx, tableWalls, p.ID)
}
