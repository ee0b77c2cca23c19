package web

import (
	"context"
	"errors"
	"fmt"

	"github.com/google/uuid"

	"openspacewall/hub"
	"openspacewall/hub/wall"
)

// Wanted is a wall to be made.
type Wanted struct {
	Title    string `json:"title"`
	Question string `json:"question"`
	Rehearse bool   `json:"-"`
}

// Made is a wall that was made.
type Made struct {
	Wall string `json:"wall"`
	Code string `json:"code"`
	Link string `json:"link"` // its desk
}

// CreateWall makes a wall with the default themes, and its join code. The
// error is a *wall.Refusal when it is what was wanted that is wrong.
func (s *Server) CreateWall(ctx context.Context, want Wanted) (Made, error) {
	settings, err := want.settings()
	if err != nil {
		return Made{}, err
	}
	walls, err := s.Hub.List(ctx, tableWalls)
	if err != nil {
		return Made{}, err
	}
	if len(walls) >= WallsMost {
		return Made{}, &wall.Refusal{Code: wall.TooMany, Text: "the installation is full of walls", Max: WallsMost}
	}
	drawn, err := uuid.NewRandomFromReader(s.Random)
	if err != nil {
		return Made{}, err
	}
	return s.raise(ctx, drawn.String(), settings)
}

// FirstWall makes a wall if there is none. Of hubs that start together one
// draws which it will be, and all make that one; so does whoever starts after
// one that ended half-way.
func (s *Server) FirstWall(ctx context.Context, want Wanted) error {
	settings, err := want.settings()
	if err != nil {
		return err
	}
	walls, err := s.records(ctx)
	if err != nil || len(walls) > 0 {
		return err
	}
	drawn, err := uuid.NewRandomFromReader(s.Random)
	if err != nil {
		return err
	}
	if _, err := s.swap(ctx, tableKeys, keyFirst, nil, []byte(drawn.String())); err != nil {
		return err
	}
	id, err := s.Hub.Get(ctx, tableKeys, keyFirst)
	if err != nil {
		return err
	}
	_, err = s.raise(ctx, string(id), settings)
	return err
}

func (w Wanted) settings() (wall.Settings, error) {
	settings := wall.DefaultSettings()
	var no error
	if w.Title != "" && w.Title != settings.Title {
		settings.Question = wall.Words{"sv": "Vad behöver förändras här?", "en": "What needs to change here?"}
		if settings.Title, no = oneLine(w.Title, "title", wall.TitleMax); no != nil {
			return settings, no
		}
	}
	if w.Question != "" {
		q, no := oneLine(w.Question, "question", wall.TitleMax)
		if no != nil {
			return settings, no
		}
		settings.Question = wall.Words{settings.Language: q}
	}
	settings.Rehearsal = w.Rehearse
	return settings, nil
}

// raise makes a wall, or what is missing of it, and lets it be found.
func (s *Server) raise(ctx context.Context, id string, settings wall.Settings) (Made, error) {
	if err := s.Hub.Create(ctx, id, settings); err != nil && !errors.Is(err, hub.ErrExists) {
		return Made{}, fmt.Errorf("web: make a wall: %w", err)
	}
	code, err := s.drawCode(ctx, id)
	if err != nil {
		return Made{}, fmt.Errorf("web: draw a code: %w", err)
	}
	record := wallRecord{Code: code, Since: s.now(), Rehearsal: settings.Rehearsal}
	done, err := s.write(ctx, tableWalls, id, nil, record)
	if err != nil {
		return Made{}, fmt.Errorf("web: keep the wall: %w", err)
	}
	if !done { // another hub was faster, and its code is the wall's
		p, _, err := s.place(ctx, id)
		if err == nil {
			err = s.remove(ctx, tableCodes, code)
		}
		return Made{Wall: id, Code: p.Code, Link: s.DeskURL + "/" + p.Code + "/desk"}, err
	}
	s.Log.Info("a wall was made", "wall", id, "rehearsal", settings.Rehearsal)
	return Made{Wall: id, Code: code, Link: s.DeskURL + "/" + code + "/desk"}, nil
}
