package wall

// who may ask what, by verb. It is the table of hub/RULES.md. That a note is
// one's own, and that the phase allows it, Decide asks on top.
var who = map[string][]Role{
	"post":     {Participant, Moderator, Owner}, // a moderator types in paper notes
	"edit":     {Participant, Moderator, Owner},
	"withdraw": {Participant, Moderator, Owner},
	"report":   {Participant}, // moderators vote with their own phones
	"vote":     {Participant},

	"show":         {Moderator, Owner, Hub},
	"hide":         {Moderator, Owner},
	"archive":      {Moderator, Owner},
	"restore":      {Moderator, Owner},
	"move":         {Moderator, Owner},
	"answer":       {Moderator, Owner},
	"dismiss":      {Moderator, Owner},
	"hide_author":  {Moderator, Owner},
	"mute":         {Moderator, Owner},
	"erase":        {Owner},
	"merge":        {Moderator, Owner},
	"unmerge":      {Moderator, Owner},
	"make_cluster": {Moderator, Owner},
	"name_cluster": {Moderator, Owner},
	"gather":       {Moderator, Owner},
	"scatter":      {Moderator, Owner},
	"dissolve":     {Moderator, Owner},
	"set":          {Moderator, Owner},
	"phase":        {Moderator, Owner},
	"timer":        {Moderator, Owner},
	"display":      {Moderator, Owner},
	"freeze":       {Moderator, Owner},
	"undo":         {Moderator, Owner},

	"tick": {Hub},
}

// May says whether a role may ask for a verb at all.
func May(r Role, verb string) bool {
	for _, m := range who[verb] {
		if m == r {
			return true
		}
	}
	return false
}

// desk says whether a role acts at the desk: what it does is an act.
func (r Role) desk() bool { return r == Moderator || r == Owner }
