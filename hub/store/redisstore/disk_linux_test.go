package redisstore_test

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"openspacewall/hub/store"
	"openspacewall/hub/store/redisstore"
	"openspacewall/hub/store/redisstore/redistest"
)

// disk is a disk of a few MiB, where this user may have one; else fill does to
// Redis what a full disk does.
type disk struct {
	t    *testing.T
	dir  string // "": there is none
	file string // what fills it
}

func newDisk(t *testing.T) *disk {
	t.Helper()
	d := &disk{t: t, dir: t.TempDir()}
	if err := syscall.Mount("tmpfs", d.dir, "tmpfs", 0, "size=4m,mode=0700"); err != nil {
		t.Logf("no disk of its own (%v): Redis' files may not grow instead", err)
		d.dir = ""
		return d
	}
	t.Cleanup(func() {
		if err := syscall.Unmount(d.dir, syscall.MNT_DETACH); err != nil {
			t.Error(err)
		}
	})
	d.file = filepath.Join(d.dir, "filler")
	return d
}

func (d *disk) directives() []string {
	if d.dir == "" {
		return nil
	}
	return []string{"dir " + d.dir}
}

// fill leaves no room for another byte.
func (d *disk) fill(s *redistest.Server) {
	d.t.Helper()
	if d.dir == "" {
		for _, a := range redistest.Ailments() {
			if a.Name == "out of disk" {
				a.Break(s, nil)
			}
		}
		return
	}
	f, err := os.Create(d.file)
	if err != nil {
		d.t.Fatal(err)
	}
	defer f.Close()
	for page := make([]byte, 4096); err == nil; {
		_, err = f.Write(page)
	}
	if !errors.Is(err, syscall.ENOSPC) {
		d.t.Fatal(err)
	}
}

// empty makes room.
func (d *disk) empty() {
	d.t.Helper()
	if d.dir != "" {
		if err := os.Remove(d.file); err != nil {
			d.t.Fatal(err)
		}
	}
}

// The disk of Redis is full: Redis ends, as it must with appendfsync always.
// Started again it shows the wall, with all that was acknowledged, and stores
// nothing as long as there is no room to write its file anew; then all goes on
// by itself.
func TestDisk_full(t *testing.T) {
	d := newDisk(t)
	server := redistest.Start(t, d.directives()...)
	b := &bench{Store: opened(t, redisstore.Options{URL: server.URL()}), t: t, server: server}
	b.create()
	b.commit("note/1", "one")
	d.fill(server)
	for i := 0; ; i++ {
		next := b.batch("note/1", fmt.Sprint("one ", i), "note/2", strings.Repeat("x", 1000))
		err := b.Commit(b.ctx(), b.id, next)
		if err != nil {
			t.Logf("after %d more commits: %v", i, err)
			break
		}
		b.at = next.End()
	}
	<-server.Ended()
	server.Restart()
	redistest.Until(t, patience, "the wall is there", func() bool { _, _, err := b.Load(b.ctx(), b.id); return err == nil })
	at, all, err := b.Load(b.ctx(), b.id)
	if err != nil || at.Epoch != b.at.Epoch || at.Revision < b.at.Revision || at.Revision > b.at.Revision+1 {
		t.Fatalf("acknowledged up to %v, and there is %v, %v", b.at, at, err)
	}
	b.at = at
	if d.dir != "" {
		is(t, "Commit", b.Commit(b.ctx(), b.id, b.batch("note/1", "x")), store.ErrRefused)
		_, now, err := b.Load(b.ctx(), b.id)
		if err != nil {
			t.Fatal(err)
		}
		same(t, "Load", now, all)
	}
	d.empty()
	redistest.Until(t, patience, "it stores again", func() bool {
		var c *store.ConflictError
		return errors.As(b.Commit(b.ctx(), b.id, b.batch("note/1", "x")), &c)
	})
	b.moved()
	b.commit("note/1", "two")
	server.Kill()
	server.Restart()
	redistest.Until(t, patience, "the wall is there", func() bool { _, _, err := b.Load(b.ctx(), b.id); return err == nil })
	if at, _, err := b.Load(b.ctx(), b.id); err != nil || at != b.at {
		t.Errorf("acknowledged up to %v, and there is %v, %v", b.at, at, err)
	}
}
