//go:build unix

package hub

import "syscall"

// canTry says that a socket can be written to without waiting.
const canTry = true

// try writes what a socket takes now. It takes nothing, without an error, when
// it is full.
func try(fd uintptr, b []byte) (n int, err error) {
	for {
		n, err = syscall.Write(int(fd), b)
		if err != syscall.EINTR {
			break
		}
	}
	if err == syscall.EAGAIN {
		return 0, nil
	}
	return max(n, 0), err
}
