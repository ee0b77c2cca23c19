package wall

import (
	"bytes"
	"encoding/json"
	"maps"
	"slices"
)

func (t *turn) set(c Set) *Refusal {
	v, no := chosen(c.Setting, c.Value)
	if no != nil {
		return no
	}
	if bytes.Equal(encode(v), t.w.kept[c.Setting].Value) {
		return nil
	}
	if no := t.inUse(v); no != nil {
		return no
	}
	return t.setting(c.Setting, v, SettingChanged)
}

// inUse refuses to delete a theme or kind that has notes.
func (t *turn) inUse(v any) *Refusal {
	lost := func(item string, uses int) *Refusal {
		if uses == 0 {
			return nil
		}
		return &Refusal{Code: InUse, Text: "it is in use: close it instead", Item: item}
	}
	switch v := v.(type) {
	case []Theme:
		for _, old := range t.w.settings.Themes {
			if !slices.ContainsFunc(v, func(th Theme) bool { return th.ID == old.ID }) {
				if no := lost("t:"+old.ID, t.w.index.themes[old.ID]); no != nil {
					return no
				}
			}
		}
	case []Kind:
		for _, old := range t.w.settings.Kinds {
			if !slices.ContainsFunc(v, func(k Kind) bool { return k.ID == old.ID }) {
				if no := lost("k:"+old.ID, t.w.index.kinds[old.ID]); no != nil {
					return no
				}
			}
		}
	}
	return nil
}

// setting sets a setting that is well formed.
func (t *turn) setting(name string, v any, did EventName) *Refusal {
	old := t.w.kept[name]
	value := encode(v)
	if bytes.Equal(value, old.Value) {
		return nil
	}
	if no := t.changed("s:"+name, &old.Mark); no != nil {
		return no
	}
	s := t.keep(name, "value", old.Value)
	s.Value = value
	s.walk(t.step(did, nil))
	t.did(did, "s:"+name)
	return nil
}

// timer sets the countdown.
func (t *turn) timer(timer Timer) *Refusal {
	if timer.Ends > t.at+TimerMax.Milliseconds() {
		return invalid("timer", "too long")
	}
	return t.setting("timer", timer, TimerSet)
}

// keep is a copy of a setting that the command may change.
func (t *turn) keep(name, field string, was JSON) *setting {
	i := slices.IndexFunc(t.e.left.settings, func(s *setting) bool { return s.name == name })
	var s *setting
	if i >= 0 {
		s = t.e.left.settings[i]
	} else {
		s = new(setting)
		*s = *t.w.kept[name]
		t.e.left.settings = append(t.e.left.settings, s)
	}
	if field != "" {
		t.field(&s.Mark, "s:"+name, field, was)
	}
	return s
}

func (t *turn) phase(p Phase) *Refusal {
	if no := t.setting("phase", p, PhaseChanged); no != nil {
		return no
	}
	t.e.To = string(p)
	if t.e.Name != "" {
		t.lapse()
	}
	return nil
}

// lapse takes from a timer that has run out the phase it would lead to:
// neither a phase set by hand nor an undo lets a deadline strike that went by.
func (t *turn) lapse() {
	timer := t.w.settings.Timer
	for _, s := range t.e.left.settings {
		var set Timer
		if s.name == "timer" && json.Unmarshal(s.Value, &set) == nil {
			timer = set
		}
	}
	if timer.Advance && timer.Ends > 0 && timer.Ends <= t.at {
		timer.Advance = false
		t.keep("timer", "", nil).Value = encode(timer)
	}
}

func (t *turn) freeze(c Freeze) *Refusal {
	did := WallFrozen
	if !c.On {
		did = WallUnfrozen
	}
	return t.setting("frozen", c.On, did)
}

// display steers one display. Each is a field of its own, so that two
// moderators with a projector each do not get in each other's way.
func (t *turn) display(c SetDisplay) *Refusal {
	shows := t.w.settings.Displays
	old, there := shows[c.Name]
	was := JSON("null")
	if there {
		was = encode(old)
	}
	now := JSON("null")
	if c.Display != nil {
		now = encode(*c.Display)
	}
	if bytes.Equal(was, now) {
		return nil
	}
	if c.Display == nil && c.Name == "1" {
		return &Refusal{Code: Invalid, Field: "name", Text: "display 1 stays"}
	}
	if !there && len(shows) >= DisplaysMax {
		return &Refusal{Code: TooMany, Text: "too many displays", Max: DisplaysMax}
	}
	item := "s:displays/" + c.Name
	if no := t.steered(item); no != nil {
		return no
	}
	s := t.keep("displays", c.Name, was)
	s.Value = encode(displays(shows, c.Name, c.Display))
	s.walk(t.step(DisplaySet, nil))
	t.did(DisplaySet, item)
	if c.Display != nil {
		t.e.To = c.Display.View
	}
	return nil
}

// displays are all displays with one of them set, or removed.
func displays(all map[string]Display, name string, d *Display) map[string]Display {
	all = maps.Clone(all)
	if d == nil {
		delete(all, name)
	} else {
		all[name] = *d
	}
	return all
}

// steered is changed for one display: a step on the trail counts when its act
// was about this one, or is not known any more.
func (t *turn) steered(item string) *Refusal {
	m := &t.w.kept["displays"].Mark
	for {
		s := m.since(t.seen, t.by.ID)
		if s == nil {
			return nil
		}
		a := t.w.actAt(s.Rev)
		if a == nil || slices.Contains(a.Items, item) {
			return conflict(item, *s)
		}
		if i := slices.IndexFunc(m.Trail, func(o Step) bool { return o.Rev == s.Rev }); i >= 0 {
			m = &Mark{Trail: m.Trail[i+1:]}
		}
	}
}

// tick lets happen what is due: notes go up, at most ManyMax at a time, and the
// timer leads to the next phase.
func (t *turn) tick() *Refusal {
	w := t.w
	if w.advances() && w.settings.Timer.Ends <= t.at {
		to := next[w.settings.Phase]
		s := t.keep("phase", "value", nil)
		s.Value = encode(to)
		s.walk(t.step(PhaseChanged, nil))
		timer := w.settings.Timer
		timer.Advance = false
		s = t.keep("timer", "value", nil)
		s.Value = encode(timer)
		s.walk(t.step(TimerSet, nil))
		t.did(DeadlinesPassed, "s:phase", "s:timer")
		t.e.To = string(to)
	}
	if !w.rising() {
		return nil
	}
	var ready []due
	w.index.dues.until(t.at, 0, func(d due) {
		if w.holds(d) {
			ready = append(ready, d)
		}
	})
	slices.SortFunc(ready, func(a, b due) int {
		if a.before(b) {
			return -1
		}
		return 1
	})
	for _, d := range ready {
		if len(t.e.Items) >= ManyMax {
			break
		}
		if t.notes[d.note] != nil {
			continue
		}
		n := t.change(w.notes[d.note], "state")
		n.rise()
		n.walk(t.step(NoteShown, nil))
		t.did(DeadlinesPassed, "n:"+n.ID)
	}
	return nil
}
