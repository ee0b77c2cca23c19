package web

import "syscall"

// canPeek says that what comes can be looked at before it is read.
const canPeek = true

// peek looks at what has come on a socket, without taking it. again: nothing has.
// n is below zero when it cannot be read.
func peek(fd uintptr, b []byte) (n int, again bool) {
	for {
		n, _, err := syscall.Recvfrom(int(fd), b, syscall.MSG_PEEK|syscall.MSG_DONTWAIT)
		switch err {
		case nil:
			return n, false
		case syscall.EINTR:
		case syscall.EAGAIN:
			return 0, true
		default:
			return -1, false
		}
	}
}
