package hub

import (
	"slices"
	"time"
)

// rota is the order in which hubs that write one wall at the same time go, so
// that one decides while the others gather what comes next.
type rota struct {
	me    string
	since time.Time     // when the last commit was heard of
	mine  time.Time     // when the last of this hub's was stored
	took  time.Duration // this hub's last turn: deciding it, and storing it
}

const (
	patienceLeast = 5 * time.Millisecond
	patienceMost  = 100 * time.Millisecond
	regularFor    = 100 * time.Millisecond
	rotaMax       = 16
)

func (o *rota) heard(now time.Time) { o.since = now }

func (o *rota) wrote(began, now time.Time) {
	o.since, o.mine, o.took = now, now, now.Sub(began)
}

// patience is how long the others wait for a hub whose turn it is.
func (o *rota) patience() time.Duration {
	return min(max(2*o.took, patienceLeast), patienceMost)
}

// wait is how long it is other hubs' turn.
func (r *room) wait() time.Duration {
	o := &r.rota
	ahead := slices.Index(r.wall.Rota(), o.me)
	if ahead <= 0 {
		return 0
	}
	return time.Until(o.since.Add(time.Duration(ahead) * o.patience()))
}

// next is the rota after this hub's commit: it goes last, and whoever let its
// turn go by is off it. Who writes now and then only is not on it, and just goes.
func (o *rota) next(was []string, now time.Time, more bool) []string {
	i := slices.Index(was, o.me)
	next := slices.Clone(was[i+1:])
	if more || now.Sub(o.mine) < regularFor {
		next = append(next, o.me)
	}
	return next[max(0, len(next)-rotaMax):]
}
