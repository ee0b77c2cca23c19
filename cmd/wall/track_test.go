package main

import (
	"bytes"
	"io"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"openspacewall/hub/carry"
)

// What is quick says nothing; what is not says now and then how far it is.
func TestProgressIsToldAfterASecond(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var out bytes.Buffer
		tr := newTrack(&out, "importing", 200)
		file := tr.count(strings.NewReader(strings.Repeat("x", 200)))
		step := func(bytes int, entries int) {
			if _, err := io.CopyN(io.Discard, file, int64(bytes)); err != nil {
				t.Fatal(err)
			}
			tr.progress(carry.Progress{Wall: "Bo\x1bden", Entries: entries, Log: 1})
		}
		for range 9 {
			step(10, 5)
			time.Sleep(trackAfter / 10)
		}
		if out.Len() != 0 {
			t.Errorf("told too soon: %q", &out)
		}
		time.Sleep(trackAfter)
		step(10, 6)
		step(10, 7)
		time.Sleep(trackEvery)
		step(50, 8)
		tr.end()
		time.Sleep(time.Minute)
		step(10, 9)
		if want := "importing 50 %  Boden: 5 entries, 1 in its log\nimporting 80 %  Boden: 7 entries, 1 in its log\n"; out.String() != want {
			t.Errorf("told %q, want %q", &out, want)
		}
	})
}
