package wall

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"testing"
)

// rule runs the test of a rule, named by its number, on a fresh wall.
func rule(t *testing.T, name string, f func(t *testing.T, x *world)) {
	t.Helper()
	t.Run(name, func(t *testing.T) { f(t, newWorld(Settings{})) })
}

// TestRules asks that every number in RULES.md has a test, and that no test
// names a rule that is not there.
func TestRules(t *testing.T) {
	text, err := os.ReadFile("../RULES.md")
	if err != nil {
		t.Fatal(err)
	}
	var rules []string
	for _, m := range regexp.MustCompile(`\*\*([A-Z]\d+)\*\*`).FindAllSubmatch(text, -1) {
		if slices.Contains(rules, string(m[1])) {
			t.Errorf("RULES.md has %s twice", m[1])
		}
		rules = append(rules, string(m[1]))
	}
	files, err := filepath.Glob("*_test.go")
	if err != nil || len(rules) == 0 {
		t.Fatal(err, len(rules))
	}
	var tests []string
	for _, f := range files {
		code, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range regexp.MustCompile(`(?:rule\(t|t\.Run\(), "([A-Z]\d+) |t\.Run\("([A-Z]\d+) `).FindAllSubmatch(code, -1) {
			tests = append(tests, string(m[1])+string(m[2]))
		}
	}
	for _, r := range rules {
		if !slices.Contains(tests, r) {
			t.Errorf("rule %s has no test", r)
		}
	}
	for _, r := range tests {
		if !slices.Contains(rules, r) {
			t.Errorf("a test names rule %s, which is not in RULES.md", r)
		}
	}
}

// TestStateTable asks that the table of states in RULES.md is Transitions.
func TestStateTable(t *testing.T) {
	text, err := os.ReadFile("../RULES.md")
	if err != nil {
		t.Fatal(err)
	}
	columns := []string{"show", "hide", "archive", "restore", "withdraw", "erase", "tick", "edit"}
	for from, table := range Transitions {
		row := regexp.MustCompile(`(?m)^\| ` + string(from) + ` \|(.*)\|$`).FindSubmatch(text)
		if row == nil {
			t.Errorf("RULES.md has no row for %s", from)
			continue
		}
		for i, cell := range regexp.MustCompile(`\|`).Split(string(row[1]), -1) {
			var to []State
			for _, word := range regexp.MustCompile(`[a-z]+`).FindAllString(cell, -1) {
				if _, ok := Transitions[State(word)]; ok {
					to = append(to, State(word))
				}
			}
			want := slices.Clone(table[columns[i]])
			slices.Sort(want)
			slices.Sort(to)
			if !slices.Equal(to, want) {
				t.Errorf("%s %s: RULES.md says %v, Transitions %v", from, columns[i], to, want)
			}
		}
	}
}
