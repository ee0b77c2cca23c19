package main

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"strings"

	"openspacewall/hub/carry"
)

const importAbout = `Brings walls from a file of "wall export": wall import FILE (- is standard input)
It works while the hub runs. Nobody sees a wall before all of it is here; an import
that was ended is simply run again. What is here already is never written over.`

const importEnded = "the import was ended before everything was here: run it again"

// importWalls reads a file twice: first to see that it is whole, then to bring
// its walls.
func importWalls(ctx context.Context, args []string, getenv func(string) string, stdout, stderr io.Writer) error {
	var to home
	var o carry.Options
	fs := flags("import", importAbout, stderr)
	to.flags(fs, getenv)
	fs.BoolVar(&o.WithoutKeys, "without-keys", false, "leave out the keys that are in the file: phones, projector links and moderators are new then")
	words, err := parse(fs, args, getenv)
	if err != nil {
		return err
	}
	if len(words) != 1 {
		return wrong(fs, "which file? wall import backup.jsonl")
	}
	f, err := to.input(words[0])
	if err != nil {
		return err
	}
	defer f.Close() //nolint:errcheck // only read
	about, err := f.Stat()
	if err != nil {
		return err
	}
	show := newTrack(stderr, "checking", about.Size())
	file, err := carry.Check(ctx, show.count(f), show.progress)
	show.end()
	if err != nil {
		return unless(ctx, importEnded, fmt.Errorf("%s: %w", words[0], plain(err)))
	}
	if _, err := f.Seek(0, io.SeekStart); err != nil {
		return err
	}
	o.SHA256, o.Random = file.SHA256, rand.Reader
	show = newTrack(stderr, "importing", about.Size())
	got, err := to.take(ctx, stderr, f, show, o)
	show.end()
	if err != nil {
		return unless(ctx, importEnded, err)
	}
	tell(stdout, stderr, file, got)
	return nil
}

// input opens the file. What comes by a pipe is laid into one that nobody else
// sees, as it is read twice.
func (h *home) input(name string) (*os.File, error) {
	if name != "-" {
		return os.Open(name) //nolint:gosec // the operator names the file
	}
	dir := h.data // in a container there is no other place
	if _, err := os.Stat(dir); err != nil {
		dir = ""
	}
	f, err := os.CreateTemp(dir, "import.*")
	if err != nil {
		return nil, err
	}
	_, err = io.Copy(f, os.Stdin)
	if err = errors.Join(err, os.Remove(f.Name())); err == nil {
		_, err = f.Seek(0, io.SeekStart)
	}
	if err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return f, nil
}

// take brings a file's walls: to the hub that runs here, since it alone can open
// the file that they are kept in, or into the store itself.
func (h *home) take(ctx context.Context, stderr io.Writer, f io.Reader, show *track, o carry.Options) (got carry.Result, err error) {
	if !h.shared() {
		q := url.Values{"sha256": {o.SHA256}, "without-keys": {fmt.Sprint(o.WithoutKeys)}}
		answer, err := reach(ctx, h.data, http.MethodPost, "/api/walls-file?"+q.Encode(), show.count(f))
		if err == nil {
			defer answer.Body.Close() //nolint:errcheck // only read
			return got, json.NewDecoder(answer.Body).Decode(&got)
		}
		if !errors.Is(err, errNoHub) {
			return got, err
		}
	}
	s, err := h.open(ctx, warnings(stderr), func(error) {})
	if err != nil {
		return got, err
	}
	o.Progress = show.progress
	got, err = carry.Import(ctx, s, show.count(f), o)
	return got, errors.Join(err, s.Close())
}

// tell says where the walls are now, and what has not come along.
func tell(stdout, stderr io.Writer, file carry.File, got carry.Result) {
	nothing := true // was brought: then phones are as new or as known as they were
	for _, w := range got.Walls {
		title := printable(w.Title)
		fmt.Fprintf(stdout, "%s  %s\n", w.Code, title)
		nothing = nothing && w.Here
		if w.Here {
			fmt.Fprintf(stderr, "%s is here already, from this very file: nothing was done\n", title)
		}
		if w.Was != "" {
			fmt.Fprintf(stderr, "%s had the code %s, which leads to another wall here: its code is %s now\n", title, w.Was, w.Code)
		}
		if len(w.Lost) > 0 {
			fmt.Fprintf(stderr, "older codes of %s that lead to another wall here: %s\n", title, strings.Join(w.Lost, ", "))
		}
	}
	switch {
	case got.Keys:
		fmt.Fprintln(stderr, "the keys came along: under the address they know, phones keep their notes, and projector links and logins are good")
	case nothing:
	case file.Keys:
		fmt.Fprintln(stderr, "the keys were left out: phones are new ones here, and projector links and moderators' logins have to be made anew")
	default:
		fmt.Fprintln(stderr, "the file is without keys: phones are new ones here, and projector links and moderators' logins have to be made anew")
	}
}
