package wall

// Entry is a piece of a wall as a store keeps it. Key is "note/<id>",
// "cluster/<id>", "ballot/<person>", "person/<id>", "act/<revision>",
// "setting/<name>" or "meta"; Value is JSON, nil when the piece is gone.
type Entry struct {
	Key   string
	Value []byte
}
