package hub

import (
	"syscall"
	"unsafe"
)

// canTry says that a socket can be written to without waiting.
const canTry = true

// vectors is the kernel's list of the pieces of one write. It is kept, so that
// none is made for each.
type vectors struct {
	list [1 + partsOnce]syscall.Iovec
}

// try writes what a socket takes now. It takes nothing, without an error, when
// it is full.
func (v *vectors) try(fd uintptr, all [][]byte) (n int, err error) {
	for i, b := range all {
		v.list[i].Base = &b[0] // none is empty
		v.list[i].SetLen(len(b))
	}
	defer clear(v.list[:])
	for {
		//nolint:gosec // as the system call has it
		n, _, no := syscall.Syscall(syscall.SYS_WRITEV, fd, uintptr(unsafe.Pointer(&v.list[0])), uintptr(len(all)))
		switch no {
		case 0:
			return int(n), nil
		case syscall.EINTR:
		case syscall.EAGAIN:
			return 0, nil
		default:
			return 0, no
		}
	}
}
