package wall

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/rivo/uniseg"
	"golang.org/x/text/unicode/norm"
)

// Normalise is the form in which text is kept and counted: NFC, one kind of
// line end, single spaces, no direction overrides, no invisible characters but
// the joiners that scripts and emoji need. It is idempotent.
func Normalise(s string) string {
	for {
		// Stripping may bring together what composes, and composing what is
		// stripped; it settles in a round or two, and each round only shortens
		// or composes.
		next := tidy(norm.NFC.String(strip(s)))
		if next == s {
			return s
		}
		s = next
	}
}

// line is Normalise for what stands on one line: names and titles.
func line(s string) string {
	return Normalise(strings.ReplaceAll(Normalise(s), "\n", " "))
}

// strip drops what must not be shown and makes every line end "\n" and every space " ".
func strip(s string) string {
	if plain(s) {
		return s
	}
	var b strings.Builder
	b.Grow(len(s))
	flag := 0 // runes left of a flag's tag sequence
	for i, r := range s {
		switch {
		case r == '\r':
			if !strings.HasPrefix(s[i+1:], "\n") {
				b.WriteByte('\n')
			}
		case r == '\n' || r == 0x85 || r == 0x2028 || r == 0x2029 || r == '\v' || r == '\f':
			b.WriteByte('\n')
		case r == '\t' || unicode.Is(unicode.Zs, r):
			b.WriteByte(' ')
		case r == 0x1F3F4: // a black flag may be followed by the tags of a region
			flag = tags(s[i+4:])
			b.WriteRune(r)
		case r >= 0xE0020 && r <= 0xE007F && flag > 0:
			flag--
			b.WriteRune(r)
		case r == utf8.RuneError || dropped(r):
		default:
			b.WriteRune(r)
		}
	}
	return b.String()
}

// plain says that there is nothing for strip to do, quickly.
func plain(s string) bool {
	for i := range len(s) {
		if c := s[i]; c >= utf8.RuneSelf || (c < ' ' && c != '\n') || c == 0x7F {
			return false
		}
	}
	return true
}

// tags is how many tag characters make up a flag's region at the start of s,
// the closing one included; 0 when it is none.
func tags(s string) int {
	n := 0
	for _, r := range s {
		n++
		switch {
		case r == 0xE007F && n > 1:
			return n
		case r < 0xE0020 || r > 0xE007E || n > 7:
			return 0
		}
	}
	return 0
}

// dropped says that a rune is invisible, or commands the direction of text.
func dropped(r rune) bool {
	switch {
	case r < ' ', r >= 0x7F && r <= 0x9F: // controls
	case r == 0xAD, r == 0x34F, r == 0x180E, r == 0xFEFF, r == 0x200B: // soft hyphen, joiners of nothing, zero widths
	case r >= 0x202A && r <= 0x202E, r >= 0x2066 && r <= 0x2069: // embeddings, overrides, isolates
	case r >= 0x2060 && r <= 0x2065, r >= 0x206A && r <= 0x206F: // invisible operators, deprecated format characters
	case r >= 0xFFF9 && r <= 0xFFFC: // annotations, the object character
	case r == 0x115F, r == 0x1160, r == 0x3164, r == 0xFFA0, r == 0x2800: // fillers and blanks
	case r >= 0xFDD0 && r <= 0xFDEF, r&0xFFFE == 0xFFFE: // noncharacters
	case r >= 0xE0000 && r <= 0xE0FFF && (r < 0xE0100 || r > 0xE01EF): // tags, and what is reserved beside them
	default:
		return false
	}
	return true
}

func joiner(r rune) bool { return r == 0x200C || r == 0x200D }

// tidy makes single spaces, at most one empty line in a row, and joiners only
// where they have something to join.
func tidy(s string) string {
	if tidied(s) {
		return s
	}
	var b strings.Builder
	b.Grow(len(s))
	last := '\n' // as if a line had just begun
	lines, spaces := 2, 0
	var held rune // a joiner, until it is known what follows
	for _, r := range s {
		switch {
		case r == '\n':
			lines, spaces, held, last = lines+1, 0, 0, r
			continue
		case r == ' ':
			spaces, held = 1, 0
			continue
		case joiner(r):
			if spaces == 0 && last != '\n' && held == 0 {
				held = r
			}
			continue
		}
		if last == '\n' {
			if b.Len() > 0 {
				b.WriteString("\n\n"[:min(lines, 2)])
			}
			lines, spaces = 0, 0
		} else if spaces > 0 {
			b.WriteByte(' ')
			spaces = 0
		} else if held != 0 {
			b.WriteRune(held)
		}
		held = 0
		b.WriteRune(r)
		last = r
	}
	return b.String()
}

// tidied says that an ASCII line needs no tidying, quickly.
func tidied(s string) bool {
	if s == "" {
		return true
	}
	var last byte = ' '
	for i := range len(s) {
		c := s[i]
		if c >= utf8.RuneSelf || c == '\n' || (c == ' ' && last == ' ') {
			return false
		}
		last = c
	}
	return last != ' '
}

// Graphemes counts what a reader would call characters.
func Graphemes(s string) int {
	for i := range len(s) {
		if s[i] >= utf8.RuneSelf || s[i] == '\r' {
			return uniseg.GraphemeClusterCount(s)
		}
	}
	return len(s)
}

// Direction is "rtl" when the first strong letter is written from the right.
func Direction(s string) string {
	for _, r := range s {
		if r < utf8.RuneSelf {
			if 'a' <= r|' ' && r|' ' <= 'z' {
				return "ltr"
			}
			continue
		}
		if unicode.In(r, unicode.Arabic, unicode.Hebrew, unicode.Syriac, unicode.Thaana, unicode.Nko,
			unicode.Adlam, unicode.Mandaic, unicode.Samaritan, unicode.Hanifi_Rohingya) && unicode.IsLetter(r) {
			return "rtl"
		}
		if unicode.IsLetter(r) {
			return "ltr"
		}
	}
	return "ltr"
}

// visible says that something of a text can be seen.
func visible(s string) bool {
	for _, r := range s {
		if unicode.IsGraphic(r) && !unicode.IsSpace(r) && !unicode.Is(unicode.M, r) {
			return true
		}
	}
	return false
}

// stacked says that too many marks stand on one base.
func stacked(s string) bool {
	marks := 0
	for _, r := range s {
		switch {
		case r < 0x300:
			marks = 0
		case unicode.Is(unicode.M, r):
			if marks++; marks > MarksMax {
				return true
			}
		case unicode.Is(unicode.Cf, r): // a joiner is no base
		default:
			marks = 0
		}
	}
	return false
}

// noteText is the text of a note in its kept form, or why it cannot be one.
func noteText(s string, length int) (string, *Refusal) {
	if len(s) > 4*BytesPer*LengthMax { // not worth the work of normalising
		return "", &Refusal{Code: TooLong, Field: "text", Text: "the text is too long", Max: length}
	}
	s, no := words(s, "text", length)
	if no != nil {
		return "", no
	}
	if s == "" {
		return "", &Refusal{Code: Empty, Field: "text", Text: "nothing is left of the text"}
	}
	if strings.Count(s, "\n") >= LinesMax {
		return "", &Refusal{Code: Invalid, Field: "text", Text: "too many lines", Max: LinesMax}
	}
	return s, nil
}

// words is a text in its kept form, possibly empty.
func words(s, field string, length int) (string, *Refusal) {
	if !utf8.ValidString(s) {
		return "", invalid(field, "not UTF-8")
	}
	if len(s) > 4*BytesPer*length {
		return "", &Refusal{Code: TooLong, Field: field, Text: "the text is too long", Max: length}
	}
	s = Normalise(s)
	if !visible(s) {
		return "", nil
	}
	if len(s) > BytesPer*length || Graphemes(s) > length {
		return "", &Refusal{Code: TooLong, Field: field, Text: "the text is too long", Max: length}
	}
	if stacked(s) {
		return "", invalid(field, "too many marks on one letter")
	}
	return s, nil
}

// name is a text of one line, possibly empty.
func name(s, field string, length int) (string, *Refusal) {
	s, no := words(s, field, length)
	if no != nil {
		return "", no
	}
	return line(s), nil
}

func invalid(field, text string) *Refusal {
	return &Refusal{Code: Invalid, Field: field, Text: text}
}
