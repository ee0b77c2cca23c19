package main

import (
	"net"
	"sync"
	"time"
)

// hangUp ends the connection of whoever comes while a hub waits for Redis: a proxy
// then asks another hub at once. It would have waited, and sent all newcomers here,
// where the fewest are. open lets them come, and returns when nobody is hung up on
// any more.
func hangUp(l *net.TCPListener) (open func()) {
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		for {
			c, err := l.AcceptTCP()
			if err != nil {
				return // open's deadline, or a machine without files: then they wait
			}
			_ = c.SetLinger(0) // a reset: nothing of theirs was heard
			_ = c.Close()
		}
	}()
	return sync.OnceFunc(func() {
		_ = l.SetDeadline(time.Unix(1, 0))
		<-ended
		_ = l.SetDeadline(time.Time{})
	})
}
