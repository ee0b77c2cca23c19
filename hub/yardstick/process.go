package yardstick

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"time"
)

// hubVariable says in the environment of a process which reference it is.
const hubVariable = "YARDSTICK_HUB"

// Asked is which reference hub this process was started as; "" for none. A
// program that measures calls Serve with it first of all.
func Asked() string { return os.Getenv(hubVariable) }

// process is a hub in a process of its own, so that what it costs is its own.
type process struct {
	cmd     *exec.Cmd
	in      io.Closer
	address string
	log     *tail
	folder  string // with what it keeps; "": nothing
}

// The times of a process.
const (
	startWithin = 20 * time.Second
	endWithin   = 10 * time.Second
)

// startReference starts a reference hub: this program itself, which looks at Asked.
func startReference(ctx context.Context, name string) (*process, error) {
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	p := &process{cmd: exec.CommandContext(ctx, self), log: &tail{}}
	p.cmd.Env = append(os.Environ(), hubVariable+"="+name)
	p.cmd.Stderr = p.log
	out, err := p.cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if p.in, err = p.cmd.StdinPipe(); err != nil {
		return nil, err
	}
	if err := p.cmd.Start(); err != nil {
		return nil, err
	}
	line, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		return nil, errors.Join(fmt.Errorf("yardstick: the %s hub did not start: %w %s", name, err, p.log), p.stop())
	}
	p.address = strings.TrimSpace(line)
	return p, nil
}

// startWall starts the wall's program on a folder of its own.
func startWall(ctx context.Context, program string, flags ...string) (*process, error) {
	folder, err := os.MkdirTemp("", "yardstick-")
	if err != nil {
		return nil, err
	}
	p := &process{folder: folder, log: &tail{}}
	p.cmd = exec.CommandContext(ctx, program, append([]string{"serve", "--listen", "127.0.0.1:0", "--data", folder}, flags...)...)
	p.cmd.Stderr = p.log
	if err := p.cmd.Start(); err != nil {
		return nil, errors.Join(err, os.RemoveAll(folder))
	}
	ready := func() bool {
		at, err := os.ReadFile(filepath.Join(folder, "hub.address"))
		if err != nil {
			return false
		}
		p.address = strings.TrimPrefix(strings.TrimSpace(string(at)), "http://")
		req, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+p.address+"/readyz", nil)
		if err != nil {
			return false
		}
		resp, err := http.DefaultClient.Do(req)
		if err != nil {
			return false
		}
		_ = resp.Body.Close()
		return resp.StatusCode == http.StatusOK
	}
	if err := until(ctx, startWithin, ready); err != nil {
		return nil, errors.Join(fmt.Errorf("yardstick: the wall did not start: %w\n%s", err, p.log), p.stop())
	}
	http.DefaultClient.CloseIdleConnections()
	return p, nil
}

// key is the hub key of the wall's program.
func (p *process) key() (string, error) {
	raw, err := os.ReadFile(filepath.Join(p.folder, "hub.key"))
	return strings.TrimSpace(string(raw)), err
}

// stop ends the process and removes what it kept.
func (p *process) stop() error {
	if p.in != nil {
		_ = p.in.Close()
	} else {
		_ = p.cmd.Process.Signal(syscall.SIGTERM)
	}
	timer := time.AfterFunc(endWithin, func() { _ = p.cmd.Process.Kill() })
	defer timer.Stop()
	_ = p.cmd.Wait() // it was asked to end, and how it does is not measured
	if p.folder == "" {
		return nil
	}
	return os.RemoveAll(p.folder)
}

// until waits until something is so.
func until(ctx context.Context, most time.Duration, so func() bool) error {
	ctx, cancel := context.WithTimeout(ctx, most)
	defer cancel()
	look := time.NewTicker(2 * time.Millisecond)
	defer look.Stop()
	for !so() {
		select {
		case <-look.C:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	return nil
}

// tail keeps the last that was written.
type tail struct {
	mu sync.Mutex
	b  []byte
}

func (t *tail) Write(b []byte) (int, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.b = append(t.b, b...)
	if over := len(t.b) - 4<<10; over > 0 {
		t.b = t.b[over:]
	}
	return len(b), nil
}

func (t *tail) String() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	return string(t.b)
}
