package redistest

import (
	"io"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"unsafe"
)

// Ailment is a way in which a Redis does not serve: Break begins it, Mend ends
// the cause. Whoever uses the server goes through the proxy.
type Ailment struct {
	Name string
	// Full: Redis says that there is no room, and goes on reading.
	Full bool
	// Reads: Redis answers whoever only reads.
	Reads bool
	// Heard: what is asked meanwhile may be done, then or later.
	Heard bool
	Break func(s *Server, p *Proxy)
	Mend  func(s *Server, p *Proxy)
}

// Ailments are all of them.
func Ailments() []Ailment {
	set := func(name, value string) func(*Server, *Proxy) {
		return func(s *Server, _ *Proxy) {
			s.tb.Helper()
			s.Do("CONFIG", "SET", name, value)
		}
	}
	var fillers []*Conn
	var busy *Conn
	return []Ailment{
		{
			Name:  "killed",
			Break: func(s *Server, _ *Proxy) { s.Kill() },
			Mend:  func(s *Server, _ *Proxy) { s.Restart() },
		},
		{
			Name: "frozen", Heard: true,
			Break: func(s *Server, _ *Proxy) { s.Freeze() },
			Mend:  func(s *Server, _ *Proxy) { s.Thaw() },
		},
		{
			Name: "held back", Heard: true,
			Break: func(_ *Server, p *Proxy) { p.Hold() },
			Mend:  func(_ *Server, p *Proxy) { p.Heal() },
		},
		{
			Name: "heard and not answered", Heard: true,
			Break: func(_ *Server, p *Proxy) { p.On(func([]string) Fault { return Fault{Silent: true} }) },
			Mend:  func(_ *Server, p *Proxy) { p.Heal() },
		},
		{
			Name:  "refused",
			Break: func(_ *Server, p *Proxy) { p.Refuse(); p.Cut() },
			Mend:  func(_ *Server, p *Proxy) { p.Heal() },
		},
		{
			Name: "out of memory", Full: true, Reads: true,
			Break: set("maxmemory", "1"),
			Mend:  set("maxmemory", "0"),
		},
		{
			Name: "a replica", Reads: true,
			Break: func(s *Server, _ *Proxy) { s.Do("REPLICAOF", "127.0.0.1", "1") },
			Mend:  func(s *Server, _ *Proxy) { s.Do("REPLICAOF", "NO", "ONE") },
		},
		{
			Name: "without replicas", Reads: true,
			Break: set("min-replicas-to-write", "1"),
			Mend:  set("min-replicas-to-write", "0"),
		},
		{
			Name: "loading",
			Break: func(s *Server, _ *Proxy) {
				// A wait at each command that is read again; it listens at every 1024th.
				s.fill(60_000)
				s.Kill()
				s.direct("key-load-delay 300")
				s.Begin()
				Until(s.tb, patience, "Redis is loading", func() bool {
					_, err := s.Try("PING")
					return isError(err, "LOADING")
				})
			},
			Mend: func(s *Server, _ *Proxy) {
				s.Do("CONFIG", "SET", "key-load-delay", "0")
				s.Await()
			},
		},
		{
			Name: "busy with a script",
			Break: func(s *Server, _ *Proxy) {
				s.Do("CONFIG", "SET", "busy-reply-threshold", "10")
				var err error
				if busy, err = s.Dial(); err == nil {
					err = busy.Send("EVAL", "while true do end", 0)
				}
				if err != nil {
					s.tb.Fatal(err)
				}
				Until(s.tb, patience, "Redis is busy", func() bool {
					_, err := s.Try("PING")
					return isError(err, "BUSY")
				})
			},
			Mend: func(s *Server, _ *Proxy) {
				s.Do("SCRIPT", "KILL")
				busy.Close()
			},
		},
		{
			Name: "out of connections",
			Break: func(s *Server, p *Proxy) {
				s.Do("CONFIG", "SET", "maxclients", "40")
				p.Refuse() // or they would be back before all is taken
				p.Cut()
				defer p.Heal()
				Until(s.tb, patience, "every connection is taken", func() bool {
					c, err := s.Dial()
					if err != nil {
						s.tb.Fatal(err)
					}
					if _, err := c.Do("PING"); err != nil {
						c.Close()
						return isError(err, "ERR max number of clients")
					}
					fillers = append(fillers, c)
					return false
				})
			},
			Mend: func(*Server, *Proxy) {
				for _, c := range fillers {
					c.Close()
				}
				fillers = nil
			},
		},
		{
			Name: "out of disk",
			Break: func(s *Server, _ *Proxy) {
				s.limitFiles(s.largestFile())
				_, _ = s.Try("SET", "redistest:filler", strings.Repeat("x", 64<<10))
				<-s.Ended()
			},
			Mend: func(s *Server, _ *Proxy) { s.Restart() },
		},
	}
}

// direct adds directives, for the next start.
func (s *Server) direct(directives ...string) {
	s.tb.Helper()
	f, err := os.OpenFile(s.config(), os.O_APPEND|os.O_WRONLY, 0)
	if err != nil {
		s.tb.Fatal(err)
	}
	defer f.Close()
	if _, err := f.WriteString(strings.Join(directives, "\n") + "\n"); err != nil {
		s.tb.Fatal(err)
	}
}

// fill writes so many commands that leave one key.
func (s *Server) fill(commands int) {
	s.tb.Helper()
	c, err := s.Dial()
	if err != nil {
		s.tb.Fatal(err)
	}
	defer c.Close()
	one := "*3\r\n$3\r\nSET\r\n$16\r\nredistest:filler\r\n$1\r\nx\r\n"
	sent := make(chan error, 1)
	go func() {
		_, err := io.WriteString(c, strings.Repeat(one, commands))
		sent <- err
	}()
	for range commands {
		if _, err := c.Receive(); err != nil {
			s.tb.Fatal(err)
		}
	}
	if err := <-sent; err != nil {
		s.tb.Fatal(err)
	}
}

// limitFiles lets no file of the running process grow beyond so many bytes:
// what a full disk is to it.
func (s *Server) limitFiles(size int64) {
	s.tb.Helper()
	limit := syscall.Rlimit{Cur: uint64(size), Max: ^uint64(0)}
	s.mu.Lock()
	defer s.mu.Unlock()
	_, _, errno := syscall.RawSyscall6(syscall.SYS_PRLIMIT64, uintptr(s.process.Pid), syscall.RLIMIT_FSIZE, uintptr(unsafe.Pointer(&limit)), 0, 0, 0)
	if errno != 0 {
		s.tb.Fatal("prlimit:", errno)
	}
}

// largestFile is the size of the longest file that the server keeps data in.
func (s *Server) largestFile() (size int64) {
	s.tb.Helper()
	files, err := filepath.Glob(filepath.Join(s.data(), "*"))
	if err != nil {
		s.tb.Fatal(err)
	}
	for _, name := range files {
		if info, err := os.Stat(name); err == nil {
			size = max(size, info.Size())
		}
	}
	return size
}
