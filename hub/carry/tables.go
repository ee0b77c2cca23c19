package carry

import (
	"encoding/json"
	"slices"

	"openspacewall/hub/wall"
)

// The installation's tables are package web's (kept.go there); this is as much
// as must be known of them to move a wall. A member that web adds to a wall's
// record must be added here: the test that moves a whole program says so.
const (
	tableWalls   = "walls"
	tableCodes   = "codes"
	tableKeys    = "keys"
	tablePeople  = "people"
	tableLinks   = "links"
	tableLogins  = "logins"
	tableImports = "imports" // this package's own: wall id → claim
)

// keySeal is where the installation's signing key stands, in tableKeys. What else
// stands there belongs to the installation, not to its walls.
const keySeal = "seal"

type (
	wallRecord struct {
		Code      string      `json:"code"`
		Since     wall.Millis `json:"since"`
		Rehearsal bool        `json:"rehearsal,omitempty"`
		Screens   uint64      `json:"screens,omitempty"`
	}
	codeRecord struct {
		Wall string `json:"wall"`
	}
	personRecord struct {
		Wall string `json:"wall"` // empty: at every wall's desk
	}
	linkRecord struct {
		Person string `json:"person"`
	}
	loginRecord struct {
		People map[string]json.RawMessage `json:"people"`
	}
)

// secretTables are what travels only when asked for, in the order in which a
// later one leans on an earlier one.
var secretTables = []string{tableKeys, tablePeople, tableLinks, tableLogins}

// belongs says whether a record of one of secretTables goes along with walls.
// people are the persons who do.
func belongs(table, key string, value []byte, walls, people map[string]bool) (bool, error) {
	switch table {
	case tableKeys:
		return key == keySeal, nil
	case tablePeople:
		var p personRecord
		err := json.Unmarshal(value, &p)
		return p.Wall == "" || walls[p.Wall], err
	case tableLinks:
		var l linkRecord
		err := json.Unmarshal(value, &l)
		return people[l.Person], err
	case tableLogins:
		var l loginRecord
		err := json.Unmarshal(value, &l)
		for id := range l.People {
			if people[id] {
				return true, err
			}
		}
		return false, err
	}
	return true, nil
}

// isCode says that a text may be a join code.
func isCode(s string) bool {
	return (len(s) == 6 || len(s) == 8 || len(s) == 10) && !slices.ContainsFunc([]byte(s), func(c byte) bool { return c < '0' || c > '9' })
}
