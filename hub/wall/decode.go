package wall

// DecodeCommand reads a command as a client sends it, strictly: what is unknown,
// missing, named twice or of another type is refused, and Field says what. It
// checks form only; what the wall allows, Decide says.
func DecodeCommand(verb string, raw []byte) (Command, error) {
	r := &reader{in: raw}
	c := r.command(verb)
	r.field = ""
	r.end()
	if r.err != nil {
		return nil, r.err
	}
	if no := check(c); no != nil {
		return nil, no
	}
	return c, nil
}

// of reads an object with exactly these members.
func (r *reader) of(m []member) {
	var needed [4]string
	required := needed[:0]
	for i := range m {
		if !m[i].optional {
			required = append(required, m[i].name)
		}
	}
	r.object(required, func(name string) bool {
		for i := range m {
			if m[i].name == name {
				m[i].read(r)
				return true
			}
		}
		return false
	})
}

// member is one member of an object.
type member struct {
	name     string
	optional bool
	read     func(*reader)
}

func str(name string, into *string) member {
	return member{name: name, read: func(r *reader) { *into = r.string() }}
}

func list(name string, into *[]string) member {
	return member{name: name, read: func(r *reader) { *into = r.strings() }}
}

func yes(name string, into *bool) member {
	return member{name: name, read: func(r *reader) { *into = r.bool() }}
}

func (m member) may() member { m.optional = true; return m }

func why(into **Reason) member {
	return member{name: "reason", optional: true, read: func(r *reader) {
		if r.null() {
			return
		}
		*into = new(Reason)
		r.of([]member{str("code", &(*into).Code), str("text", &(*into).Text).may()})
	}}
}

func (r *reader) command(verb string) Command {
	switch verb {
	case "vote": // ten thousand a second: read without a table
		return r.castVote()
	case "post":
		var c Post
		r.of([]member{str("id", &c.ID), str("theme", &c.Theme), str("kind", &c.Kind), str("text", &c.Text),
			str("lang", &c.Lang).may()})
		return c
	case "edit":
		var c Edit
		r.of([]member{str("note", &c.Note), str("text", &c.Text), str("lang", &c.Lang).may()})
		return c
	case "withdraw":
		var c Withdraw
		r.of([]member{str("note", &c.Note)})
		return c
	case "report":
		var c ReportNote
		r.of([]member{str("note", &c.Note), str("reason", &c.Reason)})
		return c
	case "show":
		var c Show
		r.of([]member{list("notes", &c.Notes)})
		return c
	case "hide":
		var c Hide
		r.of([]member{list("notes", &c.Notes), why(&c.Reason)})
		return c
	case "archive":
		var c Archive
		r.of([]member{list("notes", &c.Notes), why(&c.Reason)})
		return c
	case "restore":
		var c RestoreNotes
		r.of([]member{list("notes", &c.Notes)})
		return c
	case "move":
		var c Move
		r.of([]member{list("notes", &c.Notes), str("theme", &c.Theme)})
		return c
	case "answer":
		var c AnswerNote
		r.of([]member{str("note", &c.Note), {name: "answer", read: func(r *reader) {
			if r.null() {
				return
			}
			c.Answer = new(AnswerGiven)
			r.of([]member{str("text", &c.Answer.Text).may(), str("promise", &c.Answer.Promise).may()})
		}}})
		return c
	case "dismiss":
		var c Dismiss
		r.of([]member{list("notes", &c.Notes)})
		return c
	case "hide_author":
		var c HideAuthor
		r.of([]member{str("note", &c.Note), yes("mute", &c.Mute), why(&c.Reason)})
		return c
	case "mute":
		var c Mute
		r.of([]member{str("note", &c.Note), yes("on", &c.On)})
		return c
	case "erase":
		var c Erase
		r.of([]member{list("notes", &c.Notes)})
		return c
	case "merge":
		var c Merge
		r.of([]member{str("into", &c.Into), list("notes", &c.Notes)})
		return c
	case "unmerge":
		var c Unmerge
		r.of([]member{list("notes", &c.Notes)})
		return c
	}
	return r.structure(verb)
}

// structure reads what the desk asks of clusters and of the wall.
func (r *reader) structure(verb string) Command {
	switch verb {
	case "make_cluster":
		var c MakeCluster
		r.of([]member{str("id", &c.ID), str("name", &c.Name), str("theme", &c.Theme), list("notes", &c.Notes).may()})
		return c
	case "name_cluster":
		var c NameCluster
		r.of([]member{str("cluster", &c.Cluster), str("name", &c.Name), str("theme", &c.Theme).may(),
			{name: "top", optional: true, read: func(r *reader) {
				if !r.null() {
					top := r.string()
					c.Top = &top
				}
			}}})
		return c
	case "gather":
		var c GatherNotes
		r.of([]member{str("cluster", &c.Cluster), list("notes", &c.Notes), str("before", &c.Before).may()})
		return c
	case "scatter":
		var c Scatter
		r.of([]member{list("notes", &c.Notes)})
		return c
	case "dissolve":
		var c Dissolve
		r.of([]member{str("cluster", &c.Cluster)})
		return c
	case "set":
		var c Set
		r.of([]member{str("setting", &c.Setting), {name: "value", read: func(r *reader) { c.Value = r.raw() }}})
		return c
	case "phase":
		var c SetPhase
		r.of([]member{str("phase", (*string)(&c.Phase))})
		return c
	case "timer":
		var c SetTimer
		r.of([]member{{name: "timer", read: func(r *reader) { c.Timer = r.timer() }}})
		return c
	case "display":
		var c SetDisplay
		r.of([]member{str("name", &c.Name), {name: "display", read: func(r *reader) {
			if !r.null() {
				c.Display = r.display()
			}
		}}})
		return c
	case "freeze":
		var c Freeze
		r.of([]member{yes("on", &c.On)})
		return c
	case "undo":
		var c Undo
		r.of([]member{{name: "act", read: func(r *reader) { c.Act = uint64(max(0, r.int())) }}})
		return c
	case "tick":
		r.of(nil)
		return Tick{}
	}
	r.field = "do"
	r.fail("no such command")
	return nil
}

func (r *reader) castVote() Command {
	var c CastVote
	r.object([]string{"target", "dots", "count"}, func(name string) bool {
		switch name {
		case "target":
			c.Target = r.string()
		case "dots":
			c.Dots = int(r.int())
		case "count":
			c.Count = uint64(max(0, r.int()))
		default:
			return false
		}
		return true
	})
	return c
}

func (r *reader) timer() Timer {
	var t Timer
	millis := func(name string, into *Millis) member {
		return member{name: name, optional: true, read: func(r *reader) { *into = r.int() }}
	}
	r.of([]member{millis("ends", &t.Ends), millis("left", &t.Left), millis("length", &t.Length),
		yes("advance", &t.Advance).may()})
	return t
}

func (r *reader) display() *Display {
	var d Display
	r.of([]member{
		str("view", &d.View), str("theme", &d.Theme).may(), str("note", &d.Note).may(), str("cluster", &d.Cluster).may(),
		list("queue", &d.Queue).may(), {name: "step", optional: true, read: func(r *reader) { d.Step = int(r.int()) }},
		yes("dark", &d.Dark).may(), yes("numbers", &d.Numbers).may(), yes("qr", &d.QR).may(), yes("calm", &d.Calm).may(),
		yes("still", &d.Still).may(),
	})
	return &d
}
