package web

import (
	"math"
	"os"
	"runtime/metrics"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// began is when this process did, nearly.
var began = time.Now()

// filesMay is how many files and sockets this process may have open. Go has
// raised it already to the most that this user may ask for.
func filesMay() uint64 {
	var files syscall.Rlimit
	if syscall.Getrlimit(syscall.RLIMIT_NOFILE, &files) != nil {
		return math.MaxUint64
	}
	return files.Cur
}

// process says how the program itself is, under the names that Prometheus'
// own libraries use, so that ready-made dashboards show it.
func (e *exposition) process() {
	for _, m := range []struct{ from, name, kind, help string }{
		{"/sched/goroutines:goroutines", "go_goroutines", "gauge", "Goroutines that exist."},
		{"/memory/classes/heap/objects:bytes", "go_memstats_heap_alloc_bytes", "gauge", "Memory of what is alive, and of what is not yet collected."},
		{"/memory/classes/total:bytes", "go_memstats_sys_bytes", "gauge", "Memory that the Go runtime has from the system."},
		{"/gc/cycles/total:gc-cycles", "go_gc_cycles_total", "counter", "Collections of garbage."},
		{"/sched/gomaxprocs:threads", "go_sched_gomaxprocs_threads", "gauge", "Processors that goroutines run on."},
	} {
		sample := []metrics.Sample{{Name: m.from}}
		if metrics.Read(sample); sample[0].Value.Kind() == metrics.KindUint64 {
			e.one(m.name, m.kind, m.help, float64(sample[0].Value.Uint64()))
		}
	}
	e.one("process_start_time_seconds", "gauge", "When the process began, since 1970.", float64(began.UnixMilli())/1000)
	var used syscall.Rusage
	if syscall.Getrusage(syscall.RUSAGE_SELF, &used) == nil {
		seconds := float64(used.Utime.Sec+used.Stime.Sec) + float64(used.Utime.Usec+used.Stime.Usec)/1e6
		e.one("process_cpu_seconds_total", "counter", "Processor time used.", seconds)
	}
	e.one("process_max_fds", "gauge", "Files and sockets that may be open.", float64(filesMay()))
	if open, err := os.ReadDir("/proc/self/fd"); err == nil { // Linux
		e.one("process_open_fds", "gauge", "Files and sockets that are open.", float64(len(open)))
	}
	if text, err := os.ReadFile("/proc/self/statm"); err == nil {
		if pages := strings.Fields(string(text)); len(pages) > 1 {
			if n, err := strconv.Atoi(pages[1]); err == nil {
				e.one("process_resident_memory_bytes", "gauge", "Memory in use.", float64(n*os.Getpagesize()))
			}
		}
	}
}
