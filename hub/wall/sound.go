package wall

import (
	"encoding/json"
	"slices"
)

// sound refuses to return to what other acts have made impossible since.
func (t *turn) sound() *Refusal {
	w := t.w
	for _, n := range t.e.left.notes {
		if k := t.clusterNow(n.Cluster); n.Cluster != "" && (k == nil || k.Dissolved) {
			return conflict("c:"+n.Cluster, last(w.clusters[n.Cluster].Trail))
		}
		for up, hops := n, 0; up.Merged != ""; hops++ {
			up = t.note(up.Merged)
			if up.State.Final() || hops > ManyMax {
				return conflict("n:"+up.ID, last(up.Trail))
			}
		}
		if n.State != Erased && !slices.ContainsFunc(t.themesNow(), func(th Theme) bool { return th.ID == n.Theme }) {
			return conflict("s:themes", last(w.kept["themes"].Trail))
		}
	}
	for _, k := range t.e.left.clusters {
		if !k.Dissolved && w.clusters[k.ID].Dissolved && w.index.clusters >= ClustersMax {
			return &Refusal{Code: TooMany, Text: "too many clusters", Max: ClustersMax}
		}
		if k.Dissolved && !w.clusters[k.ID].Dissolved {
			if no := t.emptied(k.ID); no != nil {
				return no
			}
		}
		if !k.Dissolved && !slices.ContainsFunc(t.themesNow(), func(th Theme) bool { return th.ID == k.Theme }) {
			return conflict("s:themes", last(w.kept["themes"].Trail))
		}
	}
	return t.soundSettings()
}

// emptied refuses to take back a cluster that notes were put into since.
func (t *turn) emptied(cluster string) *Refusal {
	for _, id := range sorted(t.w.index.members[cluster]) {
		if n := t.note(id); n.Cluster == cluster {
			return conflict("n:"+id, last(n.Trail))
		}
	}
	return nil
}

// soundSettings refuses to lose what is in use, and one display too many.
func (t *turn) soundSettings() *Refusal {
	for _, s := range t.e.left.settings {
		var v any
		switch s.name {
		case "themes":
			v = t.themesNow()
		case "kinds":
			var kinds []Kind
			if json.Unmarshal(s.Value, &kinds) == nil {
				v = kinds
			}
		case "displays":
			var shows map[string]Display
			if json.Unmarshal(s.Value, &shows) == nil && len(shows) > DisplaysMax {
				return &Refusal{Code: TooMany, Text: "too many displays", Max: DisplaysMax}
			}
		}
		if no := t.inUse(v); no != nil {
			return no
		}
	}
	return nil
}

// clusterNow is a cluster as this command leaves it.
func (t *turn) clusterNow(id string) *Cluster {
	for _, k := range t.e.left.clusters {
		if k.ID == id {
			return k
		}
	}
	return t.w.clusters[id]
}

// themesNow are the themes as this command leaves them.
func (t *turn) themesNow() []Theme {
	for _, s := range t.e.left.settings {
		var themes []Theme
		if s.name == "themes" && json.Unmarshal(s.Value, &themes) == nil {
			return themes
		}
	}
	return t.w.settings.Themes
}

func last(trail []Step) Step {
	if len(trail) == 0 {
		return Step{}
	}
	return trail[len(trail)-1]
}
