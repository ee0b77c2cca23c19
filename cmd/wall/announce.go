package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"strings"

	"rsc.io/qr"

	"openspacewall/hub/web"
)

// begun is what whoever starts the program is told: its walls, and the link for
// the first owner, if there is none yet.
type begun struct {
	walls []web.Standing
	owner string
}

// begin makes the first wall if there is none.
func (p *program) begin(ctx context.Context, title string) (b begun, err error) {
	patient, cancel := context.WithTimeout(ctx, startWithin)
	defer cancel()
	b.walls, b.owner, err = p.web.Begin(patient, web.Wanted{Title: title})
	return b, plain(err)
}

// announce tells whoever started the program where everything is. The links are
// keys: they go to whoever reads along, and not into a log that others gather.
func (p *program) announce(stderr io.Writer, c config, is begun) error {
	if c.logForm == "json" {
		for _, w := range is.walls {
			if w.Unreadable {
				continue // the log says why already
			}
			p.log.Info("a wall is here; wall owner-link opens its desk, which has the projector's link", "title", w.Title, "code", w.Code, "phones", w.Join)
		}
		for _, h := range c.hints(is.walls[0]) {
			p.log.Warn(h)
		}
		return nil
	}
	var b strings.Builder
	for _, w := range is.walls {
		if w.Unreadable {
			fmt.Fprintf(&b, "\n  code %s: this wall cannot be read, and the log says why\n", w.Code)
			continue
		}
		fmt.Fprintf(&b, "\n  %s, code %s\n\n", printable(w.Title), w.Code)
		fmt.Fprintf(&b, "  phones     %s\n  projector  %s\n", w.Join, w.Projector)
		switch {
		case is.owner == "":
			fmt.Fprintf(&b, "  desk       %s   (for a link: wall owner-link)\n", w.Link)
		case strings.HasPrefix(is.owner, w.Link+"#"):
			fmt.Fprintf(&b, "  desk       %s\n             this link opens it once, within %v minutes\n", is.owner, web.FirstLinkLife.Minutes())
		default:
			fmt.Fprintf(&b, "  desk       %s\n", w.Link)
		}
		if len(is.walls) == 1 {
			fmt.Fprintf(&b, "\n%s", blocks(w.Join, isTerminal(stderr)))
		}
	}
	for _, h := range c.hints(is.walls[0]) {
		fmt.Fprintf(&b, "\n  %s\n", h)
	}
	b.WriteString("\n")
	_, err := io.WriteString(stderr, b.String())
	return err
}

// hints are what does not work like this, or is not safe, and what to do about it.
func (c *config) hints(w web.Standing) (all []string) {
	if c.insecureDesk {
		all = append(all, "The desk works over plain HTTP from other machines (--insecure-desk): whoever listens "+
			"on this network can read a moderator's login and take over the wall.")
	} else if strings.HasPrefix(w.Link, "http://localhost") {
		all = append(all, `Over plain HTTP the desk works on this machine only: see "The desk" in README.md.`)
	}
	if strings.HasPrefix(w.Join, "http://localhost") {
		all = append(all, "Phones cannot come in: this address is good on this machine only. Listen on a network "+
			"(--listen :8080), and name the address with --public-url if none was found.")
	}
	return all
}

// printable is a text without what a terminal would obey.
func printable(s string) string {
	return strings.Map(func(r rune) rune {
		if r < ' ' || (r >= 0x7F && r <= 0x9F) {
			return -1
		}
		return r
	}, s)
}

func isTerminal(w io.Writer) bool {
	f, ok := w.(*os.File)
	if !ok {
		return false
	}
	info, err := f.Stat()
	return err == nil && info.Mode()&os.ModeCharDevice != 0
}

// blocks draws a QR code with two modules to a sign. On a terminal the colours
// are named, so that it is dark on light whatever the terminal's own are.
func blocks(text string, colours bool) string {
	code, err := qr.Encode(text, qr.L)
	if err != nil {
		return ""
	}
	const quiet = 2                                           // a terminal's own margin does the rest
	light := func(x, y int) bool { return !code.Black(x, y) } // outside the code, too
	var b strings.Builder
	for y := -quiet; y < code.Size+quiet; y += 2 {
		b.WriteString("  ")
		if colours {
			b.WriteString("\x1b[97;40m")
		}
		for x := -quiet; x < code.Size+quiet; x++ {
			b.WriteString(map[[2]bool]string{
				{true, true}: "█", {true, false}: "▀", {false, true}: "▄", {false, false}: " ",
			}[[2]bool{light(x, y), light(x, y+1) && y+1 < code.Size+quiet}])
		}
		if colours {
			b.WriteString("\x1b[0m")
		}
		b.WriteString("\n")
	}
	return b.String()
}
