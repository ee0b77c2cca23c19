package hub

import (
	"time"

	"openspacewall/hub/wall"
)

// lead is what a room knows of the other hubs that write its wall at the same
// time. One of them leads, which each commit tells all of them (wall.Lead):
// whoever committed last. While the lead is busy the others do not race it for
// the next commit: they give it what phones ask (see errand), so that one commit
// holds what all of them have. Whoever writes while nobody else does just
// commits, and leads. All of it is a courtesy: the store says who was first.
//
// Tried, with BenchmarkHubs (two cores, shared with Redis and the crowd) and TestFarHubHasItsTurns:
//
//   - Each decides and commits, and after a conflict again, six times with
//     jitter: of four hubs the slowest did 0.0005 to 0.2 of its fair share, and
//     hundreds of commands a second came back with busy.
//   - Turns, in an order that each commit carried: fair, and hardly a conflict, but
//     0.43 to 0.55 of one hub's throughput: four commits where one would do, one
//     after the other, and a hub decides nothing before it has taken the last one's.
//   - Patience of 5 ms, or of twice the length of a commit: too short where
//     processes wait for a core.
//   - One lead, which told the others every value that it stored: a third more than
//     with turns, and 0.51 to 0.60 of what one hub does, of 40, 200 and 1,000 people.
//   - One lead, which tells them what is new (wall.News), and takes the errands that have
//     come by the time it decides: 0.65 to 0.75 of one hub's.
//   - Beside that: a channel of its own for each hub's errands; a lead that waits for
//     errands (a timer below a millisecond lasts one when nothing else runs): no more.
//   - Errands on their way beside the owner, which hears and answers meanwhile: nothing by
//     itself; kept, as what follows was measured with it.
//   - A lead that waits for the next errands of whom it has just answered, before it
//     begins: of 40 people a third more; of 1,000 less than a timer that had each hub's
//     gather for a third of a commit.
//   - A lead that decides what it has, and waits with that done; and hubs that let the
//     scheduler run as long as more come, before they make an errand or a commit of the
//     first that is asked again: of 200 people a seventh more, of 1,000 a tenth, without any
//     timer between errands (one lasts a millisecond at least when nothing else runs).
//   - A channel of its own for each hub's errands, with that: two or three in a hundred more,
//     and another right in everybody's ACL; not kept.
//   - A lead that waits for whom it answered one commit earlier: a tenth less of 40 and 200.
//   - No index of each target's voters, ballots' memory used again: 17 % fewer bytes a command
//     for four hubs, 8 % for one. That makes both faster, and one as much.
//   - GOGC at 200: four and one both 4 to 10 % faster, the ratio as it was; taken out.
//
// Five iterations give 0.90 of one hub's of 40 people, 0.73 of 200, 0.76 of 1,000 (four: 28,100,
// 42,900 and 68,100 a second), the slowest hub 0.88 of its share or more, no command over 84 ms.
// What is left is processor: 1.6 to 1.9 times a command's of one hub, as three more take what it
// did, and the two cores of hubs and crowd have it all to do between two commits. With sockets that
// is the smaller part of what a command costs: four programs do 0.94 to 0.97 of one's (yardstick/README.md).
type lead struct {
	me      string
	before  time.Time           // when the last commit but one was heard of,
	since   time.Time           // and the last
	beat    time.Duration       // from one commit to the next, while they come close together
	took    time.Duration       // by this hub's last
	lost    string              // who came too late with a commit last,
	when    time.Time           // and when
	number  uint64              // of this hub's last errand
	untold  []*errand           // others' that are done, and left nothing to be committed: the next commit says so
	asked   time.Time           // when another hub's errand came last
	awaited map[string]struct{} // of a lead: the hubs that it has just answered, and that may soon ask again
}

// served notes that errands are done: who asked for them may soon ask again.
func (o *lead) served(done []*errand) {
	if o.awaited == nil {
		o.awaited = map[string]struct{}{}
	}
	for _, e := range done {
		o.awaited[e.from] = struct{}{}
	}
}

// awaits is how long a lead leaves others the time to ask again; not positive: it
// has heard of all of them, or they have something else to do.
func (o *lead) awaits(now time.Time) time.Duration {
	if len(o.awaited) == 0 {
		return 0
	}
	wait := o.since.Add(min(max(awaitLeast, o.took), awaitMost)).Sub(now)
	if wait <= 0 {
		clear(o.awaited)
	}
	return wait
}

// late notes that another hub's commit was overtaken. It is left to go first,
// once: a hub that is slower than others could be overtaken for ever.
func (o *lead) late(who string, now time.Time) {
	if who != o.me {
		o.lost, o.when = who, now
	}
}

// heard notes that there is a commit, by this hub or another.
func (o *lead) heard(by wall.Lead, now time.Time) {
	if d := now.Sub(o.since); d < o.patience() {
		o.beats(d)
	}
	o.before, o.since = o.since, now
	if by.Hub == o.lost {
		o.lost = ""
	}
	if by.Hub != o.me {
		clear(o.awaited)
	}
}

// stored notes how long a commit took: no other hub's can be expected sooner.
func (o *lead) stored(took time.Duration) {
	o.took = took
	if took > o.beat {
		o.beats(took)
	}
}

// beats follows what becomes slower at once, and what becomes faster in time.
func (o *lead) beats(d time.Duration) {
	if d > o.beat {
		o.beat = d
	} else {
		o.beat += (d - o.beat) / 16
	}
}

// patience is how long a lead may be silent, and be taken for one that is busy.
func (o *lead) patience() time.Duration {
	return min(max(4*o.beat, patienceLeast), patienceMost)
}

// follows says that another hub leads and is busy.
func (o *lead) follows(by wall.Lead, now time.Time) bool {
	return by.Hub != "" && by.Hub != o.me && o.since.Sub(o.before) < o.patience() && now.Sub(o.since) < o.patience()
}

// isFollowed says that other hubs give this one errands.
func (o *lead) isFollowed(now time.Time) bool { return now.Sub(o.asked) < o.patience() }

// wait is how long a hub that came too late is left to go first; not positive:
// there is none.
func (o *lead) wait(now time.Time) time.Duration {
	if o.lost == "" {
		return 0
	}
	return o.when.Add(o.patience()).Sub(now)
}

// after is the lead after this hub's commit on top of revision at, which did
// errands.
func (o *lead) after(was wall.Lead, at uint64, done []*errand) wall.Lead {
	now := wall.Lead{Hub: o.me, Term: at + 1}
	if was.Hub == o.me {
		now.Term, now.Done = was.Term, was.Done
	}
	if len(done) == 0 {
		return now
	}
	all := make(map[string]uint64, len(now.Done)+len(done))
	if len(now.Done) < doneMost { // else whoever waits for what is forgotten now asks elsewhere
		for hub, number := range now.Done {
			all[hub] = number
		}
	}
	for _, e := range done {
		all[e.from] = e.number
	}
	now.Done = all
	return now
}
