package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"time"

	"openspacewall/hub/carry"
)

const exportAbout = `Writes walls to a file: the backup, and the way to move them with "wall import".
It works while the hub runs. Each wall is in the file as it was at one moment.

  wall export --out backup.jsonl --keys    everything
  wall export --wall 482715 > boden.jsonl  one wall`

// exportWalls writes walls to a file, which is read through on its way out: what
// could not be imported again is an error now.
func exportWalls(ctx context.Context, args []string, getenv func(string) string, stdout, stderr io.Writer) error {
	var from home
	var code, out string
	var all, keys bool
	fs := flags("export", exportAbout, stderr)
	from.flags(fs, getenv)
	fs.StringVar(&code, "wall", "", "only the wall with this join code")
	fs.BoolVar(&all, "all", false, "every wall but rehearsals; this is the default")
	fs.BoolVar(&keys, "keys", false, "the keys, too: phones, projector links and moderators of these walls are known\nwhere they are imported. Keep such a file as you keep the data folder")
	fs.StringVar(&out, "out", "", "the file to write, for your eyes only (0600); the default is standard output")
	words, err := parse(fs, args, getenv)
	if err != nil {
		return err
	}
	if err := none(fs, words); err != nil {
		return err
	}
	switch {
	case all && code != "":
		return wrong(fs, "--all or --wall, not both")
	case out == "" && isTerminal(stdout):
		return wrong(fs, "where to? --out backup.jsonl")
	}
	read, err := from.read(ctx, stderr, carry.Wanted{Code: code, Keys: keys, At: time.Now()})
	if err != nil {
		return plain(err)
	}
	defer read.Close() //nolint:errcheck // only read; what went wrong has been read from it
	show := newTrack(stderr, "exporting", 0)
	var file carry.File
	copied := func(to io.Writer) (err error) {
		file, err = carry.Check(ctx, io.TeeReader(show.count(read), to), show.progress)
		return err
	}
	if out == "" {
		err = copied(stdout)
	} else {
		err = writeSafely(out, copied)
	}
	show.end()
	if err != nil {
		return unless(ctx, "the export was ended before the file was whole: run it again", err)
	}
	for _, w := range file.Walls {
		fmt.Fprintf(stderr, "%s  %s: %d entries, %d in its log\n", w.Code, printable(w.Title), w.Entries, w.Log)
	}
	if keys {
		fmt.Fprintln(stderr, "the file opens every desk and every phone's notes: keep it as you keep the data folder")
	}
	return nil
}

// unless is what somebody is told whose command failed: that they have ended it
// themselves, or why.
func unless(ctx context.Context, ended string, err error) error {
	if ctx.Err() != nil {
		return errors.New(ended)
	}
	return plain(err)
}

// read gives a file of walls: from the hub that runs here, since it alone can
// open the file that they are kept in, or from the store itself.
func (h *home) read(ctx context.Context, stderr io.Writer, want carry.Wanted) (io.ReadCloser, error) {
	if !h.shared() {
		q := url.Values{"wall": {want.Code}, "keys": {fmt.Sprint(want.Keys)}}
		answer, err := reach(ctx, h.data, http.MethodGet, "/api/walls-file?"+q.Encode(), nil)
		if err == nil {
			return answer.Body, nil
		}
		if !errors.Is(err, errNoHub) {
			return nil, err
		}
		if _, err := os.Stat(filepath.Join(h.data, wallsFile)); errors.Is(err, os.ErrNotExist) {
			return nil, fmt.Errorf("there are no walls in the folder %s; if they are in Redis, say --redis", h.data)
		}
	}
	s, err := h.open(ctx, warnings(stderr), func(error) {})
	if err != nil {
		return nil, err
	}
	in, out := io.Pipe()
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		_ = out.CloseWithError(errors.Join(carry.Export(ctx, s, out, want), s.Close()))
	}()
	return &piped{in, ended}, nil
}

// piped is the reading end of a pipe whose writer has ended when it is closed.
type piped struct {
	*io.PipeReader
	ended chan struct{}
}

func (p *piped) Close() error {
	err := p.PipeReader.Close()
	<-p.ended
	return err
}

// writeSafely writes a file for the owner's eyes, which stands under its name
// only when it is whole and on the disk.
func writeSafely(name string, write func(io.Writer) error) error {
	f, err := os.CreateTemp(filepath.Dir(name), filepath.Base(name)+".*") // 0600
	if err != nil {
		return err
	}
	if err = errors.Join(write(f), f.Sync(), f.Close()); err == nil {
		err = os.Rename(f.Name(), name)
	}
	if err != nil {
		return errors.Join(err, os.Remove(f.Name()))
	}
	return nil
}
