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
//   - One lead: four hubs do a third more than with turns (18,500, 39,600 and 53,400 a
//     second of 40, 200 and 1,000 people), and 0.53 to 0.61 of what one hub does, which
//     became faster, too. Both cores are busy then: a command costs one hub and its Redis
//     14 µs, and four of them 33, as the three others take each value, too.
type lead struct {
	me       string
	before   time.Time     // when the last commit but one was heard of,
	since    time.Time     // and the last
	beat     time.Duration // from one commit to the next, while they come close together
	lost     string        // who came too late with a commit last,
	when     time.Time     // and when
	number   uint64        // of this hub's last errand
	answered time.Time     // when the last came back
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
}

// stored notes how long a commit took: no other hub's can be expected sooner.
func (o *lead) stored(took time.Duration) {
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
