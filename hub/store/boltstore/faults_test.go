package boltstore_test

import (
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"openspacewall/hub/store/boltstore"
)

// TestFaults_S3 has the N-th write or sync of a storm fail, for N = 1, 2, … until
// a storm passes: the process ends with an error, and what it acknowledged is
// there when it starts again.
func TestFaults_S3(t *testing.T) {
	needTool(t, "strace", "apt-get install strace")
	const rooms, commits = 5, 6
	for _, fault := range []string{"fdatasync:error=EIO", "fsync:error=EIO", "pwrite64:error=EIO", "pwrite64:error=ENOSPC"} {
		t.Run(strings.ReplaceAll(fault, ":", "_"), func(t *testing.T) {
			hits := 0
			for n := 1; ; n++ {
				path := filepath.Join(t.TempDir(), "walls.db")
				if err := open(t, path).Close(); err != nil {
					t.Fatal(err)
				}
				// strace counts by thread, so a later one may be hit as well.
				cmd, out, stderr := start(t, "storm", storm{path, rooms, commits, 0}.args(),
					"strace", "-f", "-qq", "-o", os.DevNull, "-e", "signal=none",
					"-P", path, "-e", "trace="+strings.Split(fault, ":")[0], "-e", fmt.Sprintf("inject=%s:when=%d", fault, n))
				all, err := io.ReadAll(out)
				if err != nil {
					t.Fatal(err)
				}
				err = cmd.Wait()
				told := acks{}
				acked, readErr := told.read(all)
				if readErr != nil {
					t.Fatal(readErr)
				}
				if err := told.verify(path, rooms); err != nil {
					t.Fatalf("after failure %d: %v", n, err)
				}
				if err == nil {
					if acked != rooms*commits {
						t.Errorf("%d of %d acknowledged without an error", acked, rooms*commits)
					}
					// The threads that write are drawn by the scheduler: the first storm may pass by luck.
					if hits > 0 || n > 20 {
						break
					}
					continue
				}
				var exit *exec.ExitError
				if !errors.As(err, &exit) || exit.ExitCode() != exitFatal && exit.ExitCode() != exitFull {
					t.Fatalf("failure %d: %v: %s", n, err, stderr)
				}
				if exit.ExitCode() == exitFull && !strings.HasSuffix(fault, "ENOSPC") {
					t.Errorf("failure %d was taken for a full disk: %s", n, stderr)
				}
				hits++
			}
			if hits == 0 {
				t.Error("no storm was hit")
			}
			t.Logf("%d storms hit, 0 acknowledged lost", hits)
		})
	}
}

// TestFaults_S10 has no room for the compacted file: the erasing commit is not
// acknowledged, its wall is as it was committed, and opening the file again, with
// room, ends what was begun.
func TestFaults_S10(t *testing.T) {
	needTool(t, "strace", "apt-get install strace")
	const rooms, commits, erasing = 3, 6, 4
	path := filepath.Join(t.TempDir(), "walls.db")
	if err := open(t, path).Close(); err != nil {
		t.Fatal(err)
	}
	cmd, out, stderr := start(t, "storm", storm{path, rooms, commits, erasing}.args(),
		"strace", "-f", "-qq", "-o", os.DevNull, "-e", "signal=none", "-P", path+".new",
		"-e", "trace=pwrite64", "-e", "inject=pwrite64:error=ENOSPC")
	all, err := io.ReadAll(out)
	if err != nil {
		t.Fatal(err)
	}
	var exit *exec.ExitError
	if err := cmd.Wait(); !errors.As(err, &exit) || exit.ExitCode() != 1 || !strings.Contains(stderr.String(), "still in the file") {
		t.Fatalf("%v: %s", err, stderr)
	}
	told := acks{}
	if n, err := told.read(all); err != nil || n != rooms*(erasing-1) {
		t.Errorf("%d acknowledged: %v", n, err)
	}
	if owes, err := boltstore.Owes(path); err != nil || !owes {
		t.Errorf("the file does not know what it owes (%v)", err)
	}
	if err := told.verify(path, rooms); err != nil {
		t.Fatal(err)
	}
	if told[0] != erasing {
		t.Errorf("room 0 is at %d, want the erasing commit, %d", told[0], erasing)
	}
	if owes, err := boltstore.Owes(path); err != nil || owes {
		t.Errorf("the file still owes an erasure (%v)", err)
	}
}
