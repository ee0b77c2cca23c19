package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"time"

	"openspacewall/hub/wall"
	"openspacewall/hub/web"
)

// answerWithin is how long a running hub has to answer a command of ours.
const answerWithin = 10 * time.Second

// errNoHub says that no hub runs on a data folder.
var errNoHub = errors.New("no hub runs")

// create makes a wall: in the running hub, or in the store itself.
func create(ctx context.Context, args []string, getenv func(string) string, stdout, stderr io.Writer) error {
	var h home
	var question string
	fs := flags("create", `Makes another wall: wall create "Title" [--question "…"]`, stderr)
	h.flags(fs, getenv)
	fs.StringVar(&question, "question", "", "the question of the day")
	words, err := parse(fs, args, getenv)
	if err != nil {
		return err
	}
	if len(words) != 1 || strings.TrimSpace(words[0]) == "" {
		return wrong(fs, `the wall's title is needed, in quotation marks: wall create "Boden"`)
	}
	want := web.Wanted{Title: words[0], Question: question}
	var made web.Made
	err = ask(ctx, h.data, http.MethodPost, "/walls", want, &made)
	if err == nil {
		fmt.Fprintf(stdout, "%s\n%s\n", made.Code, made.Link)
		return nil
	}
	if !errors.Is(err, errNoHub) {
		return plain(err)
	}
	err = h.alone(ctx, stderr, "http://localhost", func(ctx context.Context, p *program) error {
		made, err = p.web.CreateWall(ctx, want)
		return err
	})
	if err != nil {
		return plain(err)
	}
	fmt.Fprintf(stdout, "%s\n", made.Code)
	if !h.shared() {
		fmt.Fprintln(stderr, "the next start of the hub prints its addresses")
	}
	return nil
}

// alone does something in the store when no hub runs here.
func (h *home) alone(ctx context.Context, stderr io.Writer, public string, f func(context.Context, *program) error) error {
	ctx, fail := context.WithCancelCause(ctx)
	defer fail(nil)
	p, err := open(ctx, h, warnings(stderr), fail, web.Config{PublicURL: public})
	if err != nil {
		return err
	}
	return errors.Join(f(ctx, p), p.close())
}

// warnings is the log of a command: it says what it did in its own way.
func warnings(stderr io.Writer) *slog.Logger {
	return slog.New(slog.NewTextHandler(stderr, &slog.HandlerOptions{Level: slog.LevelWarn}))
}

// ownerLink asks the running hub for another owner's link: whoever may read
// the data folder may own the walls. So may whoever may write to the Redis.
func ownerLink(ctx context.Context, args []string, getenv func(string) string, stdout, stderr io.Writer) error {
	var h home
	var public string
	fs := flags("owner-link", "Prints a new one-time link to the desk, for an owner. Without a hub that runs on this\nmachine it needs --redis and --public-url.", stderr)
	h.flags(fs, getenv)
	publicFlag(fs, &public)
	words, err := parse(fs, args, getenv)
	if err != nil {
		return err
	}
	if err := none(fs, words); err != nil {
		return err
	}
	var made struct {
		Link string `json:"link"`
	}
	err = ask(ctx, h.data, http.MethodPost, "/api/owner-links", nil, &made)
	switch {
	case errors.Is(err, errNoHub) && h.shared() && public != "":
		err = h.alone(ctx, stderr, public, func(ctx context.Context, p *program) error {
			made.Link, err = p.web.OwnerLink(ctx)
			return err
		})
	case errors.Is(err, errNoHub) && h.shared():
		return fmt.Errorf("no hub runs on %s: say where the link is to lead, --public-url https://wall.example.org", h.data)
	case errors.Is(err, errNoHub):
		return fmt.Errorf("no hub runs on %s: start it, then ask again", h.data)
	}
	if err != nil {
		return err
	}
	fmt.Fprintln(stdout, made.Link)
	fmt.Fprintf(stderr, "it opens the desk once, within %v minutes\n", web.FirstLinkLife.Minutes())
	return nil
}

// healthcheck asks the running hub whether to send people there.
func healthcheck(ctx context.Context, args []string, getenv func(string) string, stdout, stderr io.Writer) error {
	var h home
	fs := flags("healthcheck", "Ends with 0 when the running hub is ready, with 1 when it is not.", stderr)
	h.dataFlag(fs)
	words, err := parse(fs, args, getenv)
	if err != nil {
		return err
	}
	if err := none(fs, words); err != nil {
		return err
	}
	if err := ask(ctx, h.data, http.MethodGet, "/readyz", nil, nil); err != nil {
		return fmt.Errorf("not ready: %w", err)
	}
	fmt.Fprintln(stdout, "ready")
	return nil
}

// ask asks the hub that runs on a data folder, with the folder's key.
func ask(ctx context.Context, data, method, path string, body, into any) error {
	var text []byte
	if body != nil {
		var err error
		if text, err = json.Marshal(body); err != nil {
			return err
		}
	}
	ctx, cancel := context.WithTimeout(ctx, answerWithin)
	defer cancel()
	answer, err := reach(ctx, data, method, path, bytes.NewReader(text))
	if err != nil {
		return err
	}
	defer answer.Body.Close() //nolint:errcheck // only read
	said, err := io.ReadAll(io.LimitReader(answer.Body, saidMost))
	if err != nil || into == nil {
		return err
	}
	return json.Unmarshal(said, into)
}

// saidMost bounds an answer that is read as a whole.
const saidMost = 1 << 20

// reach sends the hub a request, and gives its answer if that is not a no. The
// caller closes the answer's body.
func reach(ctx context.Context, data, method, path string, body io.Reader) (*http.Response, error) {
	address, err := os.ReadFile(filepath.Join(data, addressFile))
	if errors.Is(err, os.ErrNotExist) {
		return nil, errNoHub
	}
	if err != nil {
		return nil, err
	}
	key, err := readKey(data)
	if err != nil {
		return nil, err
	}
	r, err := http.NewRequestWithContext(ctx, method, strings.TrimSpace(string(address))+path, body)
	if err != nil {
		return nil, err
	}
	r.Header.Set("Authorization", "Bearer "+key)
	r.Header.Set("Content-Type", "application/json")
	// no proxy: it is this machine
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	answer, err := client.Do(r) //nolint:gosec // the address is our own hub's, in our own folder
	if portFree(err) {
		return nil, errNoHub // it ended without a goodbye
	}
	if err != nil || answer.StatusCode/100 == 2 {
		return answer, err
	}
	defer answer.Body.Close() //nolint:errcheck // only read
	said, err := io.ReadAll(io.LimitReader(answer.Body, saidMost))
	if err != nil {
		return nil, err
	}
	return nil, fmt.Errorf("the hub says %s: %w", answer.Status, saidNo(said))
}

// saidNo is an answer that is a no, as what it is.
func saidNo(said []byte) error {
	no := new(wall.Refusal)
	if json.Unmarshal(said, no) == nil && (no.Text != "" || no.Field != "") {
		return no
	}
	return errors.New(printable(string(said)))
}

// plain is an error as a person reads it: a refusal is its sentence.
func plain(err error) error {
	var no *wall.Refusal
	switch {
	case !errors.As(err, &no):
		return err
	case no.Text != "":
		return errors.New(no.Text)
	case no.Code == wall.TooLong && no.Field != "":
		return fmt.Errorf("the %s is longer than %d signs", no.Field, no.Max)
	case no.Code == wall.Empty && no.Field != "":
		return fmt.Errorf("the %s is empty", no.Field)
	}
	return err
}
