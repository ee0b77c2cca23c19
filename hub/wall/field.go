package wall

import "encoding/json"

// The fields that undo knows, each set and restored as a whole.
type (
	stateField struct {
		State State   `json:"state"`
		Live  State   `json:"live,omitempty"`
		Why   *Reason `json:"why,omitempty"`
		Due   Millis  `json:"due,omitempty"`
	}
	placeField struct {
		Cluster string  `json:"cluster,omitempty"`
		Order   float64 `json:"order,omitempty"`
	}
)

// field is a field of a note as undo keeps it.
func (n *Note) field(name string) JSON {
	switch name {
	case "state":
		return encode(stateField{n.State, n.Live, n.Why, n.Due})
	case "place":
		return encode(placeField{n.Cluster, n.Order})
	case "theme":
		return encode(n.Theme)
	case "merged":
		return encode(n.Merged)
	case "answer":
		return encode(n.Answer)
	case "reports":
		return encode(n.Reports)
	}
	return nil
}

// restore sets a field of a note to what undo kept.
func (n *Note) restore(name string, was JSON) error {
	switch name {
	case "state":
		var f stateField
		err := json.Unmarshal(was, &f)
		n.State, n.Live, n.Why, n.Due = f.State, f.Live, f.Why, f.Due
		return err
	case "place":
		var f placeField
		err := json.Unmarshal(was, &f)
		n.Cluster, n.Order = f.Cluster, f.Order
		return err
	case "theme":
		return json.Unmarshal(was, &n.Theme)
	case "merged":
		return json.Unmarshal(was, &n.Merged)
	case "answer":
		n.Answer = nil
		return json.Unmarshal(was, &n.Answer)
	case "reports":
		n.Reports = nil
		return json.Unmarshal(was, &n.Reports)
	}
	return nil
}

// field is a field of a cluster as undo keeps it.
func (c *Cluster) field(name string) JSON {
	switch name {
	case "name":
		return encode(c.Name)
	case "theme":
		return encode(c.Theme)
	case "top":
		return encode(c.Top)
	case "dissolved":
		return encode(c.Dissolved)
	}
	return nil
}

// restore sets a field of a cluster to what undo kept.
func (c *Cluster) restore(name string, was JSON) error {
	switch name {
	case "name":
		return json.Unmarshal(was, &c.Name)
	case "theme":
		return json.Unmarshal(was, &c.Theme)
	case "top":
		return json.Unmarshal(was, &c.Top)
	case "dissolved":
		return json.Unmarshal(was, &c.Dissolved)
	}
	return nil
}
