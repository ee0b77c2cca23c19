package carry

import (
	"bytes"
	"crypto/rand"
	"encoding/json"
	"math/big"
)

// publish lets everybody see what has come, a wall's record last. Each step can
// be done again, and is when an import is run again that was ended here.
func (m *mover) publish() (Result, error) {
	var r Result
	for _, a := range m.walls {
		if a.here {
			continue
		}
		a.mine.Whole = true
		if err := m.stake(a, a.raw); err != nil {
			return r, err
		}
	}
	for _, k := range m.records {
		if err := m.settle(k); err != nil {
			return r, err
		}
		r.Keys = r.Keys || k.Table == tableKeys
	}
	for _, a := range m.walls {
		arrived, err := m.show(a)
		if err != nil {
			return r, err
		}
		r.Walls = append(r.Walls, arrived)
	}
	return r, nil
}

// settle puts a record in place, unless there is one: that is newer.
func (m *mover) settle(r recordLine) error {
	value := []byte(r.Value)
	if r.Bytes != nil {
		value = r.Bytes
	}
	is, err := m.put(r.Table, r.Key, value)
	if err == nil && r.Table == tableKeys && !bytes.Equal(is, value) {
		return otherKeys()
	}
	return err
}

// put sets a value that is not there, and gives what is there afterwards.
func (m *mover) put(table, key string, value []byte) ([]byte, error) {
	failed := m.store.Put(m.ctx, table, key, nil, value)
	if failed == nil {
		return value, nil
	}
	// Somebody has set one, or nobody knows: looking settles it.
	is, err := m.store.Get(m.ctx, table, key)
	if err == nil && is == nil {
		err = failed
	}
	return is, err
}

// show gives a wall its codes, and its record, with which it is served.
func (m *mover) show(a *arriving) (Arrived, error) {
	out := Arrived{ID: a.Wall, Title: a.title, Code: a.Record.Code, Here: a.here}
	raw, err := m.store.Get(m.ctx, tableWalls, a.Wall)
	if err != nil {
		return out, err
	}
	if raw != nil { // seen already; its code may have been renewed since
		var now wallRecord
		err := json.Unmarshal(raw, &now)
		out.Code = now.Code
		return out, err
	}
	for _, code := range a.Codes {
		got, err := m.take(code, a.Wall)
		switch {
		case err != nil:
			return out, err
		case got:
		case code == a.Record.Code:
			out.Was = code
		default:
			out.Lost = append(out.Lost, code)
		}
	}
	for out.Was != "" && out.Code == out.Was {
		code, err := m.draw(len(out.Was))
		if err != nil {
			return out, err
		}
		got, err := m.take(code, a.Wall)
		if err != nil {
			return out, err
		}
		if got {
			out.Code = code
		}
	}
	a.Record.Code = out.Code
	if raw, err = json.Marshal(a.Record); err != nil {
		return out, err
	}
	_, err = m.put(tableWalls, a.Wall, raw)
	return out, err
}

// take makes a join code lead to a wall; false when it leads to another one.
func (m *mover) take(code, id string) (bool, error) {
	raw, err := json.Marshal(codeRecord{Wall: id})
	if err != nil {
		return false, err
	}
	is, err := m.put(tableCodes, code, raw)
	if err != nil {
		return false, err
	}
	var to codeRecord
	err = json.Unmarshal(is, &to)
	return to.Wall == id, err
}

// draw draws a code as long as the one that is taken, not beginning with a zero.
func (m *mover) draw(digits int) (string, error) {
	low := new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(digits-1)), nil)
	above, err := rand.Int(m.Random, new(big.Int).Mul(low, big.NewInt(9)))
	if err != nil {
		return "", err
	}
	return new(big.Int).Add(low, above).String(), nil
}
