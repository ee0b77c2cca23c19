package web

import "time"

// Limits stand together; each has a boundary test. They are sized for a hall
// behind one address: nothing here is counted per address.
const (
	SocketsEach   = 5     // per participant or moderator: phone, tablet, and what Wi-Fi has not buried yet
	SocketsScreen = 32    // per wall's projector link: several displays, several machines
	SocketsMost   = 20000 // per hub
	SocketsFew    = 10000 // a machine that allows fewer is worth a warning: a large hall may come

	HandshakesAtOnce  = 64   // of a tenth of a millisecond each: those who are in wait no longer for their notes
	HandshakesWaiting = 4096 // behind them; a hall is let in within seconds

	// Connections that ask for nothing: more than a hall of 10,000 phones makes that
	// comes back in the same half second, each of which asks a moment later. One that
	// goes on saying nothing is hung up on anyhow, after headerWithin; what this bounds
	// is what anybody can make the hub hold by saying nothing: files, and some 20 KB for each.
	// Where few files may be open it is a quarter of them: the rest is for sockets.
	LobbyMost = 16384

	// Guesses of join codes that are evaluated: 4 a second and 60 at once are
	// 300 in any minute, for the whole hub. Of 900,000 codes of six digits and
	// ten walls, one is then found after six hours on average. More is not asked
	// of a code: it stands on a screen for all to see.
	GuessesPerSecond = 4
	GuessesAtOnce    = 60

	BodyMost   = 4 << 10  // bytes of a request's body
	HeaderMost = 16 << 10 // bytes of a request's header
	CookieMost = 2 << 10  // bytes of a cookie of ours
	NameMost   = 60       // graphemes of a moderator's name
	PeopleMost = 200      // moderators and owners of an installation
	ScreensOn  = 8        // walls that one projector's cookie opens
	MarksKept  = 32       // codes and walls that a device's cookie remembers: two a visit
	WallsMost  = 1000     // walls of an installation

	LinkLife      = 24 * time.Hour   // of a moderator's one-time link
	FirstLinkLife = 30 * time.Minute // of the owner's link that stands on a terminal
	LoginLife     = 12 * time.Hour   // absolute: a day's work
	DeviceLife    = 180 * 24 * time.Hour
	DeviceRenew   = 24 * time.Hour // a device's cookie older than this is written anew
	ScreenLife    = 365 * 24 * time.Hour
	FoundLately   = time.Second // for so long a phone is let in by what was found of its wall
	SweepEvery    = time.Minute // logins and links that are over are removed, their sockets closed
	RightsEvery   = time.Second // what was revoked at another hub closes its sockets here

	handshakeWait = 3 * time.Second
	headerWithin  = 5 * time.Second
	readWithin    = 10 * time.Second
	writeWithin   = 60 * time.Second // a phone's whole page over bad Wi-Fi
	idleWithin    = 75 * time.Second
	askWithin     = 2 * time.Second // the store's time to say who still may be here
)

// filesBeside is how many files a hub has open beside connections of people:
// the store's, the log, pages; some times what it needs.
const filesBeside = 128

// share says what connections the files that may be open are for. The sockets
// that fit are no limit, but what an operator should know.
func share(files uint64) (sockets, lobby int) {
	n := int(min(files, 4*SocketsMost))
	lobby = min(LobbyMost, n/4)
	return min(SocketsMost, max(0, n-lobby-filesBeside)), lobby
}

// codeDigits is how long a join code is, by how many walls are open.
func codeDigits(open int) int {
	switch {
	case open <= 10:
		return 6
	case open <= 100:
		return 8
	default:
		return 10
	}
}
