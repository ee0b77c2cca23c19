package wall

import (
	"strings"
	"testing"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
	"pgregory.net/rapid"
)

func TestNormalise(t *testing.T) {
	for in, want := range map[string]string{
		"":                                   "",
		"Hej":                                "Hej",
		" Hej   du ":                         "Hej du",
		"a\tb\u00a0c\u3000d":                 "a b c d",
		"a\r\nb\rc\u2028d\u0085e":            "a\nb\nc\nd\ne",
		"a \n b":                             "a\nb",
		"a\n\n\n\nb":                         "a\n\nb",
		"e\u0301":                            "é",
		"\u202eabc\u202c \u2066x\u2069":      "abc x",
		"a\u0000\u0007\u001b[31mb\u007f":     "a[31mb",
		"a\u00ad\u200b\u2060\ufeffb":         "ab",
		"نمی\u200cخواهم":                     "نمی\u200cخواهم", // Persian needs its non-joiner
		"\u200dا\u200d\u200d \u200c":         "ا",
		"क\u094d\u200dष":                     "क\u094d\u200dष",
		"👨\u200d👩\u200d👧":                    "👨\u200d👩\u200d👧",
		"❤\ufe0f":                            "❤\ufe0f",
		"🏴\U000E0067\U000E0062\U000E007F":    "🏴\U000E0067\U000E0062\U000E007F", // a flag's region
		"🏴\U000E0067\U000E0062":              "🏴",
		"x\U000E0041\U000E007F":              "x",
		"\ufdd0\U0001fffe\u115f\u3164\u2800": "",
		"\ufffd":                             "",
		"葛\U000E0100":                        "葛\U000E0100", // a variant of an ideograph
	} {
		if got := Normalise(in); got != want {
			t.Errorf("%q: %q, want %q", in, got, want)
		}
	}
}

func TestDirection(t *testing.T) {
	for s, want := range map[string]string{"": "ltr", "hej": "ltr", "123 مرحبا": "rtl", "שלום abc": "rtl", "abc שלום": "ltr",
		"«ሰላም»": "ltr", "👍 فارسی": "rtl", "12": "ltr"} {
		if got := Direction(s); got != want {
			t.Errorf("%q: %s", s, got)
		}
	}
}

func TestGraphemes(t *testing.T) {
	for s, want := range map[string]int{"": 0, "abc": 3, "åäö": 3, "e\u0301": 1, "👨\u200d👩\u200d👧": 1, "🇸🇪": 1, "a\nb": 3, "نص": 2} {
		if got := Graphemes(s); got != want {
			t.Errorf("%q: %d, want %d", s, got, want)
		}
	}
}

// checkNormal is what must hold of every normalised text.
func checkNormal(t interface{ Fatalf(string, ...any) }, s string) {
	n := Normalise(s)
	if again := Normalise(n); again != n {
		t.Fatalf("not idempotent: %q, %q, %q", s, n, again)
	}
	if !utf8.ValidString(n) || !norm.NFC.IsNormalString(n) {
		t.Fatalf("%q: %q is not in normal form", s, n)
	}
	if strings.TrimSpace(n) != n || strings.Contains(n, "  ") || strings.Contains(n, "\n\n\n") ||
		strings.ContainsAny(n, "\t\r\u202e\u2066\ufeff\u200b") {
		t.Fatalf("%q: %q is not tidy", s, n)
	}
	if l := line(s); strings.Contains(l, "\n") || line(l) != l {
		t.Fatalf("%q: %q is not one line", s, l)
	}
	Graphemes(n)
	Direction(n)
}

func TestNormaliseProperty(t *testing.T) {
	odd := rapid.SampledFrom([]rune{' ', '\n', '\r', '\t', 'a', 'e', 0x301, 0x308, 0x200c, 0x200d, 0x200b, 0x202e, 0x1F3F4, 0xE0067, 0xE007F,
		0xfe0f, 0x1100, 0x1161, 0x11a8, 0xac00, 0x958, 0x93c, 0x915, 0x1F468, 0x2028, 0xfeff, 0x34f, 0x5b0, 0x5bc, 'å'})
	rapid.Check(t, func(t *rapid.T) {
		checkNormal(t, rapid.StringOf(rapid.OneOf(odd, rapid.Rune())).Draw(t, "text"))
	})
}

func FuzzNormalise(f *testing.F) {
	for _, s := range []string{"Hej du", "e\u0301\u200d", " \r\n\u202e🏴\U000E0067\U000E007F", "\xff\u0958"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) { checkNormal(t, s) })
}
