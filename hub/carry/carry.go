// Package carry moves walls between stores, as a file: from a laptop to a
// server, from one kind of store to another, and into a drawer as a backup.
// FORMAT.md tells the file's form, and what becomes of codes, links and people.
//
//	Export  walls, their history and what belongs to them → file
//	Check   file → what is in it, or the line that is wrong
//	Import  file → walls that nobody can see before all of them are whole
//
// An exported wall is one consistent reading of a store that may be in use. An
// imported one keeps its revisions and begins another epoch, so that a phone
// that knew it elsewhere takes a new picture.
//
// It knows stores and walls only. Of the installation's tables, which are
// package web's, it knows as much as stands in tables.go.
package carry

import (
	"fmt"
	"io"
	"time"

	"openspacewall/hub/wall"
)

// version is of the file's form. A file with a greater one is not read.
const version = 1

// LineMost is the longest line that is read, in bytes: the events of a commit of
// a thousand commands are a tenth of it.
const LineMost = 16 << 20

// Wanted is what to export.
type Wanted struct {
	Code string    // of one wall, by any of its join codes; empty: all walls but rehearsals
	Keys bool      // with them the installation's key, its moderators, their links and logins
	At   time.Time // the time that the file says it was made
}

// Options say how to import.
type Options struct {
	SHA256      string // of the file, as Check has given it
	WithoutKeys bool   // leave the installation's key and people out, though the file has them
	// Random is where epochs, and codes for those that are taken, come from.
	Random io.Reader
	// Progress, if given, is called after every line.
	Progress func(Progress)
}

// Progress is how far it has come.
type Progress struct {
	Wall         string // the title of the one under way, or its id
	Entries, Log int    // of that wall, so far
}

// File is what is in a file.
type File struct {
	Made   string // RFC 3339
	Keys   bool
	Walls  []Summary
	SHA256 string
}

// Summary is a wall in a file.
type Summary struct {
	ID, Title, Code string
	Revision        uint64
	Entries, Log    int
}

// Result is what an import did.
type Result struct {
	Walls []Arrived `json:"walls"`
	Keys  bool      `json:"keys"` // the installation's key has come along
}

// Arrived is a wall that is here now.
type Arrived struct {
	ID    string   `json:"id"`
	Title string   `json:"title"`
	Code  string   `json:"code"`
	Was   string   `json:"was,omitempty"`  // its code before, if that is another wall's here
	Lost  []string `json:"lost,omitempty"` // older codes of it that are another wall's here
	Here  bool     `json:"here"`           // it had been imported from this file before
}

// invalid is a refusal that is about the file.
func invalid(format string, args ...any) error {
	return &wall.Refusal{Code: wall.Invalid, Text: fmt.Sprintf(format, args...)}
}

// conflict is a refusal that is about what is here already.
func conflict(format string, args ...any) error {
	return &wall.Refusal{Code: wall.Conflict, Text: fmt.Sprintf(format, args...)}
}
