package redistest

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"
)

// ownerEnv makes the test binary the owner of a server, to be killed.
const ownerEnv = "REDISTEST_OWNER"

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// What was answered is there after a kill, on the same port.
func TestServer_kill(t *testing.T) {
	s := Start(t)
	began := time.Now()
	s.Do("SET", "k", "v\r\nv")
	s.Kill()
	if _, err := s.Try("PING"); err == nil {
		t.Error("a killed server answers")
	}
	s.Restart()
	t.Logf("killed and back in %v", time.Since(began))
	if v := s.Do("GET", "k"); v != "v\r\nv" {
		t.Errorf("%q", v)
	}
	s.Stop()
	s.Restart()
	c, err := dial("tcp", s.Addr)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	if v, err := c.Do("GET", "k"); v != "v\r\nv" || err != nil {
		t.Errorf("%q, %v", v, err)
	}
}

func TestServer_frozen(t *testing.T) {
	s := Start(t, "maxmemory 123mb")
	if v := s.Info("maxmemory"); v != "128974848" {
		t.Errorf("a directive is not followed: %s", v)
	}
	c, err := s.Dial()
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	s.Freeze()
	if err := c.Send("INCR", "n"); err != nil {
		t.Fatal(err)
	}
	c.SetReadDeadline(time.Now().Add(50 * time.Millisecond))
	if v, err := c.Receive(); err == nil {
		t.Errorf("a frozen server says %v", v)
	}
	s.Thaw()
	c.SetReadDeadline(time.Now().Add(patience))
	if v, err := c.Receive(); v != int64(1) || err != nil {
		t.Errorf("%v, %v", v, err)
	}
}

// A server does not outlive a test that is killed.
func TestServer_ends_with_its_owner(t *testing.T) {
	if place := os.Getenv(ownerEnv); place != "" {
		s := Start(t)
		if err := os.WriteFile(place, []byte(s.Socket), 0o600); err != nil {
			t.Fatal(err)
		}
		select {}
	}
	place := filepath.Join(t.TempDir(), "socket")
	owner := exec.Command(os.Args[0], "-test.run", "TestServer_ends_with_its_owner")
	owner.Env = append(os.Environ(), ownerEnv+"="+place)
	if err := owner.Start(); err != nil {
		t.Fatal(err)
	}
	var socket []byte
	Until(t, 20*time.Second, "the owner has a server", func() bool {
		socket, _ = os.ReadFile(place)
		return len(socket) > 0
	})
	s := &Server{Socket: string(socket)}
	if _, err := s.Try("PING"); err != nil {
		t.Fatal(err)
	}
	owner.Process.Kill()
	owner.Wait()
	Until(t, 5*time.Second, "the server ends", func() bool {
		_, err := s.Try("PING")
		return err != nil
	})
	os.RemoveAll(filepath.Dir(s.Socket))
}

// Each fault does to a connection what it says, and to the data what it says.
func TestProxy(t *testing.T) {
	s := Start(t)
	p := StartProxy(t, s)
	ask := func(answer any, ok bool) {
		t.Helper()
		c, err := dial("tcp", p.Addr)
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close()
		if v, err := c.Do("INCR", "n"); v != answer || (err == nil) != ok {
			t.Errorf("answers %v, %v", v, err)
		}
	}
	ask(int64(1), true)
	on := func(f Fault) {
		p.On(func(r []string) Fault {
			if r[0] != "INCR" || r[1] != "n" {
				t.Errorf("request %q", r)
			}
			return f
		})
	}
	on(Fault{Before: true})
	ask(nil, false)
	on(Fault{Cut: true})
	ask(nil, false)
	on(Fault{Cut: true, Keep: 2})
	ask(nil, false)
	on(Fault{Cut: true, Keep: 100})
	ask(int64(4), true)
	on(Fault{Delay: 50 * time.Millisecond})
	began := time.Now()
	ask(int64(5), true)
	if took := time.Since(began); took < 50*time.Millisecond {
		t.Errorf("answered after %v", took)
	}
	p.Heal()
	ask(int64(6), true)

	p.Refuse()
	if c, err := dial("tcp", p.Addr); err == nil {
		c.Close()
		t.Error("a new connection is taken")
	}
	p.Heal()
	ask(int64(7), true)
}

// What is held comes when it is let go, in order; what is cut does not.
func TestProxy_holds_and_cuts(t *testing.T) {
	s := Start(t)
	p := StartProxy(t, s)
	c, err := dial("tcp", p.Addr)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	if _, err := c.Do("PING"); err != nil {
		t.Fatal(err)
	}
	p.Hold()
	for range 3 {
		if err := c.Send("INCR", "n"); err != nil {
			t.Fatal(err)
		}
	}
	c.SetReadDeadline(time.Now().Add(50 * time.Millisecond))
	if v, err := c.Receive(); err == nil {
		t.Errorf("held, and says %v", v)
	}
	if v := s.Do("GET", "n"); v != nil {
		t.Errorf("held, and the server was asked: %v", v)
	}
	p.Heal()
	c.SetReadDeadline(time.Now().Add(patience))
	for i := range 3 {
		if v, err := c.Receive(); v != int64(i+1) || err != nil {
			t.Errorf("%v, %v", v, err)
		}
	}
	p.Cut()
	if v, err := c.Receive(); err == nil {
		t.Errorf("cut, and says %v", v)
	}
}

// What is published is nobody's answer, in both versions of the protocol.
func TestProxy_subscription(t *testing.T) {
	s := Start(t)
	p := StartProxy(t, s)
	for version := 2; version <= 3; version++ {
		c, err := dial("tcp", p.Addr)
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close()
		for _, request := range [][]any{{"HELLO", version}, {"SUBSCRIBE", "bell"}} {
			if _, err := c.Do(request...); err != nil {
				t.Fatal(err)
			}
		}
		s.Do("PUBLISH", "bell", "ding")
		if v, err := c.Receive(); !strings.Contains(fmt.Sprint(v), "ding") || err != nil {
			t.Errorf("%v, %v", v, err)
		}
		p.Deafen()
		s.Do("PUBLISH", "bell", "dong")
		if v, err := c.Do("PING"); err != nil || strings.Contains(fmt.Sprint(v), "dong") {
			t.Errorf("%v, %v", v, err)
		}
		p.On(func([]string) Fault { return Fault{Cut: true} })
		if v, err := c.Do("PING"); err == nil {
			t.Errorf("answers %v", v)
		}
		p.Heal()
	}
}

func TestSentinels(t *testing.T) {
	t.Parallel()
	began := time.Now()
	s := StartSentinels(t)
	t.Logf("started in %v", time.Since(began))
	primary := s.Primary()
	c, err := primary.Dial()
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	if _, err := c.Do("SET", "k", "v"); err != nil {
		t.Fatal(err)
	}
	if n, err := c.Do("WAIT", 2, 5000); n != int64(2) || err != nil {
		t.Fatal(n, err)
	}
	began = time.Now()
	killed := s.Failover()
	t.Logf("another primary after %v", time.Since(began))
	if killed != primary || s.Primary() == primary {
		t.Error("the killed one is the primary")
	}
	if v := s.Primary().Do("GET", "k"); v != "v" {
		t.Errorf("%q", v)
	}
}

func TestCluster(t *testing.T) {
	t.Parallel()
	began := time.Now()
	c := StartCluster(t)
	t.Logf("started in %v", time.Since(began))
	for _, key := range []string{"a", "b", "c", "{wall}:meta"} {
		c.Primary(key).Do("SET", key, "v")
	}
	began = time.Now()
	killed := c.Failover("a")
	t.Logf("another primary after %v", time.Since(began))
	if v := c.Primary("a").Do("INCR", "{a}n"); v != int64(1) {
		t.Errorf("%v", v)
	}
	began = time.Now()
	killed.Restart()
	c.AwaitWhole()
	t.Logf("whole again after %v", time.Since(began))
	if v := c.Primary("b").Do("GET", "b"); v != "v" {
		t.Errorf("%v", v)
	}
}

// Each ailment keeps a server from being written to, and mending it mends it,
// with what there was.
func TestAilments(t *testing.T) {
	for _, a := range Ailments() {
		t.Run(a.Name, func(t *testing.T) {
			s := Start(t)
			p := StartProxy(t, s)
			ask := func(args ...any) (any, error) {
				c, err := dial("tcp", p.Addr)
				if err != nil {
					return nil, err
				}
				defer c.Close()
				if err := c.SetDeadline(time.Now().Add(200 * time.Millisecond)); err != nil {
					return nil, err
				}
				if err := c.Send(args...); err != nil {
					return nil, err
				}
				return c.Receive()
			}
			if _, err := ask("SET", "k", "v"); err != nil {
				t.Fatal(err)
			}
			a.Break(s, p)
			_, err := ask("SET", "k", "other")
			t.Log(err)
			if err == nil || isError(err, "OOM") != a.Full {
				t.Errorf("SET: %v", err)
			}
			if v, err := ask("GET", "k"); (err == nil) != a.Reads || a.Reads && v != "v" {
				t.Errorf("GET: %v, %v", v, err)
			}
			began := time.Now()
			a.Mend(s, p)
			Until(t, patience, "it can be written to", func() bool {
				_, err := ask("SET", "other", "v")
				return err == nil
			})
			t.Logf("well after %v", time.Since(began))
			if v, err := ask("GET", "k"); err != nil || v != "v" && (v != "other" || !a.Heard) {
				t.Errorf("afterwards: %v, %v", v, err)
			}
		})
	}
}
