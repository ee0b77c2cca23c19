package wall

import (
	"strings"
	"time"
)

// isUUID says that s is a UUID in its canonical form, in lower case.
func isUUID(s string) bool {
	if len(s) != 36 {
		return false
	}
	for i := range len(s) {
		c := s[i]
		switch i {
		case 8, 13, 18, 23:
			if c != '-' {
				return false
			}
		default:
			if (c < '0' || c > '9') && (c < 'a' || c > 'f') {
				return false
			}
		}
	}
	return true
}

// isSlug says that s is a short id made by people: of a theme, kind or display.
func isSlug(s string) bool {
	if len(s) == 0 || len(s) > 32 {
		return false
	}
	for i := range len(s) {
		if c := s[i]; (c < 'a' || c > 'z') && (c < '0' || c > '9') && c != '-' {
			return false
		}
	}
	return true
}

// isLang says that s has the form of a BCP 47 tag.
func isLang(s string) bool {
	if len(s) > 35 {
		return false
	}
	for i, part := range strings.Split(s, "-") {
		if len(part) == 0 || len(part) > 8 || (i == 0 && len(part) == 1) {
			return false
		}
		for j := range len(part) {
			c := part[j] | ' '
			digit := part[j] >= '0' && part[j] <= '9'
			if (c < 'a' || c > 'z') && (!digit || i == 0) {
				return false
			}
		}
	}
	return true
}

func isDate(s string) bool {
	_, err := time.Parse(time.DateOnly, s)
	return err == nil
}

// isTarget says that s names a note or a cluster.
func isTarget(s string) bool {
	return len(s) == 38 && (s[:2] == "n:" || s[:2] == "c:") && isUUID(s[2:])
}

func isReason(s string) bool {
	switch s {
	case "person", "duplicate", "offtopic", "rude", "unclear", "other":
		return true
	}
	return false
}

// check says what of a command is not well formed, whatever the wall.
func check(c Command) *Refusal {
	switch c := c.(type) {
	case Post:
		return first(id("id", c.ID), slug("theme", c.Theme), slug("kind", c.Kind), lang(c.Lang))
	case Edit:
		return first(id("note", c.Note), lang(c.Lang))
	case Withdraw:
		return id("note", c.Note)
	case ReportNote:
		return first(id("note", c.Note), that(isReason(c.Reason), "reason", "no such reason"))
	case CastVote:
		return first(that(isTarget(c.Target), "target", "not a target"),
			that(c.Dots >= 0, "dots", "fewer than none"),
			that(c.Count > 0 && c.Count <= CountMax, "count", "not a counter"))
	case Show:
		return ids(c.Notes)
	case Hide:
		return first(ids(c.Notes), reason(c.Reason))
	case Archive:
		return first(ids(c.Notes), reason(c.Reason))
	case RestoreNotes:
		return ids(c.Notes)
	case Move:
		return first(ids(c.Notes), slug("theme", c.Theme))
	case AnswerNote:
		return first(id("note", c.Note), answer(c.Answer))
	case Dismiss:
		return ids(c.Notes)
	case HideAuthor:
		return first(id("note", c.Note), reason(c.Reason))
	case Mute:
		return id("note", c.Note)
	case Erase:
		return ids(c.Notes)
	case Merge:
		return first(id("into", c.Into), ids(c.Notes))
	case Unmerge:
		return ids(c.Notes)
	case MakeCluster:
		if len(c.Notes) == 0 {
			return first(id("id", c.ID), slug("theme", c.Theme))
		}
		return first(id("id", c.ID), slug("theme", c.Theme), ids(c.Notes))
	case NameCluster:
		return first(id("cluster", c.Cluster), that(c.Theme == "" || isSlug(c.Theme), "theme", "not an id"),
			that(c.Top == nil || *c.Top == "" || isUUID(*c.Top), "top", "not an id"))
	case GatherNotes:
		return first(id("cluster", c.Cluster), ids(c.Notes),
			that(c.Before == "" || isUUID(c.Before), "before", "not an id"))
	case Scatter:
		return ids(c.Notes)
	case Dissolve:
		return id("cluster", c.Cluster)
	case SetPhase:
		_, ok := phases[c.Phase]
		return that(ok, "phase", "no such phase")
	case SetTimer:
		return timer(c.Timer)
	case SetDisplay:
		return first(slug("name", c.Name), display(c.Display))
	case Undo:
		return that(c.Act > 0, "act", "no act")
	case Set, Freeze, Tick:
		return nil
	}
	return invalid("do", "no such command")
}

// phases are all phases, in their order.
var phases = map[Phase]int{Write: 1, Gather: 2, Vote: 3, Results: 4, Closed: 5}

func first(all ...*Refusal) *Refusal {
	for _, r := range all {
		if r != nil {
			return r
		}
	}
	return nil
}

func that(ok bool, field, text string) *Refusal {
	if ok {
		return nil
	}
	return invalid(field, text)
}

func id(field, s string) *Refusal   { return that(isUUID(s), field, "not an id") }
func slug(field, s string) *Refusal { return that(isSlug(s), field, "not an id") }
func lang(s string) *Refusal        { return that(s == "" || isLang(s), "lang", "not a language tag") }

func ids(notes []string) *Refusal {
	if len(notes) == 0 {
		return invalid("notes", "none named")
	}
	if len(notes) > ManyMax {
		return &Refusal{Code: TooMany, Field: "notes", Text: "too many items in one act", Max: ManyMax}
	}
	for _, s := range notes {
		if !isUUID(s) {
			return invalid("notes", "not an id")
		}
	}
	return nil
}

func reason(r *Reason) *Refusal {
	return that(r == nil || isReason(r.Code), "reason", "no such reason")
}

func answer(a *AnswerGiven) *Refusal {
	return that(a == nil || a.Promise == "" || isDate(a.Promise), "answer", "not a date")
}

func timer(t Timer) *Refusal {
	most := TimerMax.Milliseconds()
	return that(t.Ends >= 0 && t.Left >= 0 && t.Length >= 0 && t.Left <= most && t.Length <= most &&
		(t.Ends == 0 || t.Left == 0) && (!t.Advance || t.Ends+t.Left > 0), "timer", "not a timer")
}

func display(d *Display) *Refusal {
	if d == nil {
		return nil
	}
	switch d.View {
	case "overview", "theme", "note", "results", "voting", "join", "blank":
	default:
		return invalid("display", "no such view")
	}
	if len(d.Queue) > QueueMax {
		return &Refusal{Code: TooMany, Field: "display", Text: "too many in the queue", Max: QueueMax}
	}
	ok := (d.Theme == "" || isSlug(d.Theme)) && (d.Note == "" || isUUID(d.Note)) &&
		(d.Cluster == "" || isUUID(d.Cluster)) && d.Step >= 0 && d.Step <= NotesMax
	for _, n := range d.Queue {
		ok = ok && isUUID(n)
	}
	return that(ok, "display", "not a display")
}
