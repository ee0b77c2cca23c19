package web

// reportWords are the report's own words.
type reportWords struct {
	Report, Organiser, Notes, Clusters, Questions, Answered, Voters, Archived, NoTotals,
	Loose, Nothing, Same, Dots, People, Answer, Promised, OnStage, Open, Elsewhere, Rehearsal string
}

// reportIn are they by language.
var reportIn = map[string]reportWords{
	"sv": {
		Report: "Sammanställning", Organiser: "Ansvarig", Notes: "lappar", Clusters: "grupper", Questions: "frågor",
		Answered: "besvarade", Voters: "personer har gett prickar", Archived: "lappar har lagts åt sidan av moderatorerna",
		NoTotals: "Antalet prickar visas inte ännu.", Loose: "Enskilda lappar", Nothing: "Inga lappar under det här temat.",
		Same: "Säger samma sak", Dots: "prickar", People: "personer", Answer: "Svar", Promised: "Svar utlovat till",
		OnStage: "Besvarad på scenen.", Open: "Inte besvarad ännu.", Elsewhere: "Under tidigare teman",
		Rehearsal: "Det här är en repetition.",
	},
	"en": {
		Report: "Report", Organiser: "Organiser", Notes: "notes", Clusters: "clusters", Questions: "questions",
		Answered: "answered", Voters: "people gave dots", Archived: "notes were set aside by the moderators",
		NoTotals: "The number of dots is not shown yet.", Loose: "Single notes", Nothing: "No notes under this theme.",
		Same: "Says the same", Dots: "dots", People: "people", Answer: "Answer", Promised: "Answer promised for",
		OnStage: "Answered on stage.", Open: "Not answered yet.", Elsewhere: "Under earlier themes",
		Rehearsal: "This is a rehearsal.",
	},
}
