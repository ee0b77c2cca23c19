package carry_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"
	"testing"

	"openspacewall/hub/carry"
	"openspacewall/hub/store"
	"openspacewall/hub/wall"
)

// sampleFile is a small file with everything in it.
func sampleFile(t *testing.T) []byte {
	t.Helper()
	s := kinds[0].open(t)
	town(t, s, "boden", "482715", "111111")
	town(t, s, "kiruna", "593826")
	put(t, s, "keys", "seal", "the seal")
	put(t, s, "people", "p1", `{"id":"p1","name":"Olga","role":"owner"}`)
	text, _ := exported(t, s, carry.Wanted{Keys: true})
	return text
}

// closed gives lines a last line that agrees with them: whoever changes a file on
// purpose can do that, and each line has to stand for itself.
func closed(lines []string, walls int) []byte {
	body := strings.Join(lines, "\n") + "\n"
	sum := sha256.Sum256([]byte(body))
	return fmt.Appendf([]byte(body), `{"is":"file_end","walls":%d,"lines":%d,"sha256":"%x"}`+"\n", walls, len(lines), sum)
}

// tried checks a file, and that an import says the same and leaves nothing to see.
func tried(t *testing.T, text []byte) error {
	t.Helper()
	_, err := carry.Check(t.Context(), bytes.NewReader(text), nil)
	s := kinds[0].open(t)
	sum := sha256.Sum256(text)
	_, again := imports(s, text, carry.File{SHA256: hex.EncodeToString(sum[:])})
	if err != nil && (again == nil || again.Error() != err.Error()) {
		t.Errorf("Check says %v, Import says %v", err, again)
	}
	for _, table := range []string{"walls", "codes", "keys", "people"} {
		if all, listed := s.List(t.Context(), table); listed != nil || len(all) != 0 {
			t.Errorf("a refused file left %v in %s", all, table)
		}
	}
	return err
}

// Wherever a file is cut, it is noticed.
func TestAFileCutShortIsRefused(t *testing.T) {
	whole := sampleFile(t)
	for n := range len(whole) {
		if n > 90 && n < len(whole)-130 && n%499 != 0 {
			continue
		}
		err := tried(t, whole[:n])
		var no *wall.Refusal
		if !errors.As(err, &no) || no.Code != wall.Invalid {
			t.Fatalf("cut after %d of %d bytes: %v", n, len(whole), err)
		}
	}
	if err := tried(t, append(bytes.Clone(whole), '\n')); err == nil {
		t.Errorf("something follows, and nobody noticed")
	}
	lines := bytes.SplitAfter(whole, []byte("\n"))
	for i := range len(lines) - 1 {
		if err := tried(t, bytes.Join(append(append([][]byte{}, lines[:i]...), lines[i+1:]...), nil)); err == nil {
			t.Errorf("line %d is gone, and nobody noticed", i+1)
		}
	}
}

// Whichever bit has been changed, it is noticed.
func TestAChangedFileIsRefused(t *testing.T) {
	whole := sampleFile(t)
	// All bytes of the last line, which no sum is of, and some of the others. Bit 5
	// makes small letters capital ones, which JSON's readers let pass.
	last := bytes.LastIndex(whole, []byte("{"))
	for n := range len(whole) - 1 {
		for bit := range 8 {
			if n >= last && bit != 5 && bit != n%8 || n < last && (n%101 != 0 || bit != n/101%8) {
				continue
			}
			changed := bytes.Clone(whole)
			changed[n] ^= 1 << bit
			if _, err := carry.Check(t.Context(), bytes.NewReader(changed), nil); err == nil {
				t.Fatalf("bit %d of byte %d was changed, and nobody noticed: …%s…", bit, n, whole[max(0, n-20):n+20])
			}
		}
	}
}

// Each line is looked at, and the refusal says which one is wrong.
func TestALineThatIsWrongIsNamed(t *testing.T) {
	lines := strings.Split(strings.TrimSpace(string(sampleFile(t))), "\n")
	lines = lines[:len(lines)-1]
	at := func(begins string) int {
		for i, l := range lines {
			if strings.HasPrefix(l, begins) {
				return i
			}
		}
		t.Fatalf("no line begins %s", begins)
		return 0
	}
	note, record, first := at(`{"is":"entry","key":"note/`), at(`{"is":"record","table":"people"`), at(`{"is":"wall"`)
	logged, ended, title := at(`{"is":"log"`), at(`{"is":"wall_end"`), at(`{"is":"entry","key":"setting/title"`)
	meta := at(`{"is":"entry","key":"meta"`)
	with := func(i int, old, now string) func([]string) []string {
		return func(l []string) []string {
			if !strings.Contains(l[i], old) {
				t.Fatalf("%q is not in %s", old, l[i])
			}
			l[i] = strings.Replace(l[i], old, now, 1)
			return l
		}
	}
	for what, c := range map[string]struct {
		change func([]string) []string
		says   string
	}{
		"no JSON":               {with(note, `{"is"`, `"is"`), fmt.Sprintf("line %d of the file: it is not a JSON object", note+1)},
		"an unknown kind":       {with(note, `"entry"`, `"entries"`), fmt.Sprintf(`line %d of the file: "entries" cannot stand here`, note+1)},
		"an unknown member":     {with(note, `"is":"entry"`, `"is":"entry","x":1`), fmt.Sprintf("line %d of the file: json: unknown field", note+1)},
		"no value":              {with(note, `"value"`, `"values"`), fmt.Sprintf("line %d", note+1)},
		"another note's value":  {with(note, `"id":"`, `"id":"x`), fmt.Sprintf("line %d of the file: wall: note/", note+1)},
		"a value of no kind":    {with(note, `"note/`, `"tone/`), fmt.Sprintf("line %d of the file: wall: tone/", note+1)},
		"a newer schema":        {with(meta, `"schema":1`, `"schema":2`), fmt.Sprintf("line %d of the file: wall: written by a newer version of this program: schema 2", meta+1)},
		"an entry twice":        {func(l []string) []string { l[note+1] = l[note]; return l }, fmt.Sprintf("line %d of the file: note/", note+2)},
		"a setting missing":     {func(l []string) []string { return append(l[:title:title], l[title+1:]...) }, fmt.Sprintf(`line %d of the file: wall: setting "title" is missing`, first+1)},
		"the log goes back":     {func(l []string) []string { l[logged+1] = l[logged]; return l }, fmt.Sprintf("line %d of the file: revision 2 does not follow 2", logged+2)},
		"the log goes too far":  {with(logged, `"revision":2`, `"revision":99`), fmt.Sprintf("line %d of the file: revision 99 is beyond", logged+1)},
		"events of no list":     {with(logged, `"events":[`, `"events":1,"x":[`), fmt.Sprintf("line %d", logged+1)},
		"entries after the log": {func(l []string) []string { l[logged+1] = l[note]; return l }, fmt.Sprintf(`line %d of the file: "entry" cannot stand here`, logged+2)},
		"a wrong count":         {with(ended, `"log":4`, `"log":5`), fmt.Sprintf("line %d of the file: the wall has", ended+1)},
		"a wall twice":          {func(l []string) []string { return append(l, l[first:ended+1]...) }, "stands in the file twice"},
		"a code of letters":     {with(first, `"111111"`, `"11111a"`), fmt.Sprintf(`line %d of the file: "11111a" is no join code`, first+1)},
		"another wall's code":   {with(first, `"code":"482715"`, `"code":"999999"`), fmt.Sprintf("line %d", first+1)},
		"a wall's new member":   {with(first, `"since"`, `"colour":1,"since"`), fmt.Sprintf("line %d of the file: json: unknown field", first+1)},
		"a record out of place": {func(l []string) []string { return append(l, l[record]) }, fmt.Sprintf(`line %d of the file: "record" cannot stand here`, len(lines)+1)},
		"a record of codes":     {with(record, `"people"`, `"codes"`), fmt.Sprintf(`line %d of the file: no record of the table "codes"`, record+1)},
		"keys unannounced":      {with(0, `"keys":true`, `"keys":false`), "line 2 of the file: no record"},
		"a newer form":          {with(0, `"version":1`, `"version":2`), "the file is of form 2, and this program knows forms up to 1"},
		"another file":          {with(0, `"is":"file"`, `"t":0`), "this is not a file of walls"},
		"a long line":           {with(note, `"text":"`, `"text":"`+strings.Repeat("x", carry.LineMost)), fmt.Sprintf("line %d of the file is longer", note+1)},
		"a wall without an end": {func(l []string) []string { return l[:len(l)-1] }, "lines are missing"},
	} {
		walls := 2
		if what == "a wall without an end" {
			walls = 1
		}
		err := tried(t, closed(c.change(append([]string{}, lines...)), walls))
		if err == nil {
			t.Errorf("%s: nobody noticed", what)
			continue
		}
		t.Run(what, func(t *testing.T) { refusedWith(t, err, wall.Invalid, c.says) })
	}
	if err := tried(t, nil); err == nil {
		t.Errorf("an empty file is a file of walls")
	}
}

// A store may hold what no file can: it is said, not written.
func TestWhatIsNotJSONIsNotWritten(t *testing.T) {
	for _, bad := range []string{"{", " {}", "{\n}", "\"\xff\""} {
		s := kinds[0].open(t)
		l := town(t, s, "boden", "482715")
		err := s.Commit(t.Context(), "boden", store.Batch{After: l.at, To: l.at.Revision + 1, Entries: []wall.Entry{{Key: "note/x", Value: []byte(bad)}}})
		if err != nil {
			t.Fatal(err)
		}
		var b bytes.Buffer
		if err := carry.Export(t.Context(), s, &b, carry.Wanted{}); err == nil || !strings.Contains(err.Error(), "note/x") {
			t.Errorf("%q: %v", bad, err)
		}
		if _, err := carry.Check(t.Context(), &b, nil); err == nil {
			t.Errorf("%q: the file that ends there passes", bad)
		}
	}
}

func FuzzCheck(f *testing.F) {
	f.Add([]byte(`{"is":"file","version":1,"made":"2026-11-25T18:00:00Z","keys":false}` + "\n"))
	f.Fuzz(func(t *testing.T, text []byte) {
		file, err := carry.Check(t.Context(), bytes.NewReader(text), nil)
		if err == nil && len(file.SHA256) != 64 {
			t.Errorf("%+v", file)
		}
	})
}
