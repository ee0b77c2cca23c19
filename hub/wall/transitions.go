package wall

// Transitions says which state may follow which, and by what verb. It is the
// table of hub/RULES.md; what does not stand here does not happen. Restore goes
// to whichever of its two states the note was in before it was set aside.
var Transitions = map[State]map[string][]State{
	Waiting: {
		"show": {Shown}, "hide": {Hidden}, "archive": {Archived}, "hide_author": {Hidden},
		"withdraw": {Withdrawn}, "erase": {Erased}, "tick": {Shown}, "edit": {Waiting},
	},
	Shown: {
		"hide": {Hidden}, "archive": {Archived}, "hide_author": {Hidden},
		"withdraw": {Withdrawn}, "erase": {Erased}, "edit": {Shown, Waiting},
	},
	Hidden: {
		"show": {Shown}, "archive": {Archived}, "restore": {Waiting, Shown},
		"withdraw": {Withdrawn}, "erase": {Erased}, "edit": {Hidden},
	},
	Archived: {
		"show": {Shown}, "hide": {Hidden}, "restore": {Waiting, Shown},
		"withdraw": {Withdrawn}, "erase": {Erased}, "edit": {Archived},
	},
	Withdrawn: {"erase": {Erased}},
	Erased:    {},
}

// Final says that nothing leads back to the wall from a state.
func (s State) Final() bool { return s == Withdrawn || s == Erased }

// OnWall says that a note in this state is live: it counts for its author's limit.
func (s State) OnWall() bool { return s == Waiting || s == Shown }
