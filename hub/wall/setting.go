package wall

import (
	"encoding/json"
	"slices"
	"strconv"
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

// chosen reads the value for a setting as strictly as a command, and gives it
// as it is kept.
func chosen(setting string, value JSON) (any, *Refusal) {
	if !slices.Contains(settable, setting) {
		return nil, invalid("setting", "no such setting")
	}
	r := &reader{in: value, depth: 1, field: "value"}
	var v any
	var no *Refusal
	switch setting {
	case "title":
		v, no = named(r.string(), TitleMax)
	case "question":
		v, no = r.words(TitleMax)
	case "organiser":
		v, no = r.organiser()
	case "language":
		s := r.string()
		v, no = s, that(isLang(s), "value", "not a language tag")
	case "themes":
		v, no = r.themes()
	case "kinds":
		v, no = r.kinds()
	case "length":
		n := r.int()
		v, no = int(n), that(n >= 1 && n <= LengthMax, "value", "not a length")
	case "dots":
		v, no = r.dots()
	case "moderation":
		v, no = r.moderation()
	case "totals":
		s := r.string()
		v, no = s, that(s == "hidden" || s == "shown", "value", "neither hidden nor shown")
	}
	r.end()
	if r.err != nil {
		return nil, r.err
	}
	return v, no
}

// named is a name that must not be empty.
func named(s string, most int) (string, *Refusal) {
	s, no := name(s, "value", most)
	if no == nil && s == "" {
		no = &Refusal{Code: Empty, Field: "value", Text: "a name is missing"}
	}
	return s, no
}

// words reads a short text in several languages. At least one is needed.
func (r *reader) words(most int) (Words, *Refusal) {
	out := Words{}
	var no *Refusal
	r.object(nil, func(lang string) bool {
		s, bad := named(r.string(), most)
		if no == nil {
			no = first(that(isLang(lang), "value", "not a language tag"), bad)
		}
		out[lang] = s
		return true
	})
	return out, first(no, that(len(out) > 0, "value", "in no language"))
}

func (r *reader) organiser() (Organiser, *Refusal) {
	var o Organiser
	r.object([]string{"name", "contact"}, func(member string) bool {
		switch member {
		case "name":
			o.Name = r.string()
		case "contact":
			o.Contact = r.string()
		default:
			return false
		}
		return true
	})
	var no, bad *Refusal
	o.Name, no = name(o.Name, "value", TitleMax)
	o.Contact, bad = name(o.Contact, "value", TitleMax)
	return o, first(no, bad)
}

func (r *reader) themes() ([]Theme, *Refusal) {
	var out []Theme
	var no *Refusal
	r.array(func() {
		t, bad := r.theme()
		no = first(no, bad, that(!slices.ContainsFunc(out, func(o Theme) bool { return o.ID == t.ID }),
			"value", "two themes with one id"))
		out = append(out, t)
	})
	if len(out) > ThemesMax {
		no = first(no, &Refusal{Code: TooMany, Field: "value", Text: "too many themes", Max: ThemesMax})
	}
	return out, first(no, that(len(out) >= ThemesMin, "value", "too few themes"))
}

func (r *reader) theme() (Theme, *Refusal) {
	var t Theme
	var no *Refusal
	r.object([]string{"id", "name", "paper", "icon"}, func(member string) bool {
		var bad *Refusal
		switch member {
		case "id":
			t.ID = r.string()
		case "name":
			t.Name, bad = r.words(NameMax)
		case "ask":
			t.Ask, bad = r.words(TitleMax)
		case "paper":
			t.Paper = int(r.int())
		case "icon":
			t.Icon = r.string()
		case "closed":
			t.Closed = r.bool()
		default:
			return false
		}
		no = first(no, bad)
		return true
	})
	icons := []string{"heart", "briefcase", "bubble", "book", "house", "star", "tree", "people"}
	return t, first(no, that(isSlug(t.ID), "value", "not a theme's id"),
		that(t.Paper >= 1 && t.Paper <= 8, "value", "no such paper"),
		that(slices.Contains(icons, t.Icon), "value", "no such icon"))
}

func (r *reader) kinds() ([]Kind, *Refusal) {
	var out []Kind
	var no *Refusal
	r.array(func() {
		var k Kind
		r.object([]string{"id", "name"}, func(member string) bool {
			var bad *Refusal
			switch member {
			case "id":
				k.ID = r.string()
			case "name":
				k.Name, bad = r.words(NameMax)
			case "mark":
				k.Mark, bad = name(r.string(), "value", 1)
			default:
				return false
			}
			no = first(no, bad)
			return true
		})
		no = first(no, that(isSlug(k.ID), "value", "not a kind's id"),
			that(!slices.ContainsFunc(out, func(o Kind) bool { return o.ID == k.ID }), "value", "two kinds with one id"))
		out = append(out, k)
	})
	if len(out) > KindsMax {
		no = first(no, &Refusal{Code: TooMany, Field: "value", Text: "too many kinds", Max: KindsMax})
	}
	return out, first(no, that(len(out) > 0, "value", "no kind"))
}

func (r *reader) dots() (Dots, *Refusal) {
	var d Dots
	r.object([]string{"each", "most"}, func(member string) bool {
		switch member {
		case "each":
			d.Each = int(r.int())
		case "most":
			d.Most = int(r.int())
		case "only":
			d.VoteOnly = r.bool()
		default:
			return false
		}
		return true
	})
	return d, that(d.Each >= 1 && d.Each <= DotsMax && d.Most >= 1 && d.Most <= d.Each,
		"value", "each is 1 to "+strconv.Itoa(DotsMax)+", most 1 to each")
}

func (r *reader) moderation() (Moderation, *Refusal) {
	var m Moderation
	r.object([]string{"mode", "seconds"}, func(member string) bool {
		switch member {
		case "mode":
			m.Mode = r.string()
		case "seconds":
			m.Seconds = int(r.int())
		default:
			return false
		}
		return true
	})
	return m, that((m.Mode == "open" || m.Mode == "delay" || m.Mode == "read") && m.Seconds >= 0 && m.Seconds <= DelayMax,
		"value", "no such moderation")
}
