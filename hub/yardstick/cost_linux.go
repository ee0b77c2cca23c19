package yardstick

import (
	"fmt"
	"os"
	"strconv"
	"strings"
	"syscall"
	"time"
	"unsafe"
)

// cpu is what a process has spent of the processor, its own and the kernel's
// for it, to the nanosecond.
func cpu(pid int) (time.Duration, error) {
	const schedClock = 2 // of a process: CPUCLOCK_SCHED
	var t syscall.Timespec
	if _, _, no := syscall.RawSyscall(syscall.SYS_CLOCK_GETTIME, uintptr(^pid<<3|schedClock), uintptr(unsafe.Pointer(&t)), 0); no != 0 { //nolint:gosec // as the system call has it
		return 0, os.NewSyscallError("clock_gettime", no)
	}
	return time.Duration(t.Nano()), nil
}

// memory is what a process has in memory of its own, in bytes; the kernel's
// socket buffers are not in it.
func memory(pid int) (int64, error) {
	raw, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		return 0, err
	}
	for line := range strings.Lines(string(raw)) {
		if rest, is := strings.CutPrefix(line, "RssAnon:"); is {
			kib, err := strconv.ParseInt(strings.Fields(rest)[0], 10, 64)
			return kib << 10, err
		}
	}
	return 0, fmt.Errorf("yardstick: /proc/%d/status has no RssAnon", pid)
}
