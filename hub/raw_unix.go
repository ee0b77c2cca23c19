//go:build unix && !linux

package hub

import "syscall"

// canTry says that a socket can be written to without waiting.
const canTry = true

// vectors is what a write of several pieces needs: nothing, where they are
// written one after the other.
type vectors struct{}

// try writes what a socket takes now. It takes nothing, without an error, when
// it is full.
func (*vectors) try(fd uintptr, all [][]byte) (n int, err error) {
	for _, b := range all {
		for len(b) > 0 {
			k, err := syscall.Write(int(fd), b)
			switch {
			case err == syscall.EINTR:
				continue
			case err == syscall.EAGAIN:
				return n, nil
			case err != nil:
				return n, err
			}
			n += k
			b = b[k:]
		}
	}
	return n, nil
}
