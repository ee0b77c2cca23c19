package storetest

import (
	"bytes"
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"openspacewall/hub/store"
	"openspacewall/hub/wall"
)

func loadIsOne(t *testing.T, b *bench) {
	// Every commit rewrites one value of each kind to its own revision.
	id, p := b.create()
	keys := []string{"meta", "note/1", "cluster/1", "ballot/1", "person/1", "act/1", "setting/phase"}
	done, ended := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(ended)
		for {
			select {
			case <-done:
				return
			default:
			}
			got, all, err := b.s.Load(context.Background(), id)
			if err != nil {
				t.Errorf("Load: %v", err)
				return
			}
			for _, e := range all {
				if string(e.Value) != fmt.Sprint(got.Revision) {
					t.Errorf("at %d %s is %s", got.Revision, e.Key, e.Value)
				}
			}
		}
	}()
	for range 60 {
		var pairs []string
		for _, k := range keys {
			pairs = append(pairs, k, fmt.Sprint(p.Revision+1))
		}
		p = b.commit(id, batch(p, pairs...))
	}
	close(done)
	<-ended
}

// loadWhileMuchChanges loads while commits change much, one after the other
// without a pause: what is read is the wall at one moment all the same, and the
// reading comes to an end.
func loadWhileMuchChanges(t *testing.T, b *bench) {
	const people, each, loads = 3000, 300, 5
	id, p := b.create()
	// Commit r writes r to the ballots from r·each on, and sets or removes a note.
	writer := func(r uint64, person int) uint64 {
		for ; r > 0; r-- {
			if from := int(r) * each % people; person >= from && person < from+each {
				return r
			}
		}
		return 0
	}
	write := func() error {
		next := batch(p, fmt.Sprintf("note/%d", (p.Revision+1)%7), "-", "meta", fmt.Sprint(p.Revision+1))
		r := int(next.To)
		if r%2 == 0 {
			next.Entries[0].Value = fmt.Append(nil, r)
		}
		for i := range each {
			next.Entries = append(next.Entries, wall.Entry{Key: fmt.Sprintf("ballot/%d", (r*each+i)%people), Value: fmt.Appendf(nil, "%d %0200d", r, 0)})
		}
		err := b.s.Commit(b.ctx(), id, next)
		if err == nil {
			p = next.End()
		}
		return err
	}
	for range people / each {
		if err := write(); err != nil {
			t.Fatal(err)
		}
	}
	done, ended := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(ended)
		for {
			select {
			case <-done:
				return
			default:
				if err := write(); err != nil {
					t.Errorf("Commit: %v", err)
					return
				}
			}
		}
	}()
	for range loads {
		at, all, err := b.s.Load(b.ctx(), id)
		if err != nil {
			t.Errorf("Load: %v", err)
			break
		}
		want := entries("meta", fmt.Sprint(at.Revision))
		for person := range people {
			want = append(want, wall.Entry{Key: fmt.Sprintf("ballot/%d", person), Value: fmt.Appendf(nil, "%d %0200d", writer(at.Revision, person), 0)})
		}
		for n := range uint64(7) {
			if r := at.Revision - (at.Revision+7-n)%7; r > 0 && r%2 == 0 { // the last that was about note n
				want = append(want, wall.Entry{Key: fmt.Sprintf("note/%d", n), Value: fmt.Append(nil, r)})
			}
		}
		same(t, fmt.Sprintf("Load at %d", at.Revision), all, want)
	}
	close(done)
	<-ended
}

// bigWall is a conference at its end.
func bigWall(t *testing.T, b *bench) {
	id, p := b.create()
	text := strings.Repeat("åäö 🙂 ", 60)
	var all []wall.Entry
	for i := range 5000 {
		all = append(all, wall.Entry{Key: fmt.Sprintf("note/%08d-%04x", i*7919%5000, i), Value: fmt.Appendf(nil, "%d %s", i, text)})
	}
	for i := range 10000 {
		all = append(all, wall.Entry{Key: fmt.Sprintf("ballot/%032x", uint64(i)*0x9E3779B97F4A7C15), Value: fmt.Appendf(nil, `{"n:%d":[3,%d]}`, i, i)})
	}
	for chunk := range slices.Chunk(all, 5000) {
		p = b.commit(id, store.Batch{After: p, To: p.Revision + uint64(len(chunk)), Entries: chunk, Log: bytes.Repeat([]byte("x"), 1<<20)})
	}
	b.reopen()
	got, loaded, err := b.s.Load(b.ctx(), id)
	if err != nil || got != p {
		t.Fatalf("Load: %v %v", got, err)
	}
	same(t, "Load", loaded, all)
	log, err := b.s.Log(b.ctx(), id, 0, 10)
	if err != nil || len(log) != 3 || len(log[2].Log) != 1<<20 {
		t.Errorf("Log: %d entries, %v", len(log), err)
	}
}

func since(t *testing.T, b *bench) {
	id, p0 := b.create("note/1", "one", "note/2", "one")
	p1 := b.commit(id, batch(p0, "note/1", "two", "note/3", "three"))
	p2 := b.commit(id, batch(p1, "note/2", "-"))
	p3 := b.commit(id, batch(p2, "note/1", "four", "note/2", "back", "note/3", "-"))
	for from, want := range map[wall.Position][]wall.Entry{
		p0: entries("note/1", "four", "note/2", "back", "note/3", "-"),
		p1: entries("note/1", "four", "note/2", "back", "note/3", "-"),
		p2: entries("note/1", "four", "note/2", "back", "note/3", "-"),
		p3: nil,
	} {
		m, err := b.s.Since(b.ctx(), id, from)
		if err != nil || m.At != p3 {
			t.Errorf("Since %v: at %v, %v", from, m.At, err)
		}
		same(t, fmt.Sprintf("Since %v", from), m.Entries, want)
	}
	_, err := b.s.Since(b.ctx(), id, at(p0.Epoch, 9))
	is(t, "Since the future", err, store.ErrLoad)
	b.reopen()
	if m, err := b.s.Since(b.ctx(), id, p3); err != nil || m.At != p3 || len(m.Entries) != 0 {
		t.Errorf("Since now, opened again: %v %v", m, err)
	}
	// What was before may be too old now, but it is not something else.
	if m, err := b.s.Since(b.ctx(), id, p2); err == nil {
		same(t, "Since, opened again", m.Entries, entries("note/1", "four", "note/2", "back", "note/3", "-"))
	} else {
		is(t, "Since, opened again", err, store.ErrLoad)
	}
}

func sinceLimits(t *testing.T, b *bench) {
	many := func(n int) (pairs []string) {
		for i := range n {
			pairs = append(pairs, fmt.Sprintf("note/%d", i), "x")
		}
		return pairs
	}
	for what, test := range map[string]struct {
		batches [][]string
		load    bool
	}{
		"as many as may be":           {[][]string{many(store.MissedEntries)}, false},
		"one too many":                {[][]string{many(store.MissedEntries + 1)}, true},
		"one too many, in two":        {[][]string{many(store.MissedEntries), {"note/other", "x"}}, true},
		"as many in two":              {[][]string{many(store.MissedEntries - 1), {"note/other", "x"}}, false},
		"as large as may be":          {[][]string{{"note/1", strings.Repeat("x", store.MissedBytes-len("note/1"))}}, false},
		"a byte too large":            {[][]string{{"note/1", strings.Repeat("x", store.MissedBytes-len("note/1")+1)}}, true},
		"large before, small now":     {[][]string{{"note/1", strings.Repeat("x", store.MissedBytes)}, {"note/1", "x"}}, false},
		"large in two":                {[][]string{{"note/1", strings.Repeat("x", store.MissedBytes/2)}, {"note/2", strings.Repeat("x", store.MissedBytes/2)}}, true},
		"removed ones count as a key": {[][]string{many(store.MissedEntries), {"note/other", "-"}}, true},
	} {
		id, start := b.create()
		p := start
		for _, pairs := range test.batches {
			p = b.commit(id, batch(p, pairs...))
		}
		m, err := b.s.Since(b.ctx(), id, start)
		if test.load {
			is(t, "Since, "+what, err, store.ErrLoad)
		} else if err != nil || m.At != p || len(m.Entries) == 0 {
			t.Errorf("Since, %s: %d entries, %v", what, len(m.Entries), err)
		}
		// What is too much from the start is not too much from the last.
		if m, err := b.s.Since(b.ctx(), id, p); err != nil || len(m.Entries) != 0 {
			t.Errorf("Since the last, %s: %v", what, err)
		}
		p = b.commit(id, batch(p, "meta", "y"))
		m, err = b.s.Since(b.ctx(), id, at(p.Epoch, p.Revision-1))
		if err != nil {
			t.Errorf("Since the last but one, %s: %v", what, err)
		}
		same(t, "Since the last but one, "+what, m.Entries, entries("meta", "y"))
	}
}

func epochs(t *testing.T, b *bench) {
	id, p := b.create("note/1", "one")
	p = b.commit(id, batch(p, "note/1", "two"))
	_, err := b.s.Since(b.ctx(), id, at("other", 0))
	is(t, "Since another epoch", err, store.ErrLoad)
	_, err = b.s.Since(b.ctx(), id, at("other", p.Revision))
	is(t, "Since the same revision of another epoch", err, store.ErrLoad)

	// A commit may begin an epoch: revisions go on, the old epoch is over.
	anew := batch(p, "note/2", "anew")
	anew.Epoch = name()
	q := b.commit(id, anew)
	if q.Epoch != anew.Epoch || q.Revision != p.Revision+1 {
		t.Errorf("the new epoch is at %v", q)
	}
	b.holds(id, q, "note/1", "two", "note/2", "anew")
	_, err = b.s.Since(b.ctx(), id, p)
	is(t, "Since the old epoch", err, store.ErrLoad)
	_, err = b.s.Since(b.ctx(), id, at(q.Epoch, p.Revision))
	is(t, "Since before the epoch", err, store.ErrLoad)
	r := b.commit(id, batch(q, "note/3", "more"))
	m, err := b.s.Since(b.ctx(), id, q)
	if err != nil || m.At != r {
		t.Errorf("Since the epoch's beginning: %v %v", m, err)
	}
	same(t, "Since the epoch's beginning", m.Entries, entries("note/3", "more"))
	b.reopen()
	b.holds(id, r, "note/1", "two", "note/2", "anew", "note/3", "more")
	if log, err := b.s.Log(b.ctx(), id, 0, 10); err != nil || len(log) != 3 {
		t.Errorf("the log over two epochs: %d entries, %v", len(log), err)
	}
}

func anyBytes(t *testing.T, b *bench) {
	random := make([]byte, 1<<16)
	chance := rand.NewChaCha8([32]byte{1})
	chance.Read(random)
	values := [][]byte{{}, {0}, []byte("\r\n"), []byte("\x00\xff\xfe"), []byte("null"), random, bytes.Repeat([]byte{0}, 5000)}
	var all []wall.Entry
	for i, v := range values {
		all = append(all, wall.Entry{Key: fmt.Sprintf("note/%d", i), Value: v})
	}
	for i, key := range []string{"note/å", "note/ ", "note/a/b/c", "note/\x00", "note/\xff", "note/\r\n", "setting/{x}", "note/*"} {
		all = append(all, wall.Entry{Key: key, Value: fmt.Append(nil, i)})
	}
	id, p := b.create()
	p = b.commit(id, store.Batch{After: p, To: 1, Entries: all, Log: random})
	b.reopen()
	_, got, err := b.s.Load(b.ctx(), id)
	if err != nil {
		t.Fatal(err)
	}
	same(t, "Load", got, all)
	if log, err := b.s.Log(b.ctx(), id, 0, 1); err != nil || len(log) != 1 || !bytes.Equal(log[0].Log, random) {
		t.Errorf("Log does not give its bytes back: %v", err)
	}
	b.commit(id, store.Batch{After: p, To: 2, Entries: all})
	m, err := b.s.Since(b.ctx(), id, p)
	if err != nil {
		t.Fatal(err)
	}
	same(t, "Since", m.Entries, all)
	table := name()
	for i, v := range values {
		if err := b.s.Put(b.ctx(), table, fmt.Sprint(i), nil, v); err != nil {
			t.Fatal(err)
		}
	}
	b.reopen()
	for i, v := range values {
		if got, err := b.s.Get(b.ctx(), table, fmt.Sprint(i)); err != nil || got == nil || !bytes.Equal(got, v) {
			t.Errorf("Get of %d bytes: %d bytes, %v", len(v), len(got), err)
		}
	}
}

// copies checks that neither side holds on to the other's memory.
func copies(t *testing.T, b *bench) {
	id, p := b.create()
	value, log := []byte("value"), []byte("log")
	p = b.commit(id, store.Batch{After: p, To: 1, Entries: []wall.Entry{{Key: "note/1", Value: value}}, Log: log})
	spoil := func(all ...[]byte) {
		for _, v := range all {
			for i := range v {
				v[i] = '#'
			}
		}
	}
	spoil(value, log)
	check := func() {
		t.Helper()
		_, all, _ := b.s.Load(b.ctx(), id)
		same(t, "Load", all, entries("note/1", "value"))
		spoil(all[0].Value)
		m, _ := b.s.Since(b.ctx(), id, at(p.Epoch, 0))
		same(t, "Since", m.Entries, entries("note/1", "value"))
		spoil(m.Entries[0].Value)
		l, _ := b.s.Log(b.ctx(), id, 0, 1)
		if string(l[0].Log) != "log" {
			t.Errorf("Log gives %q", l[0].Log)
		}
		spoil(l[0].Log)
	}
	check()
	check()
	table, one := name(), []byte("one")
	b.s.Put(b.ctx(), table, "k", nil, one)
	spoil(one)
	for range 2 {
		v, _ := b.s.Get(b.ctx(), table, "k")
		all, _ := b.s.List(b.ctx(), table)
		if string(v) != "one" || string(all["k"]) != "one" {
			t.Errorf("Get gives %q, List %q", v, all["k"])
		}
		spoil(v, all["k"])
	}
}
