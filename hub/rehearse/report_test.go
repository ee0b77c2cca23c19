package rehearse

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"openspacewall/hub/wall"
)

func TestReportHasTheFieldsThatArePromised(t *testing.T) {
	raw, err := json.Marshal(&Report{})
	if err != nil {
		t.Fatal(err)
	}
	var has map[string]any
	if err := json.Unmarshal(raw, &has); err != nil {
		t.Fatal(err)
	}
	for _, name := range strings.Fields("wall phones joined posted acknowledged delivered lost duplicated ack_p50_ms ack_p99_ms wall_p50_ms wall_p99_ms") {
		if _, is := has[name]; !is {
			t.Errorf("%s is missing", name)
		}
	}
}

func TestPercentilesAreNearestRanks(t *testing.T) {
	var of []time.Duration
	for ms := range 200 {
		of = append(of, time.Duration(200-ms)*time.Millisecond)
	}
	if p50, p99 := percentiles(of); p50 != 100 || p99 != 198 {
		t.Errorf("%g %g", p50, p99)
	}
	if p50, p99 := percentiles(of[:1]); p50 != 1 || p99 != 1 {
		t.Errorf("%g %g", p50, p99)
	}
	if p50, p99 := percentiles(nil); p50 != 0 || p99 != 0 {
		t.Errorf("%g %g", p50, p99)
	}
}

func TestTextsAreCutToWhatAWallTakes(t *testing.T) {
	for _, c := range []struct {
		text, kept string
		cut        bool
	}{
		{"  two  spaces ", "two spaces", false},
		{strings.Repeat("å", wall.LengthMax), strings.Repeat("å", wall.LengthMax), false},
		{strings.Repeat("å", wall.LengthMax+1), strings.Repeat("å", wall.LengthMax), true},
		{strings.Repeat("👩‍👩‍👧‍👦", 300), strings.Repeat("👩‍👩‍👧‍👦", wall.LengthMax*wall.BytesPer/len("👩‍👩‍👧‍👦")), true},
	} {
		send, kept, cut := fit(c.text)
		if kept != c.kept || cut != c.cut || (!cut && send != c.text) {
			t.Errorf("%.30q: %.30q (%d bytes), %v", c.text, kept, len(kept), cut)
		}
	}
	if title := fitTitle(strings.Repeat("å", 200)); wall.Graphemes(title) != wall.TitleMax || !strings.HasPrefix(title, "Rehearsal: å") {
		t.Errorf("title %q", title)
	}
}
