package yardstick

import (
	"context"
	"fmt"
	"io"
	"net"
)

// References are the reference hubs, by name.
var References = map[string]func(net.Listener) error{"textbook": Textbook, "raw": Raw}

// Serve is a process of a reference hub: it listens, says where in its first
// line, and ends when in does.
func Serve(name string, in io.Reader, out io.Writer) error {
	hub, known := References[name]
	if !known {
		return fmt.Errorf("yardstick: there is no reference %q", name)
	}
	l, err := (&net.ListenConfig{}).Listen(context.Background(), "tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	defer l.Close() //nolint:errcheck // the process ends
	if _, err := fmt.Fprintln(out, l.Addr()); err != nil {
		return err
	}
	go func() { _ = hub(l) }()
	_, err = io.Copy(io.Discard, in)
	return err
}
