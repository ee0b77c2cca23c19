package web

import (
	"cmp"
	"maps"
	"net/http"
	"slices"

	"openspacewall/hub/wall"
)

// The report's model: the hall's view of a wall, put into an order to be read.
type (
	report struct {
		Lang      string
		W         reportWords
		Title     string
		Question  string
		Organiser wall.Organiser
		Rehearsal bool

		Counts   []reportCount
		Archived int
		Totals   bool

		Top      []reportTop // what got most votes, when the hall may know
		Themes   []reportTheme
		Answers  []reportNote // the questions, answered ones first
		Orphaned []reportNote // of themes that are no more
	}
	reportTheme struct {
		Name     string
		Paper    int
		Clusters []reportCluster
		Loose    []reportNote
	}
	reportCount struct {
		N  int
		Of string
	}
	// reportTop is a place among what got most votes. What got as many shares it.
	reportTop struct {
		Place       int
		Name, Theme string
		Votes       string
		dots        int
	}
	reportCluster struct {
		Name  string
		Votes string
		Notes []reportNote
		dots  int
	}
	reportNote struct {
		Text, Lang, Dir string
		Question        bool
		Votes           string
		Same            []reportNote // that say the same
		Answer          *wall.Answer

		id    string
		at    wall.Millis
		theme string
		order float64

		dots int
	}
)

// mayRead says who reads the report: the desk always, everyone once the
// results are shown.
func mayRead(c caller, wallID string, phase wall.Phase) bool {
	return c.may(moderate, wallID) || phase == wall.Results || phase == wall.Closed
}

func (s *Server) showReport(w http.ResponseWriter, r *http.Request) {
	p, c, ok := s.here(w, r)
	if !ok {
		return
	}
	settings, err := s.Hub.Settings(r.Context(), p.ID)
	if err != nil {
		s.fail(w, r, err)
		return
	}
	if !mayRead(c, p.ID, settings.Phase) {
		s.sorry(w, r, http.StatusForbidden, "no_report")
		return
	}
	// What is printed is what the hall may see; the desk's view only counts.
	hall, err := s.Hub.Snapshot(r.Context(), p.ID, wall.Hall)
	if err != nil {
		s.fail(w, r, err)
		return
	}
	desk, err := s.Hub.Snapshot(r.Context(), p.ID, wall.Desk)
	if err != nil {
		s.fail(w, r, err)
		return
	}
	archived := 0
	for _, n := range desk.Notes {
		if n != nil && n.State == wall.Archived {
			archived++
		}
	}
	s.render(w, r, http.StatusOK, "report.html", writeReport(settings, hall, archived))
}

// writeReport puts a wall into an order to be read: themes as they stand,
// what has most dots first, then the oldest.
func writeReport(settings wall.Settings, hall wall.Delta, archived int) report {
	lang := settings.Language
	if _, ours := reportIn[lang]; !ours {
		lang = "en"
	}
	out := report{
		Lang: lang, W: reportIn[lang], Title: settings.Title, Question: in(settings.Question, lang),
		Organiser: settings.Organiser, Rehearsal: settings.Rehearsal, Archived: archived, Totals: !hall.Hidden,
	}
	notes := map[string]*reportNote{}
	for id, v := range hall.Notes {
		if v == nil {
			continue
		}
		n := &reportNote{Text: v.Text, Lang: v.Lang, Dir: v.Dir, Question: asks(settings.Kinds, v.Kind), Answer: v.Answer,
			id: id, at: v.At, theme: v.Theme, order: v.Order}
		total := hall.Totals["n:"+id]
		n.dots, n.Votes = total.Dots, out.W.votes(total.Dots, total.People)
		notes[id] = n
	}
	behind := map[string][]string{} // by the note that stands for them
	for id := range notes {
		if into := hall.Notes[id].Merged; notes[into] != nil {
			behind[into] = append(behind[into], id)
		}
	}

	loose, members := map[string][]reportNote{}, map[string][]reportNote{}
	for id, n := range notes {
		v := hall.Notes[id]
		if notes[v.Merged] != nil {
			continue // it stands behind that note
		}
		n.Same = same(id, behind, notes)
		if n.Question {
			out.Answers = append(out.Answers, *n)
		}
		if c := hall.Clusters[v.Cluster]; c != nil {
			members[v.Cluster] = append(members[v.Cluster], *n)
		} else {
			loose[n.theme] = append(loose[n.theme], *n)
		}
	}
	clusters := map[string][]reportCluster{}
	for id, ns := range members {
		v := hall.Clusters[id]
		slices.SortFunc(ns, func(a, b reportNote) int {
			return cmp.Or(-cmp.Compare(top(v, a), top(v, b)), cmp.Compare(a.order, b.order), cmp.Compare(a.at, b.at), cmp.Compare(a.id, b.id))
		})
		total := hall.Totals["c:"+id]
		clusters[v.Theme] = append(clusters[v.Theme], reportCluster{
			Name: v.Name, Votes: out.W.votes(total.Dots, total.People), Notes: ns, dots: total.Dots,
		})
	}
	for _, t := range settings.Themes {
		cs, ns := clusters[t.ID], loose[t.ID]
		slices.SortFunc(cs, func(a, b reportCluster) int {
			return cmp.Or(-cmp.Compare(a.dots, b.dots), cmp.Compare(a.Name, b.Name))
		})
		slices.SortFunc(ns, byDots)
		theme := reportTheme{Name: in(t.Name, lang), Paper: t.Paper, Clusters: cs, Loose: ns}
		out.Themes = append(out.Themes, theme)
		out.Top = append(out.Top, theme.voted()...)
		delete(loose, t.ID)
	}
	out.Top = places(out.Top)
	for _, ns := range loose {
		out.Orphaned = append(out.Orphaned, ns...)
	}
	slices.SortFunc(out.Orphaned, byDots)
	out.Counts = out.count(len(notes), len(members), hall.Voters)
	slices.SortFunc(out.Answers, func(a, b reportNote) int {
		return cmp.Or(cmp.Compare(waits(a), waits(b)), byDots(a, b))
	})
	return out
}

// count are the numbers at the top.
func (r report) count(notes, clusters int, voters *int) []reportCount {
	answered := 0
	for _, n := range r.Answers {
		if n.Answer != nil && n.Answer.Promise == "" {
			answered++
		}
	}
	counts := []reportCount{
		{notes, r.W.form(notes, r.W.Notes)},
		{clusters, r.W.form(clusters, r.W.Clusters)},
		{len(r.Answers), r.W.form(len(r.Answers), r.W.Questions)},
		{answered, r.W.form(answered, r.W.Answered)},
	}
	if voters != nil {
		counts = append(counts, reportCount{*voters, r.W.form(*voters, r.W.Voters)})
	}
	return counts
}

// voted are a theme's groups and single notes that got votes.
func (t reportTheme) voted() []reportTop {
	var all []reportTop
	for _, c := range t.Clusters {
		all = append(all, reportTop{Name: c.Name, Theme: t.Name, Votes: c.Votes, dots: c.dots})
	}
	for _, n := range t.Loose {
		all = append(all, reportTop{Name: n.Text, Theme: t.Name, Votes: n.Votes, dots: n.dots})
	}
	return slices.DeleteFunc(all, func(r reportTop) bool { return r.dots == 0 })
}

// places are the first six places, as on the wall.
func places(all []reportTop) []reportTop {
	slices.SortStableFunc(all, func(a, b reportTop) int { return -cmp.Compare(a.dots, b.dots) })
	for i := range all {
		all[i].Place = i + 1
		if i > 0 && all[i].dots == all[i-1].dots {
			all[i].Place = all[i-1].Place
		}
	}
	return all[:min(6, len(all))]
}

// same are the notes that stand behind one, those behind them included.
func same(id string, behind map[string][]string, notes map[string]*reportNote) []reportNote {
	var all []reportNote
	for _, other := range behind[id] {
		all = append(all, *notes[other])
		all = append(all, same(other, behind, notes)...)
	}
	slices.SortFunc(all, func(a, b reportNote) int { return cmp.Or(cmp.Compare(a.at, b.at), cmp.Compare(a.id, b.id)) })
	return all
}

func byDots(a, b reportNote) int {
	return cmp.Or(-cmp.Compare(a.dots, b.dots), cmp.Compare(a.at, b.at), cmp.Compare(a.id, b.id))
}

// waits orders questions: answered, promised, open.
func waits(n reportNote) int {
	switch {
	case n.Answer == nil:
		return 2
	case n.Answer.Promise != "":
		return 1
	default:
		return 0
	}
}

func top(c *wall.ClusterView, n reportNote) int {
	if c.Top == n.id {
		return 1
	}
	return 0
}

// asks says that a kind of note is a question.
func asks(kinds []wall.Kind, id string) bool {
	return slices.ContainsFunc(kinds, func(k wall.Kind) bool { return k.ID == id && k.Mark != "" })
}

// in is a text in a language, or in any other there is.
func in(words wall.Words, lang string) string {
	for _, tag := range []string{lang, "sv", "en"} {
		if text := words[tag]; text != "" {
			return text
		}
	}
	for _, tag := range slices.Sorted(maps.Keys(words)) {
		if words[tag] != "" {
			return words[tag]
		}
	}
	return ""
}
