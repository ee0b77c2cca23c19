// Package redistest gives tests real Redis servers: single ones, trios under
// Sentinels, Clusters, and a proxy that can cut between effect and answer.
//
// Each server is a redis-server process of its own, on a free port of the
// loopback and on a socket, in a folder of its own. It keeps everything on disk
// before it answers (appendfsync always), unless told otherwise, and it ends
// with its test, or with the process of the test, however that ends.
package redistest

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// Server is a redis-server process, or a Sentinel. The methods that cannot do
// what they say end the test.
type Server struct {
	Addr   string // host:port
	Socket string // the Unix socket
	Dir    string // the configuration, the log and, unless told otherwise, the data

	tb      testing.TB
	binary  string
	mode    []string // --sentinel, or nothing
	mu      sync.Mutex
	process *os.Process
	ended   chan struct{} // closed when process has
}

// Start starts a server and returns when it answers. directives are lines of
// its configuration, and count more than those of this package.
func Start(tb testing.TB, directives ...string) *Server {
	tb.Helper()
	s := newServer(tb, nil, directives)
	s.Restart()
	return s
}

// newServer writes the configuration of a server that does not run yet.
func newServer(tb testing.TB, mode, directives []string) *Server {
	tb.Helper()
	binary := os.Getenv("REDIS_SERVER")
	if binary == "" {
		binary = "redis-server"
	}
	path, err := exec.LookPath(binary)
	if err != nil {
		tb.Fatalf("%s is not installed. Install Redis 7 or later (Debian: apt install redis-server), or say where it is with REDIS_SERVER=/path/to/redis-server.", binary)
	}
	dir, err := os.MkdirTemp("", "redis") // t.TempDir is too long for a socket's name
	if err != nil {
		tb.Fatal(err)
	}
	port := Port(tb)
	s := &Server{
		Addr: net.JoinHostPort("127.0.0.1", port), Socket: filepath.Join(dir, "redis.sock"), Dir: dir,
		tb: tb, binary: path, mode: mode,
	}
	config := []string{"port " + port, "bind 127.0.0.1", "unixsocket " + s.Socket, "dir " + dir}
	if mode == nil {
		config = append(config, `save ""`, "appendonly yes", "appendfsync always", "repl-diskless-sync-delay 0")
	}
	config = append(config, directives...)
	if err := os.WriteFile(s.config(), []byte(strings.Join(config, "\n")+"\n"), 0o600); err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() {
		s.Kill()
		if tb.Failed() {
			tb.Logf("the log of Redis on %s ends:\n%s", s.Addr, s.Log())
		}
		// A child of a Redis that was killed may still be writing there.
		Until(tb, patience, "the folder is removed", func() bool { return os.RemoveAll(dir) == nil })
	})
	return s
}

func (s *Server) config() string { return filepath.Join(s.Dir, "redis.conf") }
func (s *Server) log() string    { return filepath.Join(s.Dir, "redis.log") }

// Port is a free port below those that the kernel gives to connections, so that
// a server finds it free again after a kill; so is the port 10,000 above it,
// which a Cluster's node uses beside. No other test takes it before this one ends.
func Port(tb testing.TB) string {
	tb.Helper()
	for range 100 {
		port := 10000 + rand.IntN(12000)
		// A name that the kernel knows, as long as this process has it: no file.
		mine, err := net.Listen("unix", "@redistest-"+strconv.Itoa(port))
		if err != nil {
			continue
		}
		if isFree(port) && isFree(port+10000) {
			tb.Cleanup(func() { mine.Close() })
			return strconv.Itoa(port)
		}
		mine.Close()
	}
	tb.Fatal("no free port")
	return ""
}

func isFree(port int) bool {
	l, err := net.Listen("tcp", net.JoinHostPort("127.0.0.1", strconv.Itoa(port)))
	if err != nil {
		return false
	}
	return l.Close() == nil
}

// URL is where the server is, as a hub is told.
func (s *Server) URL() string { return "redis://" + s.Addr + "/0" }

// Begin starts the process, again or for the first time, and does not wait
// until it answers: it may be loading. The folder and the port stay.
func (s *Server) Begin() {
	s.tb.Helper()
	if ended := s.Ended(); ended != nil {
		select {
		case <-ended:
		default:
			s.tb.Fatal("this Redis runs already")
		}
	}
	log, err := os.OpenFile(s.log(), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		s.tb.Fatal(err)
	}
	defer log.Close()
	// A file that may not grow is then an error for Redis, as a full disk is.
	cmd := exec.Command("sh", append([]string{"-c", `trap "" XFSZ; exec "$0" "$@"`, s.binary, s.config()}, s.mode...)...)
	cmd.Stdout, cmd.Stderr = log, log
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	started, ended := make(chan error), make(chan struct{})
	go func() {
		// The kernel sends Pdeathsig when the thread ends that started the process.
		runtime.LockOSThread()
		defer runtime.UnlockOSThread()
		err := cmd.Start()
		started <- err
		if err == nil {
			_ = cmd.Wait()
		}
		close(ended)
	}()
	if err := <-started; err != nil {
		s.tb.Fatal(err)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.process, s.ended = cmd.Process, ended
}

// Restart starts the process, again or for the first time, and returns when it
// answers.
func (s *Server) Restart() {
	s.tb.Helper()
	s.Begin()
	s.Await()
}

// Await returns when the server answers and is not loading. One that was killed
// while it wrote a torn file anew ends once more when it is started, and says
// why: it is started again, as whoever looks after a server does.
func (s *Server) Await() {
	s.tb.Helper()
	again := false
	Until(s.tb, time.Minute, "Redis answers", func() bool {
		select {
		case <-s.Ended():
			if again || !strings.HasSuffix(s.Log(), "Fatal error: the truncated file is not the last file") {
				s.tb.Fatalf("Redis ended:\n%s", s.Log())
			}
			again = true
			s.Begin()
		default:
		}
		_, err := s.Try("PING")
		return err == nil || isError(err, "") && !isError(err, "LOADING")
	})
}

// Ended is closed once the process has ended, by whatever hand.
func (s *Server) Ended() <-chan struct{} {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.ended
}

func (s *Server) signal(sig syscall.Signal) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.process != nil {
		_ = s.process.Signal(sig) // it may have ended
	}
}

// Kill ends the process as a power cut does: without a word.
func (s *Server) Kill() {
	s.signal(syscall.SIGKILL)
	if ended := s.Ended(); ended != nil {
		<-ended
	}
}

// Stop ends the process politely.
func (s *Server) Stop() {
	s.signal(syscall.SIGTERM)
	<-s.Ended()
}

// Copy stops the server for a copy of its data, as a backup does, and gives the
// folder with it.
func (s *Server) Copy() string {
	s.tb.Helper()
	copied := s.tb.TempDir()
	s.Stop()
	if err := os.CopyFS(copied, os.DirFS(s.data())); err != nil {
		s.tb.Fatal(err)
	}
	s.Restart()
	return copied
}

// PutBack kills the server and starts it with the data of a copy.
func (s *Server) PutBack(copied string) {
	s.tb.Helper()
	s.Kill()
	err := os.RemoveAll(s.data())
	if err == nil {
		err = os.CopyFS(s.data(), os.DirFS(copied))
	}
	if err != nil {
		s.tb.Fatal(err)
	}
	s.Restart()
}

// data is the folder of the append-only file.
func (s *Server) data() string { return filepath.Join(s.Dir, "appendonlydir") }

// Freeze stops the process where it is: its connections stay open and answer
// nothing, until Thaw.
func (s *Server) Freeze() { s.signal(syscall.SIGSTOP) }

// Thaw lets it go on.
func (s *Server) Thaw() { s.signal(syscall.SIGCONT) }

// Dial opens a plain connection.
func (s *Server) Dial() (*Conn, error) { return dial("unix", s.Socket) }

// Try asks over a connection of its own.
func (s *Server) Try(args ...any) (any, error) {
	c, err := s.Dial()
	if err != nil {
		return nil, err
	}
	defer c.Close()
	return c.Do(args...)
}

// Do is Try for what must not fail.
func (s *Server) Do(args ...any) any {
	s.tb.Helper()
	v, err := s.Try(args...)
	if err != nil {
		s.tb.Fatalf("Redis on %s: %v: %v", s.Addr, args, err)
	}
	return v
}

// Info is a field of INFO, or nothing while the server does not answer.
func (s *Server) Info(field string) string {
	v, err := s.Try("INFO")
	if err != nil {
		return ""
	}
	for line := range strings.Lines(fmt.Sprint(v)) {
		if value, ok := strings.CutPrefix(line, field+":"); ok {
			return strings.TrimSpace(value)
		}
	}
	return ""
}

// Log is the end of what the server logged.
func (s *Server) Log() string {
	const most = 4 << 10
	log, err := os.ReadFile(s.log())
	if err != nil {
		return err.Error()
	}
	return string(bytes.TrimSpace(log[max(0, len(log)-most):]))
}

// Until waits for a condition; one that does not come ends the test.
func Until(tb testing.TB, within time.Duration, what string, condition func() bool) {
	tb.Helper()
	deadline := time.Now().Add(within)
	for pause := time.NewTicker(5 * time.Millisecond); !condition(); <-pause.C {
		if time.Now().After(deadline) {
			tb.Fatalf("not within %v: %s", within, what)
		}
	}
}
