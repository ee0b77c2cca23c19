package wall

import (
	"slices"
	"strconv"
)

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
