package web

import (
	"fmt"
	"strings"
	"time"
)

// Count is a number and what it counts, in the form that goes with it.
func (reportWords) Count(n int, forms string) string {
	return fmt.Sprintf("%d %s", n, reportWords{}.form(n, forms))
}

// form is the form that goes with a number.
func (reportWords) form(n int, forms string) string {
	one, many, _ := strings.Cut(forms, "|")
	if n == 1 {
		return one
	}
	return many
}

// votes are a target's, or nothing.
func (w reportWords) votes(dots, people int) string {
	if dots == 0 {
		return ""
	}
	return fmt.Sprintf("%s %s %s", w.Count(dots, w.Dots), w.From, w.Count(people, w.People))
}

// Many is a word in the form for many.
func (reportWords) Many(forms string) string {
	_, many, _ := strings.Cut(forms, "|")
	return many
}

// Date is a promise's date, as people write it; what is none stays as it is.
func (w reportWords) Date(promise string) string {
	at, err := time.Parse(time.DateOnly, promise)
	if err != nil {
		return promise
	}
	return fmt.Sprintf("%d %s %d", at.Day(), strings.Fields(w.Months)[at.Month()-1], at.Year())
}

// reportWords are the report's own words. What is counted has two forms: for one, and for many.
type reportWords struct {
	Report, Top, Organiser, Notes, Clusters, Questions, Answered, Voters, Archived, NoTotals,
	Loose, Nothing, Dots, From, People, Promised, OnStage, Open, Elsewhere, Rehearsal, Months string
}

// reportIn are they by language.
var reportIn = map[string]reportWords{
	"sv": {
		Report: "Sammanställning", Top: "Det här är viktigast", Organiser: "Ansvarig", Notes: "lapp|lappar", Clusters: "grupp|grupper", Questions: "fråga|frågor",
		Answered: "besvarad|besvarade", Voters: "person har röstat|personer har röstat", Archived: "lapp har lagts åt sidan av moderatorerna|lappar har lagts åt sidan av moderatorerna",
		NoTotals: "Antalet röster visas inte ännu.", Loose: "Enskilda lappar", Nothing: "Inga lappar under det här temat.",
		Dots: "röst|röster", From: "från", People: "person|personer", Promised: "Svar utlovat till",
		OnStage: "Besvarad på scenen.", Open: "Inte besvarad ännu.", Elsewhere: "Under tidigare teman",
		Rehearsal: "Det här är en repetition.",
		Months:    "januari februari mars april maj juni juli augusti september oktober november december",
	},
	"en": {
		Report: "Report", Top: "This matters most", Organiser: "Organiser", Notes: "note|notes", Clusters: "group|groups", Questions: "question|questions",
		Answered: "answered|answered", Voters: "person has voted|people have voted", Archived: "note was set aside by the moderators|notes were set aside by the moderators",
		NoTotals: "The number of votes is not shown yet.", Loose: "Single notes", Nothing: "No notes under this theme.",
		Dots: "vote|votes", From: "from", People: "person|people", Promised: "Answer promised for",
		OnStage: "Answered on stage.", Open: "Not answered yet.", Elsewhere: "Under earlier themes",
		Rehearsal: "This is a rehearsal.",
		Months:    "January February March April May June July August September October November December",
	},
}
