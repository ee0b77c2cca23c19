package hub

import (
	"slices"
	"time"
)

// rota is the order in which hubs that write one wall at the same time take
// turns, so that one decides while the others gather. Each commit carries it to
// all of them: whoever commits goes to its end. It is a courtesy: who finds
// nobody on it, or waits in vain, goes, and the store says who was first.
//
// Tried, with BenchmarkHubs (two cores, shared with much else) and TestFarHubHasItsTurns:
//
//   - Each decides and commits, and after a conflict again, six times with
//     jitter: of four hubs the slowest did 0.0005 to 0.2 of its fair share, and
//     hundreds of commands a second came back with busy.
//   - The rota without late: nobody is refused, and the slowest of four equal hubs
//     does 0.8 to 0.95 of its share. But a hub 12 ms from the store, beside two that
//     are 1 ms from it, did 4 commands while they did 14,500: it never was first,
//     and so never on the rota. With late it does 540, and they 2,000.
//   - Patience of 5 ms, or of twice the length of one's own turn: too short where
//     processes wait for a core; every third commit was overtaken.
type rota struct {
	me    string
	since time.Time     // when the last commit was heard of
	mine  time.Time     // when the last of this hub's was stored
	beat  time.Duration // from one commit to the next, while hubs take turns
	lost  string        // who came too late with a commit last,
	when  time.Time     // and when
}

// late notes that another hub's commit was overtaken. Whoever commits next puts
// it first: a hub that is slower than others could be overtaken for ever.
func (o *rota) late(who string, now time.Time) {
	if who != o.me {
		o.lost, o.when = who, now
	}
}

// heard notes that there is a commit, by this hub or another.
func (o *rota) heard(names []string, now time.Time) {
	if d := now.Sub(o.since); len(names) > 1 && d < patienceMost {
		o.beat += (d - o.beat) / 8
	}
	o.since = now
}

// patience is how long the others wait for a hub whose turn it is.
func (o *rota) patience() time.Duration {
	return min(max(4*o.beat, patienceLeast), patienceMost)
}

// wait is how long it is other hubs' turn; not positive: it is this one's.
func (o *rota) wait(names []string, now time.Time) time.Duration {
	ahead := slices.Index(names, o.me)
	if ahead <= 0 {
		return 0
	}
	return o.since.Add(time.Duration(ahead) * o.patience()).Sub(now)
}

// after is the rota after this hub's commit. It goes last, and whoever let a
// turn go by is off it. Who writes now and then only is not on it, and just goes.
func (o *rota) after(was []string, now time.Time, more bool) []string {
	next := slices.Clone(was[slices.Index(was, o.me)+1:])
	if o.lost != "" && now.Sub(o.when) < o.patience() {
		next = slices.DeleteFunc(next, func(name string) bool { return name == o.lost })
		next = slices.Insert(next, 0, o.lost)
	}
	o.lost = ""
	if round := time.Duration(1+len(was)) * max(2*o.beat, patienceLeast/2); more || now.Sub(o.mine) < round {
		next = append(next, o.me)
	}
	return next[max(0, len(next)-rotaMax):]
}
