package main

import (
	"fmt"
	"io"
	"strings"
	"sync"
	"time"

	"openspacewall/hub/carry"
)

// What takes less than trackAfter is not worth a line; then there is one every
// trackEvery, or many times a second where it can be overwritten.
const (
	trackAfter = time.Second
	trackEvery = 2 * time.Second
)

// track tells how a file comes along. What reads the file may be another
// goroutine than what knows the wall.
type track struct {
	to       io.Writer
	terminal bool
	doing    string
	size     int64 // of the file; 0: nobody knows yet

	mu    sync.Mutex
	next  time.Time // when it is time to tell
	over  bool
	read  int64
	wall  carry.Progress
	width int // of the line that is on the terminal
}

func newTrack(to io.Writer, doing string, size int64) *track {
	return &track{to: to, terminal: isTerminal(to), doing: doing, size: size, next: time.Now().Add(trackAfter)}
}

// count counts what is read from a file.
func (t *track) count(r io.Reader) io.Reader { return &counting{r, t} }

type counting struct {
	io.Reader
	track *track
}

func (c *counting) Read(p []byte) (int, error) {
	n, err := c.Reader.Read(p)
	c.track.mu.Lock()
	defer c.track.mu.Unlock()
	c.track.read += int64(n)
	c.track.tell()
	return n, err
}

func (t *track) progress(p carry.Progress) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.wall = p
	t.tell()
}

func (t *track) tell() {
	now := time.Now()
	if t.over || now.Before(t.next) {
		return
	}
	t.next = now.Add(trackEvery)
	line := fmt.Sprintf("%s %.1f MB", t.doing, float64(t.read)/1e6)
	if t.size > 0 {
		line = fmt.Sprintf("%s %d %%", t.doing, t.read*100/t.size)
	}
	if t.wall.Wall != "" {
		line += fmt.Sprintf("  %s: %d entries, %d in its log", printable(t.wall.Wall), t.wall.Entries, t.wall.Log)
	}
	if !t.terminal {
		fmt.Fprintln(t.to, line)
		return
	}
	t.next = now.Add(trackEvery / 20)
	fmt.Fprintf(t.to, "\r%s%s", line, strings.Repeat(" ", max(0, t.width-len(line))))
	t.width = len(line)
}

// end clears the line.
func (t *track) end() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.over = true
	if t.width > 0 {
		fmt.Fprintf(t.to, "\r%s\r", strings.Repeat(" ", t.width))
	}
}
