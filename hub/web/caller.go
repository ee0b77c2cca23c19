package web

import (
	"cmp"
	"context"
	"crypto/subtle"
	"net/http"
	"slices"
	"strings"

	"openspacewall/hub"
	"openspacewall/hub/wall"
)

// caller is who asks, by what the request carries: never by what it says.
type caller struct {
	device  *device
	people  []person // whom an open login stands for
	screens []screen
	local   bool // on this machine
	program bool // showed the key in the data folder
}

// action is something that a route lets somebody do.
type action int

const (
	attend   action = iota + 1 // be a phone of a wall
	watch                      // be a display of a wall
	moderate                   // work at its desk
	own                        // invite, revoke, renew its code
	install                    // see and make the installation's walls
	rehearse                   // make walls to rehearse on, and wipe them
	look                       // see how the hub and its store are
)

// may is the one place where something is allowed; the rest is denied. What
// may be asked of a wall's notes is the domain's to decide, by role.
func (c caller) may(a action, wallID string) bool {
	role := c.at(wallID).Role
	switch a {
	case attend:
		return c.device != nil
	case watch:
		return c.local || c.screen(wallID) || role == wall.Moderator || role == wall.Owner
	case moderate:
		return role == wall.Moderator || role == wall.Owner
	case own:
		return role == wall.Owner
	case install:
		return c.program || c.at("").Role == wall.Owner
	case rehearse:
		return c.program
	case look:
		return c.program || c.local
	}
	return false
}

// at is who the caller is at a wall's desk; nobody has no role. At "" it is
// who they are for the whole installation.
func (c caller) at(wallID string) person {
	var best person
	for _, p := range c.people {
		if p.Wall != "" && p.Wall != wallID {
			continue
		}
		if best.Role != wall.Owner {
			best = p
		}
	}
	return best
}

// screen says that the caller's projector cookie opens a wall.
func (c caller) screen(wallID string) bool {
	return slices.ContainsFunc(c.screens, func(s screen) bool { return s.wall == wallID })
}

// knows says that the caller has a right at a wall that needs no join code.
func (c caller) knows(wallID string) bool {
	return c.program || c.at(wallID).Role != "" || c.screen(wallID)
}

// actor is who the domain is told is asking, on a socket of a face.
func (c caller) actor(f hub.Face, wallID string) wall.Actor {
	switch f {
	case hub.Desk:
		p := c.at(wallID)
		return wall.Actor{Role: p.Role, ID: p.ID, Name: p.Name}
	case hub.Projector:
		return screenActor(wallID)
	default:
		return wall.Actor{Role: wall.Participant, ID: c.device.on(wallID)}
	}
}

// whoAsks reads the cookies and the key. A login over a connection that others
// can read does not count.
func (s *Server) whoAsks(r *http.Request) (caller, error) {
	c := caller{local: local(r)}
	c.device = s.deviceOf(r)
	var err error
	if c.screens, err = s.readScreens(r); err != nil {
		return c, err
	}
	if !c.local && !s.private(r) {
		return c, nil
	}
	if key, given := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer "); given && s.Key != "" {
		c.program = subtle.ConstantTimeCompare([]byte(digestOf(key)), []byte(digestOf(s.Key))) == 1
	}
	c.people, err = s.loggedIn(r.Context(), s.cookie(r, cookieLogin))
	return c, err
}

// loggedIn is whom a login cookie stands for now. Rights are read anew each
// time, so that what is revoked is gone at once.
func (s *Server) loggedIn(ctx context.Context, secret string) ([]person, error) {
	if secret == "" || len(secret) > CookieMost {
		return nil, nil
	}
	var l login
	if _, found, err := s.read(ctx, tableLogins, digestOf(secret), &l); err != nil || !found {
		return nil, err
	}
	var people []person
	for id, until := range l.People {
		if s.now() >= until {
			continue
		}
		var p person
		_, found, err := s.read(ctx, tablePeople, id, &p)
		if err != nil {
			return nil, err
		}
		if found {
			people = append(people, p)
		}
	}
	slices.SortFunc(people, func(a, b person) int { return cmp.Compare(a.ID, b.ID) })
	return people, nil
}

// allow answers for who may not, and says so with false.
func (s *Server) allow(w http.ResponseWriter, r *http.Request, c caller, a action, wallID string) bool {
	switch {
	case c.may(a, wallID):
		return true
	case !s.private(r) && (a == moderate || a == own || a == install || a == rehearse || a == look):
		s.sorry(w, r, http.StatusForbidden, "insecure")
	case len(c.people) == 0 && !c.program:
		s.sorry(w, r, http.StatusUnauthorized, "no_login")
	default:
		s.sorry(w, r, http.StatusForbidden, "forbidden")
	}
	return false
}
