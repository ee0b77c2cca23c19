package carry

import (
	"bufio"
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"hash"
	"io"
	"maps"
	"slices"
	"strings"
	"time"

	"openspacewall/hub/store"
	"openspacewall/hub/wall"
)

// logPage is how many log entries are read at a time.
const logPage = 100

// Export writes a file of walls. The store may be in use: each wall is one
// consistent reading. It holds one wall's entries in memory at a time.
//
// Nothing is written before the walls are found; a file that an error has cut
// short has no last line, and is refused by Check and Import.
func Export(ctx context.Context, s store.Store, to io.Writer, want Wanted) error {
	walls, err := find(ctx, s, want.Code)
	if err != nil {
		return err
	}
	x := &exporter{store: s, sum: sha256.New()}
	x.to = bufio.NewWriterSize(io.MultiWriter(to, x.sum), 64<<10)
	x.line(fileLine{Is: "file", Version: version, Made: want.At.UTC().Format(time.RFC3339), Keys: want.Keys})
	if want.Keys {
		if err := x.records(ctx, walls); err != nil {
			return err
		}
	}
	for _, w := range walls {
		if err := x.wall(ctx, w); err != nil {
			return fmt.Errorf("carry: wall %s: %w", w.Wall, err)
		}
	}
	if err := x.to.Flush(); err != nil { // the sum is of all that stands before the last line
		return err
	}
	x.line(fileEndLine{Is: "file_end", Walls: len(walls), Lines: x.lines, SHA256: hex.EncodeToString(x.sum.Sum(nil))})
	return x.to.Flush()
}

// find gives the walls that are wanted, the oldest first, as they begin in the file.
func find(ctx context.Context, s store.Store, code string) ([]wallLine, error) {
	records, err := s.List(ctx, tableWalls)
	if err != nil {
		return nil, err
	}
	codes, err := s.List(ctx, tableCodes)
	if err != nil {
		return nil, err
	}
	walls := map[string]*wallLine{}
	for id, raw := range records {
		w := &wallLine{Is: "wall", Wall: id}
		if err := decode(raw, &w.Record); err != nil {
			return nil, fmt.Errorf("carry: the record of wall %s: %w", id, err)
		}
		walls[id] = w
	}
	wanted := ""
	for c, raw := range codes {
		var k codeRecord
		if err := json.Unmarshal(raw, &k); err != nil {
			return nil, fmt.Errorf("carry: join code %s: %w", c, err)
		}
		if w := walls[k.Wall]; w != nil {
			w.Codes = append(w.Codes, c)
			if c == code {
				wanted = k.Wall
			}
		}
	}
	found := []wallLine{}
	for id, w := range walls {
		if id == wanted || (code == "" && !w.Record.Rehearsal) {
			slices.Sort(w.Codes)
			found = append(found, *w)
		}
	}
	switch {
	case len(found) > 0:
	case code == "":
		return nil, &wall.Refusal{Code: wall.NotFound, Text: "there is no wall to export"}
	default:
		return nil, &wall.Refusal{Code: wall.NotFound, Text: fmt.Sprintf("there is no wall with the code %q", code)}
	}
	slices.SortFunc(found, func(a, b wallLine) int {
		return cmp.Or(cmp.Compare(a.Record.Since, b.Record.Since), cmp.Compare(a.Wall, b.Wall))
	})
	return found, nil
}

// exporter writes lines. The first error of the writer stays, and Flush tells it.
type exporter struct {
	store store.Store
	to    *bufio.Writer
	sum   hash.Hash
	lines int
	text  []byte // of one line, used again
}

func (x *exporter) line(v any) {
	text, err := json.Marshal(v)
	if err != nil {
		panic("carry: " + err.Error()) // of our own types: cannot be
	}
	_, _ = x.to.Write(append(text, '\n'))
	x.lines++
}

func (x *exporter) value(head any, member string, value []byte) error {
	text, err := valueLine(x.text[:0], head, member, value)
	if err != nil {
		return err
	}
	x.text = text
	x.lines++
	_, err = x.to.Write(text)
	return err
}

// records writes what the installation keeps secret, as far as it belongs to walls.
func (x *exporter) records(ctx context.Context, walls []wallLine) error {
	of, people := map[string]bool{}, map[string]bool{}
	for _, w := range walls {
		of[w.Wall] = true
	}
	for _, table := range secretTables {
		all, err := x.store.List(ctx, table)
		if err != nil {
			return err
		}
		for _, key := range slices.Sorted(maps.Keys(all)) {
			if goes, err := belongs(table, key, all[key], of, people); err != nil {
				return fmt.Errorf("carry: table %s, %s: %w", table, key, err)
			} else if !goes {
				continue
			}
			if table == tablePeople {
				people[key] = true
			}
			r := recordLine{Is: "record", Table: table, Key: key}
			if table == tableKeys {
				r.Bytes = all[key]
				x.line(r)
			} else if err := x.value(r, "value", all[key]); err != nil {
				return fmt.Errorf("carry: table %s, %s: %w", table, key, err)
			}
		}
	}
	return nil
}

// wall writes one wall: where it stands, its state, its history.
func (x *exporter) wall(ctx context.Context, w wallLine) error {
	at, entries, err := x.store.Load(ctx, w.Wall)
	if err != nil {
		return err
	}
	w.Epoch, w.Revision = at.Epoch, at.Revision
	x.line(w)
	slices.SortFunc(entries, func(a, b wall.Entry) int { return strings.Compare(a.Key, b.Key) })
	for i, e := range entries {
		head := struct {
			Is  string `json:"is"`
			Key string `json:"key"`
		}{"entry", e.Key}
		if err := x.value(head, "value", e.Value); err != nil {
			return fmt.Errorf("%s: %w", e.Key, err)
		}
		entries[i].Value = nil
	}
	n, err := x.log(ctx, w.Wall, at.Revision)
	if err != nil {
		return err
	}
	x.line(wallEndLine{Is: "wall_end", Wall: w.Wall, Entries: len(entries), Log: n})
	return nil
}

// log writes a wall's history up to a revision: what came later is in no entry.
func (x *exporter) log(ctx context.Context, id string, most uint64) (n int, err error) {
	for after := uint64(0); after < most; {
		page, err := x.store.Log(ctx, id, after, logPage)
		if err != nil || len(page) == 0 {
			return n, err
		}
		for _, e := range page {
			if e.Revision > most {
				return n, nil
			}
			head := struct {
				Is       string `json:"is"`
				Revision uint64 `json:"revision"`
			}{"log", e.Revision}
			if err := x.value(head, "events", e.Log); err != nil {
				return n, fmt.Errorf("log entry %d: %w", e.Revision, err)
			}
			after = e.Revision
			n++
		}
	}
	return n, nil
}
