package yardstick

import (
	"strings"
	"testing"
	"time"

	"openspacewall/hub/wall"
)

// The negative controls of several hubs: a note that was lost, a vote that was
// counted though nobody asked for it.
func TestWhatHubsLoseIsFound(t *testing.T) {
	c := comparison(t)
	th, err := openThrong(t.Context(), c.Program, 2, 8, time.Second)
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := th.close(); err != nil {
			t.Error(err)
		}
	}()
	if _, err := th.write(t.Context(), 100*time.Millisecond); err != nil {
		t.Fatal(err)
	}
	found := func(want string) {
		t.Helper()
		if err := th.exact(t.Context(), 300*time.Millisecond); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v, not %q", err, want)
		}
	}
	last := th.crowds[quarters-1]
	last.Phone(0).Ask(-1, func(n uint64) []byte { return th.wall.Vote(n, ballotNotes-1, 2) })
	if err := until(t.Context(), 10*time.Second, func() bool { return last.Open() == 0 }); err != nil {
		t.Fatal(err)
	}
	found("; 0 of 2 phones")
	for i, c := range th.crowds {
		if err := until(t.Context(), 10*time.Second, func() bool {
			a, b := c.Phone(0).Totals(), c.Phone(1).Totals()
			return a != nil && b != nil && a.Over == 2 && b.Over == 2
		}); err != nil {
			t.Errorf("at hub %d the vote is not seen: %v, %v", i%2, c.Phone(0).Totals(), c.Phone(1).Totals())
		}
	}
	th.notes.Add(1)
	found("; of notes 2 are missing")
}

// What a throng's votes come to is what an independent count of them comes to.
func TestVotesOfAThrong(t *testing.T) {
	th := &throng{asked: [][]int{{0, 1, 4, 9}, {10, 11, 15}, {20, 23}, {1000, 1007}}}
	want := map[int]wall.Total{}
	for c, asked := range th.asked {
		for phone, last := range asked {
			dots := map[int]int{}
			for n := 1; n <= last; n++ {
				if number, d, post := vote(phone*quarters+c, n); !post {
					dots[number] = d
				}
			}
			for number, d := range dots {
				if d > 0 {
					want[number] = wall.Total{Dots: want[number].Dots + d, People: want[number].People + 1}
				}
			}
		}
	}
	got := th.totals()
	if len(got) != len(want) {
		t.Errorf("%v, want %v", got, want)
	}
	for number, total := range want {
		if got[number] != total {
			t.Errorf("%d: %v, want %v", number, got[number], total)
		}
	}
}
