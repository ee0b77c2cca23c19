package wall

import "slices"

// standing is a cluster that is not dissolved.
func (t *turn) standing(id string) (*Cluster, *Refusal) {
	c := t.w.clusters[id]
	if c == nil {
		return nil, notFound("c:" + id)
	}
	if c.Dissolved {
		return nil, gone("c:" + id)
	}
	return c, nil
}

func (t *turn) makeCluster(c MakeCluster) *Refusal {
	label, no := name(c.Name, "name", NameMax)
	if no != nil {
		return no
	}
	if label == "" {
		return &Refusal{Code: Empty, Field: "name", Text: "a cluster has a name"}
	}
	sent := digest(c.Theme, label)
	if k := t.w.clusters[c.ID]; k != nil {
		if k.Sent == sent {
			return nil
		}
		return &Refusal{Code: Conflict, Text: "another cluster has this id", Item: "c:" + c.ID}
	}
	if no := t.under(c.Theme); no != nil {
		return no
	}
	if t.w.index.clusters >= ClustersMax {
		return &Refusal{Code: TooMany, Text: "too many clusters", Max: ClustersMax}
	}
	notes, no := t.picked(c.Notes, func(*Note) bool { return false })
	if no != nil {
		return no
	}
	k := &Cluster{ID: c.ID, Name: label, Theme: c.Theme, At: t.at, Sent: sent}
	t.e.left.clusters = append(t.e.left.clusters, k)
	t.field(&k.Mark, "c:"+k.ID, "dissolved", encode(true))
	k.walk(t.step(ClusterMade, nil))
	t.did(ClusterMade, "c:"+k.ID)
	for i, n := range notes {
		m := t.change(n, "place")
		m.Cluster, m.Order = k.ID, float64(i+1)
		m.walk(t.step(NotesGathered, nil))
		t.did(ClusterMade, "n:"+n.ID)
	}
	t.e.To = "c:" + k.ID
	return nil
}

func (t *turn) nameCluster(c NameCluster) *Refusal {
	k, no := t.standing(c.Cluster)
	if no != nil {
		return no
	}
	label, no := name(c.Name, "name", NameMax)
	if no != nil {
		return no
	}
	if label == "" {
		return &Refusal{Code: Empty, Field: "name", Text: "a cluster has a name"}
	}
	theme, top := c.Theme, k.Top
	if theme == "" {
		theme = k.Theme
	}
	if c.Top != nil {
		top = *c.Top
	}
	if k.Name == label && k.Theme == theme && k.Top == top {
		return nil
	}
	if no := t.changed("c:"+k.ID, &k.Mark); no != nil {
		return no
	}
	if theme != k.Theme {
		if no := t.under(theme); no != nil {
			return no
		}
	}
	if top != k.Top && top != "" {
		if n := t.w.notes[top]; n == nil || n.Cluster != k.ID {
			return notFound("n:" + top)
		}
	}
	if k.Name != label {
		k = t.cluster(k, "name")
	}
	if k.Theme != theme {
		k = t.cluster(k, "theme")
	}
	if k.Top != top {
		k = t.cluster(k, "top")
	}
	k.Name, k.Theme, k.Top = label, theme, top
	k.walk(t.step(ClusterNamed, nil))
	t.did(ClusterNamed, "c:"+k.ID)
	return nil
}

// inOrder are the notes in a cluster, in their order.
func (w *Wall) inOrder(cluster string) []*Note {
	members := w.index.members[cluster]
	out := make([]*Note, 0, len(members))
	for id := range members {
		out = append(out, w.notes[id])
	}
	slices.SortFunc(out, func(a, b *Note) int {
		switch {
		case a.Order < b.Order, a.Order == b.Order && a.ID < b.ID:
			return -1
		}
		return 1
	})
	return out
}

func (t *turn) gather(c GatherNotes) *Refusal {
	k, no := t.standing(c.Cluster)
	if no != nil {
		return no
	}
	if before := t.w.notes[c.Before]; c.Before != "" && (before == nil || before.Cluster != k.ID) {
		return notFound("n:" + c.Before)
	}
	if slices.Contains(c.Notes, c.Before) {
		return invalid("before", "a note cannot stand before itself")
	}
	want := make(set, len(c.Notes))
	var list []string
	for _, id := range c.Notes {
		if _, twice := want[id]; !twice {
			want.add(id)
			list = append(list, id)
		}
	}
	all := t.w.inOrder(k.ID)
	if inPlace(all, list, c.Before) {
		return nil
	}
	notes, no := t.picked(list, func(*Note) bool { return false })
	if no != nil {
		return no
	}
	rest := slices.DeleteFunc(all, func(n *Note) bool { _, moves := want[n.ID]; return moves })
	at := len(rest)
	if c.Before != "" {
		at = slices.IndexFunc(rest, func(n *Note) bool { return n.ID == c.Before })
	}
	orders, fits := between(rest, at, len(notes))
	if !fits {
		return t.reorder(k, slices.Insert(rest, at, notes...), want)
	}
	for i, n := range notes {
		t.put(n, k.ID, orders[i])
	}
	t.e.To = "c:" + k.ID
	return nil
}

// put gives a note its place in a cluster.
func (t *turn) put(n *Note, cluster string, order float64) {
	m := t.change(n, "place")
	m.Cluster, m.Order = cluster, order
	m.walk(t.step(NotesGathered, nil))
	t.did(NotesGathered, "n:"+n.ID)
}

// reorder counts a cluster's notes anew, when there is no number left between
// two. Those that were not named only change their number, not their place.
func (t *turn) reorder(k *Cluster, all []*Note, named set) *Refusal {
	for i, n := range all {
		if _, ok := named[n.ID]; ok {
			t.put(n, k.ID, float64(i+1))
		} else if n.Order != float64(i+1) {
			t.change(n, "place").Order = float64(i + 1)
		}
	}
	t.e.To = "c:" + k.ID
	return nil
}

// inPlace says that notes already stand in this order before another, or last.
func inPlace(all []*Note, list []string, before string) bool {
	end := len(all)
	if before != "" {
		end = slices.IndexFunc(all, func(n *Note) bool { return n.ID == before })
	}
	from := end - len(list)
	if from < 0 {
		return false
	}
	for i, id := range list {
		if all[from+i].ID != id {
			return false
		}
	}
	return true
}

// between are n numbers in the gap before rest[at], and whether they fit.
func between(rest []*Note, at, n int) ([]float64, bool) {
	low := 0.0
	if at > 0 {
		low = rest[at-1].Order
	}
	step := 1.0
	if at < len(rest) {
		step = (rest[at].Order - low) / float64(n+1)
	}
	out := make([]float64, n)
	for i := range out {
		out[i] = low + step*float64(i+1)
	}
	return out, step > 1e-6
}

func (t *turn) scatter(c Scatter) *Refusal {
	notes, no := t.picked(c.Notes, func(n *Note) bool { return n.Cluster == "" })
	if no != nil {
		return no
	}
	t.each(notes, NotesScattered, nil, "place", (*Note).leave)
	return nil
}

func (n *Note) leave() { n.Cluster, n.Order = "", 0 }

func (t *turn) dissolve(c Dissolve) *Refusal {
	k := t.w.clusters[c.Cluster]
	if k == nil {
		return notFound("c:" + c.Cluster)
	}
	if k.Dissolved {
		return nil
	}
	if no := t.changed("c:"+k.ID, &k.Mark); no != nil {
		return no
	}
	notes := t.w.inOrder(k.ID)
	if len(notes) >= ManyMax {
		return &Refusal{Code: TooMany, Text: "too many items in one act", Max: ManyMax}
	}
	for _, n := range notes {
		if no := t.changed("n:"+n.ID, &n.Mark); no != nil {
			return no
		}
	}
	k = t.cluster(k, "dissolved")
	k.Dissolved = true
	k.walk(t.step(ClusterEnded, nil))
	t.did(ClusterEnded, "c:"+k.ID)
	t.each(notes, ClusterEnded, nil, "place", (*Note).leave)
	return nil
}
