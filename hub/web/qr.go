package web

import (
	"fmt"
	"html"
	"net/http"
	"strings"

	"rsc.io/qr"
)

// quiet is the empty margin that readers need, in modules.
const quiet = 4

// showQR draws the join address. Level M bears a hand's shadow on a screen.
func (s *Server) showQR(w http.ResponseWriter, r *http.Request) {
	p, _, ok := s.here(w, r)
	if !ok {
		return
	}
	svg, err := drawQR(s.joinURL(p.Code))
	if err != nil {
		s.fail(w, r, err)
		return
	}
	h := w.Header()
	h.Set("Content-Type", "image/svg+xml")
	h.Set("Cache-Control", "private, max-age=60") // the code may be renewed
	_, _ = w.Write([]byte(svg))
}

// drawQR draws a text as one path, a run of modules at a time. The title is the
// text itself: a projector reads from it the address to write beside the code.
func drawQR(text string) (string, error) {
	code, err := qr.Encode(text, qr.M)
	if err != nil {
		return "", fmt.Errorf("web: draw %q: %w", text, err)
	}
	var b strings.Builder
	side := code.Size + 2*quiet
	fmt.Fprintf(&b, `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %d %d" shape-rendering="crispEdges">`, side, side)
	fmt.Fprintf(&b, `<title>%s</title>`, html.EscapeString(text))
	fmt.Fprintf(&b, `<path fill="#fff" d="M0 0h%dv%dH0z"/><path fill="#101f29" d="`, side, side)
	for y := range code.Size {
		for x := 0; x < code.Size; x++ {
			run := 0
			for x+run < code.Size && code.Black(x+run, y) {
				run++
			}
			if run > 0 {
				fmt.Fprintf(&b, "M%d %dh%dv1h-%dz", x+quiet, y+quiet, run, run)
				x += run
			}
		}
	}
	b.WriteString(`"/></svg>`)
	return b.String(), nil
}
