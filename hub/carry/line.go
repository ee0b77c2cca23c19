package carry

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"unicode/utf8"
)

// The lines of a file, by what they are: see FORMAT.md.
type (
	fileLine struct {
		Is      string `json:"is"` // "file"
		Version int    `json:"version"`
		Made    string `json:"made"`
		Keys    bool   `json:"keys"`
	}
	recordLine struct {
		Is    string          `json:"is"` // "record"
		Table string          `json:"table"`
		Key   string          `json:"key"`
		Value json.RawMessage `json:"value,omitempty"`
		Bytes []byte          `json:"bytes,omitempty"` // of what is not JSON
	}
	wallLine struct {
		Is       string     `json:"is"` // "wall"
		Wall     string     `json:"wall"`
		Epoch    string     `json:"epoch"`
		Revision uint64     `json:"revision"`
		Record   wallRecord `json:"record"`
		Codes    []string   `json:"codes"`
	}
	entryLine struct {
		Is    string          `json:"is"` // "entry"
		Key   string          `json:"key"`
		Value json.RawMessage `json:"value"`
	}
	logLine struct {
		Is       string          `json:"is"` // "log"
		Revision uint64          `json:"revision"`
		Events   json.RawMessage `json:"events"`
	}
	wallEndLine struct {
		Is      string `json:"is"` // "wall_end"
		Wall    string `json:"wall"`
		Entries int    `json:"entries"`
		Log     int    `json:"log"`
	}
	fileEndLine struct {
		Is     string `json:"is"` // "file_end"
		Walls  int    `json:"walls"`
		Lines  int    `json:"lines"`  // before this one
		SHA256 string `json:"sha256"` // of all bytes before this line
	}
)

// kindOf is what a line is.
func kindOf(text []byte) (string, error) {
	var k struct {
		Is string `json:"is"`
	}
	if err := json.Unmarshal(text, &k); err != nil {
		return "", fmt.Errorf("it is not a JSON object: %w", err)
	}
	return k.Is, nil
}

// decode reads a line strictly: a member that is not known may be what matters.
func decode(text []byte, into any) error {
	d := json.NewDecoder(bytes.NewReader(text))
	d.DisallowUnknownFields()
	if err := d.Decode(into); err != nil {
		return err
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return errors.New("something follows the object")
	}
	return nil
}

// valueLine is a line whose last member is a value as it is stored, byte for
// byte: an encoder would write it in its own way.
func valueLine(b []byte, head any, member string, value []byte) ([]byte, error) {
	if !json.Valid(value) || !utf8.Valid(value) || bytes.ContainsAny(value, "\r\n") || len(bytes.TrimSpace(value)) != len(value) {
		return nil, errors.New("the value is not JSON on one line")
	}
	text, err := json.Marshal(head)
	if err != nil {
		return nil, err
	}
	b = append(b, text[:len(text)-1]...)
	b = append(b, `,"`+member+`":`...)
	b = append(b, value...)
	return append(b, "}\n"...), nil
}
