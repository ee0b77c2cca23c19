package web

import (
	"syscall"
	"unsafe"
)

// canPeek says that what comes can be looked at before it is read.
const canPeek = true

// peek looks at what has come on a socket, without taking it. again: nothing has.
// n is below zero when it cannot be read.
func peek(fd uintptr, b []byte) (n int, again bool) {
	for {
		//nolint:gosec // as the system call has it
		n, _, no := syscall.Syscall6(syscall.SYS_RECVFROM, fd, uintptr(unsafe.Pointer(&b[0])), uintptr(len(b)), syscall.MSG_PEEK|syscall.MSG_DONTWAIT, 0, 0)
		switch no {
		case 0:
			return int(n), false
		case syscall.EINTR:
		case syscall.EAGAIN:
			return 0, true
		default:
			return -1, false
		}
	}
}
