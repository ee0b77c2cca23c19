package boltstore_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"openspacewall/hub/store"
	"openspacewall/hub/store/boltstore"
	"openspacewall/hub/wall"
)

// TestDamage_S6 opens files that were cut off, or have a bit or a page changed:
// each is an error with a sentence, or gives exactly what was stored. A process
// of its own does it, so that one that dies is told from one that finds an error.
func TestDamage_S6(t *testing.T) {
	t.Logf("-seed %d", *seed)
	cmd, out, stderr := start(t, "damage", []string{t.TempDir(), strconv.FormatUint(*seed, 10), strconv.Itoa(*damagedFiles)})
	said, _ := io.ReadAll(out)
	if err := cmd.Wait(); err != nil {
		t.Fatalf("%v\n%s\n%s", err, said, stderr)
	}
	t.Logf("%s", said)
}

// everything is all that a file holds, in one map.
func everything(path string) (map[string]string, error) {
	s, err := boltstore.Open(path, boltstore.Options{})
	if err != nil {
		return nil, err
	}
	defer s.Close()
	ctx, all := context.Background(), map[string]string{}
	walls, err := s.Walls(ctx)
	if err != nil {
		return nil, err
	}
	for _, id := range walls {
		at, entries, err := s.Load(ctx, id)
		if err != nil {
			return nil, err
		}
		all[id] = fmt.Sprint(at)
		for _, e := range entries {
			all[id+" "+e.Key] = string(e.Value)
		}
		log, err := s.Log(ctx, id, 0, 1<<30)
		if err != nil {
			return nil, err
		}
		for _, e := range log {
			all[fmt.Sprint(id, " log ", e.Revision)] = string(e.Log)
		}
	}
	for _, table := range []string{"codes", "keys"} {
		values, err := s.List(ctx, table)
		if err != nil {
			return nil, err
		}
		for k, v := range values {
			all["table "+table+" "+k] = string(v)
		}
	}
	return all, nil
}

// fill makes a file with a bit of everything, and free pages.
func fill(path string) error {
	s, err := boltstore.Open(path, boltstore.Options{})
	if err != nil {
		return err
	}
	ctx := context.Background()
	for room := range 5 {
		if err := s.Create(ctx, roomID(room), store.Batch{After: wall.Position{Epoch: "storm"}}); err != nil {
			return err
		}
		for to := uint64(1); to <= 120; to++ {
			if err := s.Commit(ctx, roomID(room), stormBatch(room, to)); err != nil {
				return err
			}
		}
	}
	for i := range 40 {
		err := errors.Join(s.Put(ctx, "codes", fmt.Sprint(i), nil, []byte(roomID(i))), s.Put(ctx, "keys", fmt.Sprint(i), nil, make([]byte, 200)))
		if err != nil {
			return err
		}
	}
	return errors.Join(s.Delete(ctx, roomID(4)), s.Close())
}

func helperDamage(args []string) error {
	path := filepath.Join(args[0], "walls.db")
	random, _ := strconv.ParseUint(args[1], 10, 64)
	rounds, _ := strconv.Atoi(args[2])
	if err := fill(path); err != nil {
		return err
	}
	good, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	want, err := everything(path)
	if err != nil {
		return err
	}
	used := len(strings.TrimRight(string(good), "\x00")) // without what the file keeps in reserve
	r := rand.New(rand.NewPCG(random, 2))
	told := map[string][2]int{}
	for i := range rounds {
		bad := append([]byte{}, good...)
		var what string
		switch i % 4 {
		case 0:
			what, bad = "cut off", bad[:r.IntN(used+used/8)]
		case 1, 2:
			what = "one bit"
			bit := r.IntN(used * 8)
			bad[bit/8] ^= 1 << (bit % 8)
		case 3:
			what = "a page of zeros"
			page := r.IntN(used / 4096)
			clear(bad[page*4096 : (page+1)*4096])
		}
		fmt.Fprintf(os.Stderr, "\r%d %s", i, what) // what was going on, should this process die
		if err := os.WriteFile(path, bad, 0o600); err != nil {
			return err
		}
		got, err := everything(path)
		n := told[what]
		switch {
		case err == nil && maps.Equal(got, want):
			n[0]++
		case err == nil:
			return fmt.Errorf("round %d, %s: other values, and no error", i, what)
		case !errors.Is(err, store.ErrCorrupt) && !errors.Is(err, store.ErrNewer):
			return fmt.Errorf("round %d, %s: an error of another kind: %w", i, what, err)
		case !strings.Contains(err.Error(), path) || !strings.Contains(err.Error(), "backup"):
			return fmt.Errorf("round %d, %s: nobody can act on %q", i, what, err)
		default:
			n[1]++
			after, err := os.ReadFile(path)
			if err != nil || string(after) != string(bad) {
				return fmt.Errorf("round %d, %s: a damaged file was changed (%v)", i, what, err)
			}
		}
		told[what] = n
	}
	for what, n := range told {
		fmt.Printf("%s: %d opened with all data, %d told as damaged\n", what, n[0], n[1])
	}
	return nil
}
