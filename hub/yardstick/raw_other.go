//go:build !linux

package yardstick

import (
	"errors"
	"net"
)

// Raw needs epoll.
func Raw(net.Listener) error { return errors.New("yardstick: the raw limit needs Linux") }
