package wall

import "time"

// Limits stand together; each has a boundary test. Times are durations of the
// request's own clock.
const (
	LengthDefault = 280 // graphemes of a note: what fits on paper at arm's length
	LengthMax     = 500 // still readable in the spotlight
	BytesPer      = 8   // bytes for each grapheme of the length: bounds stacked marks and emoji
	LinesMax      = 6
	MarksMax      = 8 // combining marks on one base: the longest natural cluster is Tibetan, 1 + 8

	TitleMax  = 120
	NameMax   = 60 // of clusters, themes, kinds, in graphemes
	ReasonMax = 140
	AnswerMax = 500

	ThemesMin   = 3
	ThemesMax   = 8
	KindsMax    = 6
	DotsDefault = 5
	DotsMost    = 3
	DotsMax     = 50

	NotesMax    = 5000 // live notes on a wall
	ClustersMax = 200
	PeopleMax   = 20000
	LiveMax     = 30  // live notes per person
	ManyMax     = 500 // items in one act
	ActsMax     = 200 // acts kept for undo
	TrailMax    = 20
	QueueMax    = 20
	DisplaysMax = 8
	ReportsMax  = 50  // reports kept on a note: by then everybody at the desk has seen it
	VersionsMax = 10  // earlier texts kept of a note
	MineMax     = 100 // notes in a Me, newest first
	ZerosMax    = 64  // targets a ballot remembers only for their counter
	DepthMax    = 16  // of a command's JSON
	CountMax    = 1<<53 - 1
	Unlimited   = 1_000_000 // dots on a rehearsal wall

	EditWindow   = 15 * time.Minute
	PostEvery    = 5 * time.Second // with a burst of PostBurst
	PostBurst    = 3
	EditEvery    = time.Second
	EditBurst    = 5
	VoteEvery    = 200 * time.Millisecond
	VoteBurst    = 20
	ReportEvery  = 6 * time.Minute // ten an hour
	ReportBurst  = 10
	DelayDefault = 10 // seconds
	DelayMax     = 120
	TimerMax     = 8 * time.Hour
)
