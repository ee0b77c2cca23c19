package boltstore_test

import (
	"encoding/hex"
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

// sector is what a disk writes whole or not at all.
const sector = 512

// disk is what a disk may hold: what was synced, and any part of what was not.
type disk struct {
	synced   []byte
	unsynced []diskWrite
	syncing  int // how many of unsynced the sync under way covers
	told     acks
}

type diskWrite struct {
	offset int
	data   []byte
}

func (w diskWrite) to(image []byte) []byte {
	if end := w.offset + len(w.data); end > len(image) {
		image = append(image, make([]byte, end-len(image))...)
	}
	copy(image[w.offset:], w.data)
	return image
}

// unhex reads a string of strace -xx, and what follows it.
func unhex(args string) (data []byte, rest string, err error) {
	_, text, _ := strings.Cut(args, `"`)
	text, rest, _ = strings.Cut(text, `"`)
	data, err = hex.DecodeString(strings.ReplaceAll(text, `\x`, ""))
	return data, rest, err
}

func (d *disk) add(c call) error {
	switch {
	case c.name == "write" && c.begun:
		data, _, err := unhex(c.args)
		if err != nil || !strings.HasPrefix(string(data), "ack ") {
			return err
		}
		_, err = d.told.read(data)
		return err
	case !mainFile.MatchString(c.args):
		return nil
	case c.name == "pwrite64" && c.ended:
		data, rest, err := unhex(c.args)
		if err != nil {
			return err
		}
		fields := strings.Split(strings.Trim(rest, ", "), ", ")
		offset, err := strconv.Atoi(strings.TrimSpace(fields[len(fields)-1]))
		if size, _ := strconv.Atoi(fields[0]); err != nil || size != len(data) {
			return fmt.Errorf("a write that cannot be read: %d bytes, %q", len(data), rest)
		}
		d.unsynced = append(d.unsynced, diskWrite{offset, data})
	case c.name == "fdatasync" || c.name == "fsync":
		if c.begun {
			d.syncing = len(d.unsynced)
		}
		if c.ended {
			for _, w := range d.unsynced[:d.syncing] {
				d.synced = w.to(d.synced)
			}
			d.unsynced, d.syncing = d.unsynced[d.syncing:], 0
		}
	}
	return nil
}

// crash is one of the many things that a power cut may leave: of the unsynced
// writes any, whole or in any of their sectors.
func (d *disk) crash(r *rand.Rand) []byte {
	image := append([]byte{}, d.synced...)
	for _, w := range d.unsynced {
		switch r.IntN(3) {
		case 0: // lost
		case 1:
			image = w.to(image)
		case 2:
			for at := 0; at < len(w.data); at += sector {
				if r.IntN(2) == 0 {
					image = diskWrite{w.offset + at, w.data[at:min(at+sector, len(w.data))]}.to(image)
				}
			}
		}
	}
	return image
}

// TestCrash_S1 records what a storm writes and syncs, and opens what a power cut
// could have left at any moment of it: every one opens, and holds all that was
// acknowledged before.
func TestCrash_S1(t *testing.T) {
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	lost, torn := crashes(t, self, *crashStates)
	for _, err := range lost[:min(5, len(lost))] {
		t.Error(err)
	}
	t.Logf("%d states, %d with unsynced writes: %d lost or damaged", *crashStates, torn, len(lost))
}

// TestCrash_negative_control has power cuts hit a store that does not sync.
func TestCrash_negative_control(t *testing.T) {
	lost, _ := crashes(t, brokenBinary(t), 50)
	if len(lost) == 0 {
		t.Error("nothing is lost of a store that never syncs")
	}
	t.Logf("%d of 50 states lost or damaged", len(lost))
}

// crashes opens so many states of a storm by that binary, and says what was
// wrong with them, and how many had anything to lose.
func crashes(t *testing.T, binary string, states int) (lost []error, torn int) {
	const rooms, commits = 4, 20
	r := chance(t)
	path := filepath.Join(t.TempDir(), "walls.db")
	if err := open(t, path).Close(); err != nil {
		t.Fatal(err)
	}
	begun, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	var calls []call
	tr := &tracer{open: map[string]string{}}
	trace(t, binary, storm{path, rooms, commits, 0}, func(line string) {
		if c, ok := tr.line(line); ok {
			calls = append(calls, c)
		}
	}, "-xx", "-s", "4194304")

	d := &disk{synced: begun, told: acks{}}
	left := filepath.Join(t.TempDir(), "left.db")
	done := 0
	for i, c := range calls {
		if err := d.add(unhexPath(c)); err != nil {
			t.Fatal(err)
		}
		for ; done < (i+1)*states/len(calls); done++ {
			if len(d.unsynced) > 0 {
				torn++
			}
			if err := os.WriteFile(left, d.crash(r), 0o600); err != nil {
				t.Fatal(err)
			}
			if err := maps.Clone(d.told).verify(left, rooms); err != nil {
				lost = append(lost, fmt.Errorf("cut at call %d of %d: %w", i, len(calls), err))
			}
		}
	}
	if d.told[0] != commits {
		t.Errorf("room 0 was told of %d of %d commits", d.told[0], commits)
	}
	return lost, torn
}

// unhexPath makes the file's name readable, which -xx hides too.
func unhexPath(c call) call {
	from, to := strings.IndexByte(c.args, '<'), strings.IndexByte(c.args, '>')
	if from < 0 || to < from {
		return c
	}
	if name, err := hex.DecodeString(strings.ReplaceAll(c.args[from+1:to], `\x`, "")); err == nil {
		c.args = c.args[:from+1] + string(name) + c.args[to:]
	}
	return c
}
