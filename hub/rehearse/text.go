package rehearse

import (
	"github.com/rivo/uniseg"

	"openspacewall/hub/wall"
)

// fit makes a text of a script fit on a wall: what is longer than any wall
// takes is cut, openly. It gives the text to send, and what a wall makes of it.
func fit(text string) (send, kept string, cut bool) {
	kept = wall.Normalise(text)
	most := wall.LengthMax * wall.BytesPer
	if wall.Graphemes(kept) <= wall.LengthMax && len(kept) <= most {
		return text, kept, false
	}
	end, graphemes := 0, uniseg.NewGraphemes(kept)
	for n := 0; n < wall.LengthMax && graphemes.Next(); n++ {
		if _, to := graphemes.Positions(); to <= most {
			end = to
		}
	}
	kept = wall.Normalise(kept[:end])
	return kept, kept, true
}
