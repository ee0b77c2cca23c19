package web

import (
	"cmp"
	"context"
	"net/http"
	"slices"
	"time"

	"github.com/google/uuid"

	"openspacewall/hub"
	"openspacewall/hub/wall"
)

// newPerson makes somebody who may work at a desk, and the secret of the
// one-time link with which they come in.
func (s *Server) newPerson(ctx context.Context, p person, life time.Duration) (person, string, error) {
	drawn, err := uuid.NewRandomFromReader(s.Random)
	if err != nil {
		return p, "", err
	}
	secret, err := s.secret()
	if err != nil {
		return p, "", err
	}
	p.ID, p.Since = drawn.String(), s.now()
	if _, err := s.write(ctx, tablePeople, p.ID, nil, p); err != nil {
		return p, "", err
	}
	until := s.Now().Add(life).UnixMilli()
	_, err = s.write(ctx, tableLinks, digestOf(secret), nil, link{Person: p.ID, Until: until})
	return p, secret, err
}

// deskLink is the address of a wall's desk, with a one-time secret.
func (s *Server) deskLink(code, secret string) string {
	return s.DeskURL + "/" + code + "/desk#" + secret
}

// peopleAt are those who may work at a wall's desk, the first invited first.
func (s *Server) peopleAt(ctx context.Context, wallID string) ([]person, error) {
	all, err := list[person](ctx, s, tablePeople)
	if err != nil {
		return nil, err
	}
	people := []person{}
	for _, p := range all {
		if p.Wall == "" || p.Wall == wallID {
			people = append(people, p)
		}
	}
	slices.SortFunc(people, func(a, b person) int {
		return cmp.Or(cmp.Compare(a.Since, b.Since), cmp.Compare(a.ID, b.ID))
	})
	return people, nil
}

func (s *Server) listPeople(w http.ResponseWriter, r *http.Request) {
	p, c, ok := s.here(w, r)
	if !ok || !s.allow(w, r, c, own, p.ID) {
		return
	}
	people, err := s.peopleAt(r.Context(), p.ID)
	if err != nil {
		s.fail(w, r, err)
		return
	}
	type seen struct {
		ID    string      `json:"id"`
		Name  string      `json:"name"`
		Role  wall.Role   `json:"role"`
		Since wall.Millis `json:"since"`
		Used  wall.Millis `json:"used"` // 0: the link has not been opened
	}
	out := make([]seen, len(people))
	for i, k := range people {
		out[i] = seen{k.ID, k.Name, k.Role, k.Since, k.Used}
	}
	sayJSON(w, http.StatusOK, map[string]any{"people": out})
}

// invite makes a moderator of this wall, and their personal link.
func (s *Server) invite(w http.ResponseWriter, r *http.Request) {
	p, c, ok := s.here(w, r)
	if !ok || !s.allow(w, r, c, own, p.ID) {
		return
	}
	var asked struct {
		Name string `json:"name"`
	}
	if !hear(w, r, &asked) {
		return
	}
	name, no := oneLine(asked.Name, "name", NameMost)
	if no != nil {
		s.fail(w, r, no)
		return
	}
	people, err := s.Hub.List(r.Context(), tablePeople)
	if err != nil {
		s.fail(w, r, err)
		return
	}
	if len(people) >= PeopleMost {
		s.fail(w, r, &wall.Refusal{Code: wall.TooMany, Text: "too many moderators", Max: PeopleMost})
		return
	}
	invited, secret, err := s.newPerson(r.Context(), person{Name: name, Role: wall.Moderator, Wall: p.ID}, LinkLife)
	if err != nil {
		s.fail(w, r, err)
		return
	}
	s.Log.Info("a moderator was invited", "wall", p.ID, "person", invited.ID, "by", c.at(p.ID).ID)
	sayJSON(w, http.StatusCreated, map[string]string{"id": invited.ID, "link": s.deskLink(p.Code, secret)})
}

// revoke ends what somebody may, at once. Nobody revokes themselves: the desk
// would be left without an owner by a slip of the hand.
func (s *Server) revoke(w http.ResponseWriter, r *http.Request) {
	p, c, ok := s.here(w, r)
	if !ok || !s.allow(w, r, c, own, p.ID) {
		return
	}
	me, id := c.at(p.ID), r.PathValue("id")
	var who person
	_, found, err := s.read(r.Context(), tablePeople, id, &who)
	switch {
	case err != nil:
		s.fail(w, r, err)
		return
	case found && (who.ID == me.ID || (who.Wall != p.ID && (who.Wall != "" || me.Wall != ""))):
		s.sorry(w, r, http.StatusForbidden, "forbidden")
		return
	case found:
		if err := s.remove(r.Context(), tablePeople, id); err != nil {
			s.fail(w, r, err)
			return
		}
		s.Log.Info("a moderator was revoked", "wall", p.ID, "person", id, "by", me.ID)
	}
	// Also when they were gone already: the first answer may have been lost half-way.
	s.Hub.Dismiss(id, hub.CloseDismissed)
	if err := s.taken(r.Context()); err != nil {
		s.fail(w, r, err)
		return
	}
	w.WriteHeader(http.StatusNoContent)
}

// FirstOwner makes a one-time link for the first owner. As long as none has
// been opened each start makes another, as several hubs may start and each
// prints its own; with the first that is opened, the others are void. It is
// empty when there is an owner already.
func (s *Server) FirstOwner(ctx context.Context) (string, error) {
	people, err := list[person](ctx, s, tablePeople)
	if err != nil {
		return "", err
	}
	for _, p := range people {
		if p.Role == wall.Owner && p.Wall == "" && p.Used != 0 {
			return "", nil
		}
	}
	for id, p := range people {
		if p.Role == wall.Owner && p.Wall == "" && s.now() >= p.Since+FirstLinkLife.Milliseconds() {
			if err := s.remove(ctx, tablePeople, id); err != nil {
				return "", err
			}
		}
	}
	return s.ownerLink(ctx, person{First: true})
}

// voidFirst makes the other first owners' links void: one has been opened.
func (s *Server) voidFirst(ctx context.Context, opened string) error {
	people, err := list[person](ctx, s, tablePeople)
	if err != nil {
		return err
	}
	for id, p := range people {
		if p.First && p.Used == 0 && id != opened {
			if err := s.remove(ctx, tablePeople, id); err != nil {
				return err
			}
		}
	}
	return nil
}

// OwnerLink makes another owner, for whoever has a shell on this machine, and
// the one-time link to the desk of the oldest wall that can be read.
func (s *Server) OwnerLink(ctx context.Context) (string, error) {
	return s.ownerLink(ctx, person{})
}

func (s *Server) ownerLink(ctx context.Context, p person) (string, error) {
	walls, err := s.Walls(ctx)
	if err != nil {
		return "", err
	}
	if len(walls) == 0 {
		return "", &wall.Refusal{Code: wall.NotFound, Text: "there is no wall yet"}
	}
	to := walls[max(0, slices.IndexFunc(walls, func(w Standing) bool { return !w.Unreadable }))]
	name := map[string]string{"sv": "Ägare"}[to.language]
	if name == "" {
		name = "Owner"
	}
	p.Name, p.Role = name, wall.Owner
	_, secret, err := s.newPerson(ctx, p, FirstLinkLife)
	if err != nil {
		return "", err
	}
	return s.deskLink(to.Code, secret), nil
}

func (s *Server) makeOwnerLink(w http.ResponseWriter, r *http.Request) {
	if !s.asks(w, r, rehearse) { // the key of the data folder, not an owner's login: it is for those who lost that
		return
	}
	to, err := s.OwnerLink(r.Context())
	if err != nil {
		s.fail(w, r, err)
		return
	}
	s.Log.Info("an owner's link was made from the command line")
	sayJSON(w, http.StatusCreated, map[string]string{"link": to})
}
