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

// announce makes the first wall if there is none, and tells whoever started
// the program where everything is. It goes to the terminal, not to the log:
// the links are keys.
func (p *program) announce(ctx context.Context, stderr io.Writer, c config) error {
	patient, cancel := context.WithTimeout(ctx, startWithin)
	defer cancel()
	walls, owner, err := p.web.Begin(patient, web.Wanted{Title: c.title})
	if err != nil {
		return plain(err)
	}
	var b strings.Builder
	for i, w := range walls {
		if w.Unreadable {
			fmt.Fprintf(&b, "\n  code %s: this wall cannot be read, and the log says why\n", w.Code)
			continue
		}
		fmt.Fprintf(&b, "\n  %s, code %s\n\n", printable(w.Title), w.Code)
		fmt.Fprintf(&b, "  phones     %s\n  projector  %s\n", w.Join, w.Projector)
		switch {
		case owner == "":
			fmt.Fprintf(&b, "  desk       %s   (for a link: wall owner-link)\n", w.Link)
		case i == 0:
			fmt.Fprintf(&b, "  desk       %s\n             this link opens it once, within %v minutes\n", owner, web.FirstLinkLife.Minutes())
		default:
			fmt.Fprintf(&b, "  desk       %s\n", w.Link)
		}
		if len(walls) == 1 {
			fmt.Fprintf(&b, "\n%s", blocks(w.Join, isTerminal(stderr)))
		}
	}
	if c.insecureDesk {
		b.WriteString("\n  The desk works over plain HTTP from other machines (--insecure-desk): whoever\n" +
			"  listens on this network can read a moderator's login and take over the wall.\n")
	} else if strings.HasPrefix(walls[0].Link, "http://localhost") {
		b.WriteString("\n  Over plain HTTP the desk works on this machine only: see \"The desk\" in README.md.\n")
	}
	if strings.HasPrefix(walls[0].Join, "http://localhost") {
		b.WriteString("\n  Phones cannot come in: this address is good on this machine only. Listen on a network\n" +
			"  (--listen :8080), and name the address with --public-url if none was found.\n")
	}
	b.WriteString("\n")
	_, err = io.WriteString(stderr, b.String())
	return err
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
