package boltstore_test

import (
	"bufio"
	"bytes"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"openspacewall/hub/store/storetest"
)

// start begins a helper process.
func start(t *testing.T, what string, args []string, wrap ...string) (*exec.Cmd, io.Reader, *bytes.Buffer) {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	line := append(append(wrap, self), args...)
	cmd := exec.Command(line[0], line[1:]...)
	cmd.Env = append(os.Environ(), helperEnv+"="+what)
	stderr := &bytes.Buffer{}
	cmd.Stderr = stderr
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	return cmd, out, stderr
}

// TestTorture_S1 kills the process at random moments of a storm, of opening and
// of erasing, and looks each time whether all that was acknowledged is there.
func TestTorture_S1(t *testing.T) {
	const rooms, perFile = 20, 20
	r := chance(t)
	var path string
	var told acks
	total, unacked := 0, uint64(0)
	for round := range *tortureRounds {
		if round%perFile == 0 {
			path, told = filepath.Join(t.TempDir(), "data", "walls.db"), acks{}
		}
		cmd, out, stderr := start(t, "storm", storm{path, rooms, 0, 37}.args())
		lines := bufio.NewReader(out)
		if round%2 == 0 {
			lines.Peek(1) // begin to count with the first acknowledgement
		}
		kill := time.AfterFunc(time.Duration(r.Int64N(int64(120*time.Millisecond))), func() { cmd.Process.Kill() })
		all, err := io.ReadAll(lines)
		kill.Stop()
		cmd.Wait()
		if err != nil || stderr.Len() > 0 {
			t.Fatalf("round %d: %v %s", round, err, stderr)
		}
		// What the kill cut off was not told.
		n, err := told.read(all[:bytes.LastIndexByte(all, '\n')+1])
		if err != nil {
			t.Fatalf("round %d: %v", round, err)
		}
		before := uint64(0)
		for _, rev := range told {
			before += rev
		}
		if err := told.verify(path, rooms); err != nil {
			t.Fatalf("round %d, %s: %v", round, path, err)
		}
		for _, rev := range told {
			unacked += rev
		}
		unacked -= before
		total += n
	}
	(&storetest.Toll{What: "a process killed (-9) on its file, walls compared byte for byte", Rounds: *tortureRounds, Acked: total, Unacked: int(unacked)}).Report(t)
}
