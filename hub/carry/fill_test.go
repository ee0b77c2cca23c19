package carry

import "testing"

func TestLogEntriesAreJoined(t *testing.T) {
	for _, c := range [][3]string{
		{`[{"r":1}]`, `[{"r":2},{"r":3}]`, `[{"r":1},{"r":2},{"r":3}]`},
		{`[{"r":1} ]`, `[ {"r":2}]`, `[{"r":1},{"r":2}]`},
		{`[]`, `[{"r":2}]`, `[{"r":2}]`},
		{`[{"r":1}]`, `[ ]`, `[{"r":1}]`},
		{`[]`, `[]`, `[]`},
	} {
		if got := string(joined([]byte(c[0]), []byte(c[1]))); got != c[2] {
			t.Errorf("%s and %s: %s", c[0], c[1], got)
		}
	}
}
