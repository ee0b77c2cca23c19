package docker

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// stage is a stage of a Dockerfile.
type stage struct {
	from, name string
	steps      []step
}

// step is an instruction: RUN, and what is to be run.
type step struct {
	word, rest string
	line       int
}

// readDockerfile reads the instructions; ours need no continued lines.
func readDockerfile(t *testing.T) []stage {
	t.Helper()
	text, err := os.ReadFile("Dockerfile")
	if err != nil {
		t.Fatal(err)
	}
	var stages []stage
	for i, line := range strings.Split(string(text), "\n") {
		if line = strings.TrimSpace(line); line == "" || line[0] == '#' {
			continue
		}
		word, rest, _ := strings.Cut(line, " ")
		if word == "FROM" {
			from, name, _ := strings.Cut(rest, " AS ")
			stages = append(stages, stage{from: from, name: name})
			continue
		}
		if len(stages) == 0 {
			t.Fatalf("line %d stands before any FROM", i+1)
		}
		s := &stages[len(stages)-1]
		s.steps = append(s.steps, step{word, rest, i + 1})
	}
	return stages
}

func (s *stage) all(word string) (rests []string) {
	for _, step := range s.steps {
		if step.word == word {
			rests = append(rests, step.rest)
		}
	}
	return rests
}

func TestTheDockerfileIsSound(t *testing.T) {
	stages := readDockerfile(t)
	if len(stages) != 3 {
		t.Fatalf("%d stages", len(stages))
	}
	known := []string{"WORKDIR", "COPY", "RUN", "ENV", "VOLUME", "EXPOSE", "USER", "HEALTHCHECK", "ENTRYPOINT"}
	names := []string{}
	for i, s := range stages {
		if last := i == len(stages)-1; last != (s.from == "scratch") {
			t.Errorf("stage %d is from %s", i+1, s.from)
		} else if !last && !pinned.MatchString(s.from) {
			t.Errorf("%s is not pinned to a version", s.from)
		}
		for _, step := range s.steps {
			if !slices.Contains(known, step.word) {
				t.Errorf("line %d: %s", step.line, step.word)
			}
			if strings.HasSuffix(step.rest, `\`) {
				t.Errorf("line %d goes on in the next one", step.line)
			}
			if step.word != "COPY" {
				continue
			}
			words := strings.Fields(step.rest)
			if from, is := strings.CutPrefix(words[0], "--from="); is {
				if !slices.Contains(names, from) {
					t.Errorf("line %d: there is no stage %s before it", step.line, from)
				}
				continue
			}
			for _, source := range words[:len(words)-1] {
				if _, err := os.Stat(filepath.Join("..", source)); err != nil || ignored(t, source) {
					t.Errorf("line %d: %s is not in what the engine is given: %v", step.line, source, err)
				}
			}
		}
		names = append(names, s.name)
	}
	image := stages[len(stages)-1]
	for word, want := range map[string]string{
		"USER":        "65532:65532",
		"ENTRYPOINT":  `["/wall"]`,
		"VOLUME":      "/data",
		"ENV":         "WALL_DATA=/data",
		"EXPOSE":      "8080",
		"HEALTHCHECK": `--interval=10s --timeout=5s --start-period=60s --retries=3 CMD ["/wall", "healthcheck"]`,
	} {
		if got := image.all(word); len(got) != 1 || got[0] != want {
			t.Errorf("%s is %q, want %q", word, got, want)
		}
	}
	if len(image.all("RUN")) != 0 {
		t.Error("something is run where there is no shell")
	}
	// As pinned here as where it is tested.
	program, pages := stages[1], stages[0]
	text, err := os.ReadFile("../go.mod")
	if err != nil {
		t.Fatal(err)
	}
	if v := regexp.MustCompile(`(?m)^go (\d+\.\d+)`).FindSubmatch(text); v == nil || !strings.HasPrefix(program.from, "golang:"+string(v[1])+".") {
		t.Errorf("go.mod says %s, the image is made with %s", v, program.from)
	}
	if !strings.HasPrefix(pages.from, "node:20.") {
		t.Errorf("the pages are made with %s", pages.from)
	}
}

// ignored says that .dockerignore keeps a path from the engine.
func ignored(t *testing.T, path string) bool {
	t.Helper()
	out := false
	for _, line := range dockerignore(t) {
		pattern, back := strings.CutPrefix(line, "!")
		if matches(t, pattern, path) {
			out = !back
		}
	}
	return out
}

func dockerignore(t *testing.T) (patterns []string) {
	t.Helper()
	text, err := os.ReadFile("../.dockerignore")
	if err != nil {
		t.Fatal(err)
	}
	for _, line := range strings.Split(string(text), "\n") {
		if line = strings.TrimSpace(line); line != "" && line[0] != '#' {
			patterns = append(patterns, line)
		}
	}
	return patterns
}

// matches says that a pattern matches a path, or a folder that it is in.
func matches(t *testing.T, pattern, path string) bool {
	t.Helper()
	parts := strings.Split(filepath.Clean(path), "/")
	deep := false
	if rest, is := strings.CutPrefix(pattern, "**/"); is {
		pattern, deep = rest, true
	}
	for end := 1; end <= len(parts); end++ {
		for begin := range end {
			if begin > 0 && !deep {
				break
			}
			is, err := filepath.Match(pattern, strings.Join(parts[begin:end], "/"))
			if err != nil {
				t.Fatal(err)
			}
			if is {
				return true
			}
		}
	}
	return false
}

func TestTheEngineIsGivenNoMoreThanItNeeds(t *testing.T) {
	for path, want := range map[string]bool{
		"go.mod": false, "cmd/wall/main.go": false, "hub/store/boltstore/file.go": false, "frontend/src/desk/main.ts": false,
		"hub/rehearse/testdata/consultation-youth.jsonl": false, "frontend/public/.gitkeep": false, "frontend/vite.config.ts": false,
		".git/config": true, "data/wall.db": true, "docker/redis-password": true, "docker/tls/wall.key": true, "README.md": true,
		"frontend/node_modules/x/index.js": true, "frontend/dist/phone.html": true, "hub/room_test.go": true, "bin/wall": true,
	} {
		if got := ignored(t, path); got != want {
			t.Errorf("%s: ignored %v", path, got)
		}
	}
}
