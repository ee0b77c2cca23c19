package main

import (
	"bytes"
	"context"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"openspacewall/hub/store/redisstore/redistest"
)

// fileOf exports to a file and gives its name.
func fileOf(t *testing.T, args ...string) string {
	t.Helper()
	name := filepath.Join(t.TempDir(), "walls.jsonl")
	code, out, said := called(t, append([]string{"export", "--out", name}, args...)...)
	if code != 0 || out != "" {
		t.Fatalf("export: %d %q %s", code, out, said)
	}
	if info, err := os.Stat(name); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("%v %v", info, err)
	}
	return name
}

// A conference moves with its keys to where no hub has been, and everything leads
// to it as before: while the hub runs, and after it has ended.
func TestAConferenceMovesWithItsKeys(t *testing.T) {
	old := filepath.Join(t.TempDir(), "data")
	r := start(t, old, "--title", "Öppet torg")
	owner := r.stderr.find(t, `(http://localhost:\d+/\d{6}/desk#\S+)`)
	projector := r.stderr.find(t, `(http://\S+/projector#\S+)`)
	enter(t, r.address, r.code, secretOf(owner))
	if code, _, said := called(t, "create", "--data", old, "Boden"); code != 0 {
		t.Fatal(said)
	}
	running := fileOf(t, "--data", old, "--keys")
	r.end()
	ended := fileOf(t, "--data", old, "--keys", "--all")
	for what, name := range map[string]string{"running": running, "ended": ended} {
		t.Run(what, func(t *testing.T) {
			data := filepath.Join(t.TempDir(), "data")
			code, out, said := called(t, "import", name, "--data", data)
			if code != 0 || !strings.HasPrefix(out, r.code+"  Öppet torg\n") || !strings.HasSuffix(out, "  Boden\n") || !strings.Contains(said, "the keys came along") {
				t.Fatalf("%d %q %s", code, out, said)
			}
			there := start(t, data)
			text := there.stderr.String()
			if secretOf(projector) != secretOf(there.stderr.find(t, r.code+`(/projector#\S+)`)) {
				t.Errorf("the projector's link has changed:\n%s", text)
			}
			if !strings.Contains(text, "Boden") || strings.Contains(text, "Göteborg") {
				t.Errorf("not the walls there were:\n%s", text)
			}
			enter(t, there.address, r.code, secretOf(projector))
			there.stderr.find(t, `wall owner-link`) // there is an owner
			there.end()
		})
	}
}

// Into an installation that lives: without the keys, while it runs.
func TestAWallJoinsOthers(t *testing.T) {
	from, to := filepath.Join(t.TempDir(), "from"), filepath.Join(t.TempDir(), "to")
	code, out, said := called(t, "create", "Boden", "--data", from)
	if code != 0 {
		t.Fatal(said)
	}
	boden := strings.TrimSpace(out)
	if code, _, said = called(t, "create", "Kiruna", "--data", from); code != 0 {
		t.Fatal(said)
	}
	name := fileOf(t, "--data", from, "--wall", boden, "--keys")
	text, err := os.ReadFile(name)
	if err != nil || strings.Contains(string(text), "Kiruna") {
		t.Errorf("more than the wall asked for: %v", err)
	}

	r := start(t, to)
	code, out, said = called(t, "import", "--data", to, name)
	if code != 1 || out != "" || !strings.Contains(said, "wall: this installation has a key of its own already") {
		t.Errorf("%d %q %s", code, out, said)
	}
	if status, _ := get(t, r.address+"/api/wall/"+boden); status != http.StatusNotFound {
		t.Errorf("a refused wall is served: %d", status)
	}
	code, out, said = called(t, "import", "--data", to, name, "--without-keys")
	if code != 0 || out != boden+"  Boden\n" || !strings.Contains(said, "the keys were left out") {
		t.Fatalf("%d %q %s", code, out, said)
	}
	if status, page := get(t, r.address+"/api/wall/"+boden); status != 200 || !strings.Contains(page, "Boden") {
		t.Errorf("%d %s", status, page)
	}
	code, out, said = called(t, "import", "--data", to, name, "--without-keys")
	if code != 0 || out != boden+"  Boden\n" || said != "Boden is here already, from this very file: nothing was done\n" {
		t.Errorf("%d %q %s", code, out, said)
	}
	later := fileOf(t, "--data", from, "--wall", boden)
	if code, _, said = called(t, "import", "--data", to, later); code != 1 || !strings.Contains(said, "is here already, and is not from this file") {
		t.Errorf("%d %s", code, said)
	}
	r.end()
	if code, _, said = called(t, "import", "--data", to, later); code != 1 || !strings.Contains(said, "is here already, and is not from this file") {
		t.Errorf("%d %s", code, said)
	}
}

// Whoever ends an export or an import is told what to do, and not that something
// was cancelled; nothing is left of either.
func TestEndedExportsAndImports(t *testing.T) {
	data, empty := filepath.Join(t.TempDir(), "data"), filepath.Join(t.TempDir(), "empty")
	if code, _, said := called(t, "create", "Boden", "--data", data); code != 0 {
		t.Fatal(said)
	}
	whole := fileOf(t, "--data", data)
	ended, end := context.WithCancel(t.Context())
	end()
	other := filepath.Join(t.TempDir(), "other.jsonl")
	for _, args := range [][]string{{"export", "--data", data, "--out", other}, {"import", whole, "--data", empty}} {
		var out, said bytes.Buffer
		if code := run(ended, args, noEnv, &out, &said); code != 1 || !regexp.MustCompile(`^wall: the (ex|im)port was ended before .*: run it again\n$`).MatchString(said.String()) {
			t.Errorf("%s: %d %s", args[0], code, &said)
		}
	}
	if left, err := os.ReadDir(filepath.Dir(other)); err != nil || len(left) != 0 {
		t.Errorf("%v %v", left, err)
	}
	if code, _, said := called(t, "import", whole, "--data", empty); code != 0 {
		t.Error(said)
	}
}

// From a laptop to Redis, and back to another laptop: with everything that leads
// to it, and while the hub of each runs.
func TestAConferenceMovesToRedisAndBack(t *testing.T) {
	redis := redistest.Start(t).URL()
	laptop := filepath.Join(t.TempDir(), "laptop")
	r := start(t, laptop, "--title", "Öppet torg")
	enter(t, r.address, r.code, secretOf(r.stderr.find(t, `(http://localhost:\d+/\d{6}/desk#\S+)`)))
	link := r.stderr.find(t, `(/\d{6}/projector#\S+)`)
	name := fileOf(t, "--data", laptop, "--keys")
	r.end()

	none := filepath.Join(t.TempDir(), "none")
	if code, out, said := called(t, "import", name, "--redis", redis, "--data", none); code != 0 || out != r.code+"  Öppet torg\n" {
		t.Fatalf("%d %q %s", code, out, said)
	}
	server := start(t, filepath.Join(t.TempDir(), "server"), "--redis", redis)
	if server.stderr.find(t, `(/\d{6}/projector#\S+)`) != link || strings.Contains(server.stderr.String(), "Göteborg") {
		t.Errorf("there is\n%s\nwhere %s was", server.stderr, link)
	}
	enter(t, server.address, r.code, secretOf(link))
	name = fileOf(t, "--redis", redis, "--data", none, "--keys")
	again := fileOf(t, "--redis", redis, "--data", none, "--wall", r.code)
	server.end()
	if _, err := os.Stat(none); !os.IsNotExist(err) {
		t.Errorf("a folder was made: %v", err)
	}

	other := filepath.Join(t.TempDir(), "other")
	in, err := os.Open(name)
	if err != nil {
		t.Fatal(err)
	}
	defer in.Close()
	stdin := os.Stdin
	os.Stdin = in
	code, out, said := called(t, "import", "-", "--data", other)
	os.Stdin = stdin
	if code != 0 || out != r.code+"  Öppet torg\n" {
		t.Fatalf("%d %q %s", code, out, said)
	}
	third := start(t, other)
	if third.stderr.find(t, `(/\d{6}/projector#\S+)`) != link {
		t.Errorf("there is\n%s\nwhere %s was", third.stderr, link)
	}
	if code, _, said := called(t, "import", again, "--data", other); code != 1 || !strings.Contains(said, "is here already") {
		t.Errorf("%d %s", code, said)
	}
	third.end()
}

func TestExportsAndImportsThatCannotBe(t *testing.T) {
	data := filepath.Join(t.TempDir(), "data")
	r := start(t, data)
	whole := fileOf(t, "--data", data)
	text, err := os.ReadFile(whole)
	if err != nil {
		t.Fatal(err)
	}
	file := func(text string) string {
		name := filepath.Join(t.TempDir(), "file")
		if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return name
	}
	nowhere := filepath.Join(t.TempDir(), "nowhere")
	for _, c := range []struct {
		args []string
		code int
		says string
	}{
		{[]string{"export", "--data", data, "--wall", "000000"}, 1, `^wall: there is no wall with the code "000000"\n$`},
		{[]string{"export", "--data", nowhere}, 1, "there are no walls in"},
		{[]string{"export", "--data", data, "--wall", "000000", "--all"}, 2, "not both"},
		{[]string{"export", "--data", data, "nonsense"}, 2, "nonsense"},
		{[]string{"export", "--data", data, "--out", filepath.Join(nowhere, "file")}, 1, "no such file"},
		{[]string{"import", "--data", data}, 2, "which file?"},
		{[]string{"import", "--data", data, nowhere}, 1, "no such file"},
		{[]string{"import", "--data", data, file("")}, 1, "this is not a file of walls"},
		{[]string{"import", "--data", data, file(string(text[:len(text)/2]))}, 1, "the file is cut short: it ends after line"},
		{[]string{"import", "--data", data, file(strings.Replace(string(text), "health", "wealth", 1))}, 1, "the file has been changed since it was written"},
		{[]string{"import", "--data", data, file(strings.Replace(string(text), `"schema":1`, `"schema":9`, 1))}, 1, "line 3 of the file: wall: written by a newer version of this program"},
		{[]string{"import", "--data", data, whole}, 1, "is here already, and is not from this file: a wall is never written over"},
	} {
		code, out, said := called(t, c.args...)
		if code != c.code || out != "" || !regexp.MustCompile(c.says).MatchString(said) {
			t.Errorf("%v: %d %q, want %d:\n%s", c.args, code, out, c.code, said)
		}
	}
	if _, err := os.Stat(nowhere); !os.IsNotExist(err) {
		t.Errorf("a folder was made: %v", err)
	}
	r.end()
}
