package web

import (
	"fmt"
	"strings"
)

// Count is a number and what it counts, in the form that goes with it.
func (reportWords) Count(n int, forms string) string {
	one, many, _ := strings.Cut(forms, "|")
	if n == 1 {
		many = one
	}
	return fmt.Sprintf("%d %s", n, many)
}

// Many is a word in the form for many.
func (reportWords) Many(forms string) string {
	_, many, _ := strings.Cut(forms, "|")
	return many
}

// reportWords are the report's own words. What is counted has two forms: for one, and for many.
type reportWords struct {
	Report, Organiser, Notes, Clusters, Questions, Answered, Voters, Archived, NoTotals,
	Loose, Nothing, Same, Dots, People, Answer, Promised, OnStage, Open, Elsewhere, Rehearsal string
}

// reportIn are they by language.
var reportIn = map[string]reportWords{
	"sv": {
		Report: "Sammanställning", Organiser: "Ansvarig", Notes: "lapp|lappar", Clusters: "grupp|grupper", Questions: "fråga|frågor",
		Answered: "besvarad|besvarade", Voters: "person har gett prickar|personer har gett prickar", Archived: "lapp har lagts åt sidan av moderatorerna|lappar har lagts åt sidan av moderatorerna",
		NoTotals: "Antalet prickar visas inte ännu.", Loose: "Enskilda lappar", Nothing: "Inga lappar under det här temat.",
		Same: "Säger samma sak", Dots: "prickar", People: "personer", Answer: "Svar", Promised: "Svar utlovat till",
		OnStage: "Besvarad på scenen.", Open: "Inte besvarad ännu.", Elsewhere: "Under tidigare teman",
		Rehearsal: "Det här är en repetition.",
	},
	"en": {
		Report: "Report", Organiser: "Organiser", Notes: "note|notes", Clusters: "cluster|clusters", Questions: "question|questions",
		Answered: "answered|answered", Voters: "person gave dots|people gave dots", Archived: "note was set aside by the moderators|notes were set aside by the moderators",
		NoTotals: "The number of dots is not shown yet.", Loose: "Single notes", Nothing: "No notes under this theme.",
		Same: "Says the same", Dots: "dots", People: "people", Answer: "Answer", Promised: "Answer promised for",
		OnStage: "Answered on stage.", Open: "Not answered yet.", Elsewhere: "Under earlier themes",
		Rehearsal: "This is a rehearsal.",
	},
}
