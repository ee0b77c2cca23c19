package main

import (
	"bufio"
	"flag"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"
)

var acks = flag.Int("acks", 600, "how many acknowledgements TestSyncTruth watches")

// Every acknowledgement that leaves the program follows a completed fdatasync
// that began after the note's own bytes were written.
func TestSyncTruth(t *testing.T) {
	watched, early := watchSyncs(t, build(t, ""), *acks)
	t.Logf("%d acknowledgements watched, %d before their fdatasync", watched, early)
	if watched < *acks || early > 0 {
		t.Errorf("%d of %d acknowledgements left before their fdatasync", early, watched)
	}
}

// A program that skips the sync is caught by the same watch.
func TestSyncTruthCatchesASkippedSync(t *testing.T) {
	_, early := watchSyncs(t, build(t, "broken_nosync"), 50)
	if early == 0 {
		t.Error("a build that never syncs was not caught")
	}
}

// watchSyncs runs the program under strace until n notes are acknowledged and
// returns how many acknowledgements it saw leave, and how many left early.
func watchSyncs(t *testing.T, bin string, n int) (watched, early int) {
	t.Helper()
	strace, err := exec.LookPath("strace")
	if err != nil {
		t.Fatal("this test needs strace: apt-get install strace")
	}
	p := newProcess(t, bin)
	trace := filepath.Join(t.TempDir(), "trace")
	p.wrap = []string{strace, "-D", "-f", "-qq", "-s", "1048576", "-e", "trace=pwrite64,fdatasync,write,writev", "-e", "signal=none", "-o", trace}
	p.start()
	code := p.rehearsal()
	l := &ledger{sent: map[string]string{}, acked: map[string]uint64{}}
	stop := make(chan struct{})
	done := make(chan struct{})
	var crowd sync.WaitGroup
	for i := range 64 {
		ph := p.phone(code)
		crowd.Go(func() { ph.write(l, fmt.Sprintf("phone %d", i), nil, stop) })
	}
	go func() { crowd.Wait(); close(done) }()
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for l.count() < n {
		select {
		case <-tick.C:
		case <-done:
			t.Fatalf("the phones stopped after %d acknowledgements", l.count())
		}
	}
	close(stop)
	<-done
	p.kill() // waits for strace, too: it holds the same standard error
	f, err := os.Open(trace)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	return checkTrace(t, f)
}

// checkTrace reads strace's lines in order. Calls that another thread
// interrupted stand on two lines, "<unfinished ...>" and "<... resumed>": a
// pwrite64 counts from its end, an fdatasync covers what was written before
// its beginning and counts from its end, an ack counts from its beginning.
func checkTrace(t *testing.T, r io.Reader) (watched, early int) {
	t.Helper()
	var (
		written uint64                // highest revision in any completed pwrite64
		synced  uint64                // highest revision covered by a completed fdatasync
		opened  = map[string]uint64{} // thread → revision written before its fdatasync began
		writing = map[string]uint64{} // thread → highest revision in its unfinished pwrite64
	)
	lines := bufio.NewReaderSize(r, 1<<20)
	for {
		line, err := lines.ReadString('\n')
		if err == io.EOF {
			return watched, early
		}
		if err != nil {
			t.Fatal(err)
		}
		thread, call, _ := strings.Cut(strings.TrimSpace(line), " ")
		call = strings.TrimSpace(call)
		unfinished := strings.HasSuffix(call, "<unfinished ...>")
		switch {
		case strings.HasPrefix(call, "pwrite64("):
			rev := highest(call, `\"r\":`)
			if unfinished {
				writing[thread] = rev
			} else {
				written = max(written, rev)
			}
		case strings.HasPrefix(call, "<... pwrite64 resumed>"):
			written = max(written, writing[thread])
			delete(writing, thread)
		case strings.HasPrefix(call, "fdatasync("):
			opened[thread] = written
			if !unfinished {
				synced = max(synced, opened[thread])
			}
		case strings.HasPrefix(call, "<... fdatasync resumed>"):
			synced = max(synced, opened[thread])
		case strings.HasPrefix(call, "write") && strings.Contains(call, `{\"ack\":`):
			for _, ack := range strings.Split(call, `{\"ack\":`)[1:] {
				watched++
				if highest(ack[:min(len(ack), 80)], `\"revision\":`) > synced {
					early++
				}
			}
		}
	}
}

// highest is the largest number that follows key in s.
func highest(s, key string) (most uint64) {
	for {
		_, rest, ok := strings.Cut(s, key)
		if !ok {
			return most
		}
		var n uint64
		for i := 0; i < len(rest) && rest[i] >= '0' && rest[i] <= '9'; i++ {
			n = n*10 + uint64(rest[i]-'0')
		}
		most, s = max(most, n), rest
	}
}
