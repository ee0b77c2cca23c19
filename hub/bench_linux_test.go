package hub

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"runtime"
	"strings"
	"syscall"
	"testing"

	"github.com/gorilla/websocket"

	"openspacewall/hub/store/memstore"
	"openspacewall/hub/wall"
)

// row is clients over real sockets, whose other ends are read away by one.
type row struct {
	h    *Hub
	far  []*net.TCPConn
	raw  []syscall.RawConn
	junk [64 << 10]byte
}

// seated brings n clients in over TCP.
func seated(b *testing.B, h *Hub, n int) *row {
	var i int
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, q *http.Request) {
		conn, err := (&websocket.Upgrader{WriteBufferSize: 1 << 10}).Upgrade(w, q, nil)
		if err != nil {
			b.Error(err)
			return
		}
		h.Serve(context.Background(), conn, phone(wall.Actor{Role: wall.Participant, ID: fmt.Sprint(i)}))
	}))
	b.Cleanup(s.Close)
	r := &row{h: h}
	for i = range n {
		conn, answer, err := websocket.DefaultDialer.Dial("ws"+strings.TrimPrefix(s.URL, "http"), nil)
		if err != nil {
			b.Fatal(err)
		}
		_ = answer.Body.Close()
		if err := conn.WriteMessage(websocket.TextMessage, []byte(`{"hello":{"epoch":"","revision":0}}`)); err != nil {
			b.Fatal(err)
		}
		far := conn.NetConn().(*net.TCPConn)
		raw, err := far.SyscallConn()
		if err != nil {
			b.Fatal(err)
		}
		r.far, r.raw = append(r.far, far), append(r.raw, raw)
	}
	r.wait(int64(3 * n)) // welcome, me, snapshot
	return r
}

// wait waits until so many frames have been written.
func (r *row) wait(frames int64) {
	for r.h.count.frames.Load() < frames {
		runtime.Gosched()
	}
}

// drain reads away what has come.
func (r *row) drain() {
	for _, raw := range r.raw {
		_ = raw.Read(func(fd uintptr) bool {
			for {
				if n, err := syscall.Read(int(fd), r.junk[:]); n < len(r.junk) || err != nil {
					return true
				}
			}
		})
	}
}

// The same over real sockets, tried and not waited for, of this machine's own
// kernel: nearly all of the time is its. ns/delivery is one client's share.
func BenchmarkFanOut(b *testing.B) {
	for _, n := range []int{100, 1000} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			h := New(Config{Store: memstore.New()})
			makeWall(b, h, testWall, busyWall)
			r := seated(b, h, n)
			b.ReportAllocs()
			b.ResetTimer()
			for i := range b.N {
				sent := h.count.frames.Load()
				rename(b, h, fmt.Sprintf(`"change %d"`, i))
				r.wait(sent + int64(n))
				b.StopTimer()
				r.drain()
				b.StartTimer()
			}
			b.StopTimer()
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(n), "ns/delivery")
			for _, far := range r.far {
				_ = far.Close()
			}
			closeHub(b, h)
		})
	}
}

// What an idle phone costs: heap and stacks, on the hub's side and the far
// end's together.
func BenchmarkIdle(b *testing.B) {
	const n = 2000
	h := New(Config{Store: memstore.New()})
	makeWall(b, h, testWall, busyWall)
	held := func() float64 {
		runtime.GC()
		runtime.GC()
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		return float64(m.HeapAlloc + m.StackInuse)
	}
	before := held()
	r := seated(b, h, n)
	r.drain()
	for b.Loop() {
	}
	b.ReportMetric((held()-before)/n, "bytes/phone")
	for _, far := range r.far {
		_ = far.Close()
	}
	closeHub(b, h)
}

// One note more, on a wall of 10 and on one of 5,000: asked, decided, stored in
// memory, told its author, encoded and written to ten. It is to cost the same:
// TestANoteCostsTheSameOnAFullWall holds it to that. Its instructions, on a machine
// whose processor does not count them, and with what is not the note's taken off:
//
//	go test -c -tags valgrind -o hub.test ./hub
//	for notes in 10 5000; do for n in 100 600; do
//		GOGC=off GOMAXPROCS=1 GODEBUG=asyncpreemptoff=1 valgrind --tool=callgrind --callgrind-out-file=/dev/null \
//			./hub.test -test.run '^$' -test.bench "OneNoteMore/$notes\$" -test.benchtime ${n}x 2>&1 | grep refs
//	done; done
func BenchmarkOneNoteMore(b *testing.B) {
	for _, size := range []int{10, 5000} {
		b.Run(fmt.Sprint(size), func(b *testing.B) {
			p := newPaper(b, size)
			defer p.close(b)
			b.ReportAllocs()
			b.ResetTimer()
			sent, _, _, cpu := p.cost(b, b.N)
			b.StopTimer()
			b.ReportMetric(cpu, "cpu-ns/op")
			b.ReportMetric(sent, "bytes/phone")
		})
	}
}

// spentCPU is what the process has spent, in nanoseconds, the kernel's part too.
func spentCPU() int64 {
	var u syscall.Rusage
	_ = syscall.Getrusage(syscall.RUSAGE_SELF, &u)
	return u.Utime.Nano() + u.Stime.Nano()
}
