package docker

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"sync"
	"testing"
	"time"
)

// until waits for something to be so.
func until(t *testing.T, what string, is func() bool) {
	t.Helper()
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	for over := time.After(patience); ; {
		if is() {
			return
		}
		select {
		case <-tick.C:
		case <-over:
			t.Fatalf("still not: %s", what)
		}
	}
}

// program is a process of a test.
type program struct {
	t    *testing.T
	args []string
	cmd  *exec.Cmd
	said *heard
}

// heard is what a process has written.
type heard struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (h *heard) Write(p []byte) (int, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.text.Write(p)
}

func (h *heard) String() string {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.text.String()
}

func begin(t *testing.T, env []string, args ...string) *program {
	t.Helper()
	p := &program{t: t, args: args, said: &heard{}}
	p.start(env)
	t.Cleanup(func() {
		p.kill()
		if t.Failed() {
			t.Logf("%s said:\n%s", filepath.Base(args[0]), p.said)
		}
	})
	return p
}

func (p *program) start(env []string) {
	p.t.Helper()
	p.cmd = exec.Command(p.args[0], p.args[1:]...)
	p.cmd.Env = append(os.Environ(), env...)
	p.cmd.Stdout, p.cmd.Stderr = p.said, p.said
	if err := p.cmd.Start(); err != nil {
		p.t.Fatal(err)
	}
}

// kill ends it without a word.
func (p *program) kill() {
	p.cmd.Process.Kill()
	p.cmd.Wait()
}

// find gives what a pattern finds in what it has written.
func (p *program) find(pattern string) (found string) {
	p.t.Helper()
	until(p.t, pattern, func() bool {
		m := regexp.MustCompile(pattern).FindStringSubmatch(p.said.String())
		if m != nil {
			found = m[1]
		}
		return m != nil
	})
	return found
}

// The program as it is shipped, built once; TestMain removes it.
var (
	binDir   string
	building sync.Once
)

func wallBinary(t *testing.T) string {
	t.Helper()
	bin := filepath.Join(binDir, "wall")
	building.Do(func() {
		if out, err := exec.Command("go", "build", "-o", bin, "../cmd/wall").CombinedOutput(); err != nil {
			t.Fatalf("%v\n%s", err, out)
		}
	})
	return bin
}
