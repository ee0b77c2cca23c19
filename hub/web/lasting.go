package web

import "sync/atomic"

// lasting is something that is so for a while, and is an event only when it
// begins and ends: a load balancer that asks every second is not to fill the log.
type lasting struct{ is atomic.Bool }

// now notes whether it is so, and gives whether that is new.
func (l *lasting) now(is bool) (isNew bool) { return l.is.Swap(is) != is }
