package main

import (
	"context"
	"errors"
	"io"
	"net"
	"strings"
	"testing"
	"time"

	"openspacewall/hub/store/redisstore/redistest"
)

// While a hub waits for Redis nobody waits at its port: a proxy that finds it open
// and silent keeps people there, and one that is hung up on asks another hub.
func TestNobodyWaitsAtAHubThatWaits(t *testing.T) {
	s := redistest.Start(t)
	s.Kill()
	address := "127.0.0.1:" + redistest.Port(t)
	knock := func() (string, error) {
		conn, err := net.Dial("tcp", address)
		if err != nil {
			return "", err
		}
		defer conn.Close()
		_ = conn.SetDeadline(time.Now().Add(10 * time.Second))
		_, _ = conn.Write([]byte("GET /readyz HTTP/1.0\r\n\r\n"))
		answer := make([]byte, 100)
		n, err := conn.Read(answer)
		return string(answer[:n]), err
	}
	ctx, stop := context.WithCancel(t.Context())
	r := &running{t: t, stderr: newScreenful(), stop: stop, ended: make(chan int, 1)}
	args := []string{"--listen", address, "--data", t.TempDir(), "--redis", s.URL()}
	go func() { r.ended <- run(ctx, args, noEnv, io.Discard, r.stderr) }()
	r.stderr.find(t, "waiting for Redis")
	for range 3 {
		said, err := knock()
		var late net.Error
		if err == nil || errors.As(err, &late) && late.Timeout() {
			t.Errorf("who comes before it is open: %q %v", said, err)
		}
	}
	s.Restart()
	r.stderr.find(t, `/(\d{6})/projector#`)
	if said, err := knock(); !strings.Contains(said, "200 OK") {
		t.Errorf("once it is open: %q %v", said, err)
	}
	if code := r.end(); code != 0 {
		t.Errorf("it ended with %d", code)
	}
}
