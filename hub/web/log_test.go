package web

import (
	"bytes"
	"log/slog"
	"sync"
	"testing"
)

// kept is a log that is shown when its test fails.
func kept(t *testing.T) *slog.Logger {
	b := &logged{}
	t.Cleanup(func() {
		if t.Failed() {
			b.mu.Lock()
			defer b.mu.Unlock()
			t.Logf("the log:\n%s", b.text.String())
		}
	})
	return logTo(b)
}

func logTo(b *logged) *slog.Logger {
	return slog.New(slog.NewTextHandler(b, &slog.HandlerOptions{Level: slog.LevelDebug}))
}

type logged struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (l *logged) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(p)
}
