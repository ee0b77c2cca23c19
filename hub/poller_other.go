//go:build !linux

package hub

// poller reads for many clients: on Linux only. Elsewhere each has a goroutine.
type poller struct{}

func newPollers(func(func())) []*poller { return nil }
func closePollers([]*poller)            {}
func (*poller) take(*client) error      { return nil }
func (*poller) again(*client)           {}
func (*poller) drop(*client)            {}
