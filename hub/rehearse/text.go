package rehearse

import (
	"strings"

	"github.com/rivo/uniseg"

	"openspacewall/hub/wall"
)

// fitTitle names a rehearsal's wall after its script.
func fitTitle(title string) string {
	title = strings.ReplaceAll(wall.Normalise("Rehearsal: "+title), "\n", " ")
	return cut(title, wall.TitleMax, wall.TitleMax*wall.BytesPer)
}

// fit makes a text of a script fit on a wall: what is longer than any wall
// takes is cut, openly. It gives the text to send, and what a wall makes of it.
func fit(text string) (send, kept string, shorter bool) {
	kept = wall.Normalise(text)
	most := wall.LengthMax * wall.BytesPer
	if wall.Graphemes(kept) <= wall.LengthMax && len(kept) <= most {
		return text, kept, false
	}
	kept = wall.Normalise(cut(kept, wall.LengthMax, most))
	return kept, kept, true
}

// cut is the beginning of a text, of at most so many graphemes and bytes.
func cut(text string, graphemes, bytes int) string {
	end, each := 0, uniseg.NewGraphemes(text)
	for n := 0; n < graphemes && each.Next(); n++ {
		if _, to := each.Positions(); to <= bytes {
			end = to
		}
	}
	return text[:end]
}
