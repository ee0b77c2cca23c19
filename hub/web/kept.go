package web

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"

	"openspacewall/hub/wall"
)

// What is kept of an installation, beside its walls. Each is a table of the store.
const (
	tableWalls  = "walls"  // wall id → wallRecord
	tableCodes  = "codes"  // join code → codeRecord; a code is never removed but with a rehearsal
	tablePeople = "people" // person id → person
	tableLinks  = "links"  // digest of a one-time secret → link
	tableLogins = "logins" // digest of a cookie's secret → login
	tableKeys   = "keys"   // what is drawn once for the installation
	tableRights = "rights" // what has been taken away: see rights.go

	keySeal  = "seal"  // in tableKeys: what signs cookies
	keyFirst = "first" // in tableKeys: the id of the wall that the first start makes
)

type (
	// wallRecord is what the installation knows of a wall.
	wallRecord struct {
		Code      string      `json:"code"` // the newest; the older ones resolve, too
		Since     wall.Millis `json:"since"`
		Rehearsal bool        `json:"rehearsal,omitempty"`
		Screens   uint64      `json:"screens,omitempty"` // grows when the projector's links are revoked
	}
	codeRecord struct {
		Wall string `json:"wall"`
	}
	// person is somebody who may work at a desk: at one wall's, or (Wall empty) at every one's.
	person struct {
		ID    string      `json:"id"`
		Name  string      `json:"name"`
		Role  wall.Role   `json:"role"`
		Wall  string      `json:"wall,omitempty"`
		Since wall.Millis `json:"since"`
		Used  wall.Millis `json:"used,omitempty"`  // when the link was opened
		First bool        `json:"first,omitempty"` // one of those whose links a start printed: see FirstOwner
	}
	// link is a one-time link. By is the login that it became.
	link struct {
		Person string      `json:"person"`
		Until  wall.Millis `json:"until"`
		By     string      `json:"by,omitempty"`
	}
	// login is an open login: person id → until when. Somebody who has entered
	// as two people in one browser (two walls) is both.
	login struct {
		People map[string]wall.Millis `json:"people"`
	}
)

// now is the time as the records have it.
func (s *Server) now() wall.Millis { return s.Now().UnixMilli() }

// read reads a record; found is false when there is none. raw is for swap.
func (s *Server) read(ctx context.Context, table, key string, into any) (raw []byte, found bool, err error) {
	raw, err = s.Hub.Get(ctx, table, key)
	if err != nil || raw == nil {
		return nil, false, err
	}
	if err := json.Unmarshal(raw, into); err != nil {
		return nil, false, fmt.Errorf("web: table %s: %w", table, err)
	}
	return raw, true, nil
}

// write sets a record if it still is old; done is false when it is not.
func (s *Server) write(ctx context.Context, table, key string, old []byte, record any) (done bool, err error) {
	raw, err := json.Marshal(record)
	if err != nil {
		return false, err
	}
	return s.swap(ctx, table, key, old, raw)
}

// swap sets a value if it still is old, or removes it (nil). An error whose
// outcome is unknown is settled by looking.
func (s *Server) swap(ctx context.Context, table, key string, old, value []byte) (done bool, err error) {
	failed := s.Hub.Put(ctx, table, key, old, value)
	if failed == nil {
		return true, nil
	}
	is, err := s.Hub.Get(ctx, table, key)
	switch {
	case err != nil:
		return false, failed
	case bytes.Equal(is, value) && (is == nil) == (value == nil):
		return true, nil
	case !bytes.Equal(is, old) || (is == nil) != (old == nil):
		return false, nil
	}
	return false, failed
}

// remove removes a record, whatever it is.
func (s *Server) remove(ctx context.Context, table, key string) error {
	for {
		old, err := s.Hub.Get(ctx, table, key)
		if err != nil || old == nil {
			return err
		}
		done, err := s.swap(ctx, table, key, old, nil)
		if err != nil || done {
			return err
		}
	}
}

// list reads a whole table.
func list[T any](ctx context.Context, s *Server, table string) (map[string]T, error) {
	raw, err := s.Hub.List(ctx, table)
	if err != nil {
		return nil, err
	}
	records := make(map[string]T, len(raw))
	for key, value := range raw {
		var record T
		if err := json.Unmarshal(value, &record); err != nil {
			return nil, fmt.Errorf("web: table %s: %w", table, err)
		}
		records[key] = record
	}
	return records, nil
}
