package wall

// Verb is the word for the command on the wire.
func (Post) Verb() string         { return "post" }
func (Edit) Verb() string         { return "edit" }
func (Withdraw) Verb() string     { return "withdraw" }
func (ReportNote) Verb() string   { return "report" }
func (CastVote) Verb() string     { return "vote" }
func (Show) Verb() string         { return "show" }
func (Hide) Verb() string         { return "hide" }
func (Archive) Verb() string      { return "archive" }
func (RestoreNotes) Verb() string { return "restore" }
func (Move) Verb() string         { return "move" }
func (AnswerNote) Verb() string   { return "answer" }
func (Dismiss) Verb() string      { return "dismiss" }
func (HideAuthor) Verb() string   { return "hide_author" }
func (Mute) Verb() string         { return "mute" }
func (Erase) Verb() string        { return "erase" }
func (Merge) Verb() string        { return "merge" }
func (Unmerge) Verb() string      { return "unmerge" }
func (MakeCluster) Verb() string  { return "make_cluster" }
func (NameCluster) Verb() string  { return "name_cluster" }
func (GatherNotes) Verb() string  { return "gather" }
func (Scatter) Verb() string      { return "scatter" }
func (Dissolve) Verb() string     { return "dissolve" }
func (Set) Verb() string          { return "set" }
func (SetPhase) Verb() string     { return "phase" }
func (SetTimer) Verb() string     { return "timer" }
func (SetDisplay) Verb() string   { return "display" }
func (Freeze) Verb() string       { return "freeze" }
func (Undo) Verb() string         { return "undo" }
func (Tick) Verb() string         { return "tick" }
