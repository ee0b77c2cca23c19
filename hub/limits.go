package hub

import "time"

// Limits stand together; each has a boundary test. They are per hub and per
// connection, sized for a person; what a person may do to a wall is decided by
// the wall.
const (
	readMost = 1 << 10  // bytes read at once from a connection that has a goroutine for it
	FrameMax = 8 << 10  // bytes of a frame from a client: the longest note, with every sign escaped
	PartMax  = 64 << 10 // bytes of a part of a snapshot, and of a frame to catch up with: a second of bad Wi-Fi

	helloWithin  = 10 * time.Second
	pingEvery    = 25 * time.Second // below the half minute after which proxies close what is silent
	silentMax    = 60 * time.Second
	stalledMax   = 20 * time.Second // without anything taken, a reader is gone
	chunk        = 16 << 10         // bytes written at once where writing may wait, and at most joined with what is before them
	farewellWait = time.Second      // for what is begun and the last answers to be written, and again for the other side's close frame

	frameBurst   = 60 // frames at once: everything a phone has kept while it was away
	framesPer    = 20 // a second
	invalidMax   = 20 // a minute; more is no mistake
	overMax      = 200
	windowLength = time.Minute
	answersMax   = 64 // commands of one connection under way or not yet answered

	partsMost  = 32                   // messages to those who join, before the others' turn: 2 MiB, a millisecond or two
	partsOnce  = 4                    // of them to one, in one write
	lookAround = 64                   // clients in a pass, before those who are owed an answer
	handsMost  = 64                   // blocking writes at once in a pass
	handWait   = 5 * time.Millisecond // for some of them to end

	inboxMax = 4096
	turnMax  = 1000    // commands in a commit
	turnSize = 1 << 20 // bytes of commands in a commit

	// AnswerWithin is how long the owner of a wall may be quiet: for as long as a
	// commit and a reading that both wait for a store in vain.
	AnswerWithin = 5 * time.Second

	storeWait   = 2 * time.Second  // for a commit, and for what was missed
	loadWait    = 10 * time.Second // for a whole wall
	triesMax    = 50               // turns in which a batch may be overtaken
	awayFirst   = 100 * time.Millisecond
	awayMost    = 2 * time.Second // who waits for a store that is back waits no longer
	lookEvery   = 30 * time.Second
	lingerFor   = 10 * time.Minute
	tickAgain   = time.Second // after a deadline that changed nothing
	fewMost     = 128         // phones that the owner writes to itself, and that need not let others go first; of the rest, those that one goroutine writes to before there are two
	gapLeast    = 2 * time.Millisecond
	gapMost     = 250 * time.Millisecond
	gapEach     = 25 * time.Microsecond // between passes, and client: about three sends
	gapGather   = 25 * time.Millisecond // so much at most
	hereEvery   = time.Second
	herePer     = time.Millisecond // and phone, in a large hall
	censusEvery = 5 * time.Second  // hubs tell each other how many are here
	censusMute  = 4                // looks after which a hub that says nothing is gone
	healthEvery = 2 * time.Second  // the desk is told how the hall is doing
	bytesSmooth = 4                // bytes a minute are those of about the last quarter of one
	snapshotAge = time.Second
	spreadMost  = 2 * time.Second // over which closing tells everyone

	newsMax       = 64                     // commits of other hubs that wait for the owner; beyond, it looks
	errandMost    = 250                    // commands in an errand
	awaitLeast    = 800 * time.Microsecond // for the next errand of whom a lead has just answered: as long as a commit takes,
	awaitMost     = 5 * time.Millisecond   // within these, as its owner hears nobody else meanwhile
	doneMost      = 64                     // hubs whose errands a lead remembers
	patienceLeast = 100 * time.Millisecond // for a hub that leads, or came too late
	patienceMost  = 250 * time.Millisecond
)

// Close codes. Those from 4000 on are ours; PROTOCOL.md says which are final.
const (
	CloseNormal    = 1000
	CloseRestart   = 1012 // come back, with jitter
	CloseTryLater  = 1013
	CloseProtocol  = 1002
	CloseBinary    = 1003
	CloseText      = 1007 // not UTF-8
	CloseTooLarge  = 1009
	CloseComeBack  = 3000 // at once: something about the connection, not about the person, is new
	CloseMissing   = 3004 // a wall that the person is on, or has been on, is not there: ask again, slowly
	CloseDismissed = 4001 // the identity is gone: do not come back by itself
	CloseNoWall    = 4004
	CloseSlow      = 4008
	CloseOldPage   = 4010
	CloseTooMuch   = 4029
)
