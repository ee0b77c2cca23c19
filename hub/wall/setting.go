package wall

import (
	"encoding/json"
)

// setting is one setting with its history, as a store keeps it.
type setting struct {
	name  string
	Value JSON `json:"value"`
	Mark
}

// settingNames are the names of all settings: what stands in the tags of Settings.
var settingNames = []string{"title", "question", "organiser", "language", "themes", "kinds", "length", "dots",
	"moderation", "phase", "timer", "totals", "frozen", "displays", "rehearsal"}

// settable are those that Set sets; the others have verbs of their own, or
// (rehearsal) never change.
var settable = []string{"title", "question", "organiser", "language", "themes", "kinds", "length", "dots",
	"moderation", "totals"}

// get is a setting's value by its name.
func (s *Settings) get(name string) any {
	switch name {
	case "title":
		return s.Title
	case "question":
		return s.Question
	case "organiser":
		return s.Organiser
	case "language":
		return s.Language
	case "themes":
		return s.Themes
	case "kinds":
		return s.Kinds
	case "length":
		return s.Length
	case "dots":
		return s.Dots
	case "moderation":
		return s.Moderation
	case "phase":
		return s.Phase
	case "timer":
		return s.Timer
	case "totals":
		return s.Totals
	case "frozen":
		return s.Frozen
	case "displays":
		return s.Displays
	case "rehearsal":
		return s.Rehearsal
	}
	return nil
}

// put sets a setting from its own JSON.
func (s *Settings) put(name string, value JSON) error {
	var into any
	next := *s // a map or slice of the old value is never written into
	switch name {
	case "title":
		into = &next.Title
	case "question":
		next.Question = nil
		into = &next.Question
	case "organiser":
		into = &next.Organiser
	case "language":
		into = &next.Language
	case "themes":
		next.Themes = nil
		into = &next.Themes
	case "kinds":
		next.Kinds = nil
		into = &next.Kinds
	case "length":
		into = &next.Length
	case "dots":
		next.Dots = Dots{}
		into = &next.Dots
	case "moderation":
		into = &next.Moderation
	case "phase":
		into = &next.Phase
	case "timer":
		next.Timer = Timer{}
		into = &next.Timer
	case "totals":
		into = &next.Totals
	case "frozen":
		into = &next.Frozen
	case "displays":
		next.Displays = nil
		into = &next.Displays
	case "rehearsal":
		into = &next.Rehearsal
	default:
		return &Refusal{Code: NotFound, Text: "no such setting: " + name}
	}
	if err := json.Unmarshal(value, into); err != nil {
		return err
	}
	*s = next
	return nil
}
