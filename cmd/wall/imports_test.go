package main

import (
	"encoding/json"
	"errors"
	"io"
	"os/exec"
	"slices"
	"strings"
	"testing"
)

// may says what each package imports of ours, and which libraries. Imports go
// down only; drivers are known to their own store alone.
var may = map[string]struct{ ours, libraries []string }{
	"hub/wall":              {nil, []string{"github.com/rivo/uniseg", "golang.org/x/text/unicode/norm"}},
	"hub/store":             {[]string{"hub/wall"}, nil},
	"hub/store/memstore":    {[]string{"hub/wall", "hub/store"}, nil},
	"hub/store/boltstore":   {[]string{"hub/wall", "hub/store"}, []string{"go.etcd.io/bbolt", "go.etcd.io/bbolt/errors"}},
	"hub/store/storetest":   {[]string{"hub/wall", "hub/store"}, []string{"pgregory.net/rapid"}},
	"hub":                   {[]string{"hub/wall", "hub/store"}, []string{"github.com/gorilla/websocket"}},
	"hub/web":               {[]string{"hub/wall", "hub", "hub/carry"}, []string{"github.com/google/uuid", "github.com/gorilla/websocket", "golang.org/x/time/rate", "rsc.io/qr"}},
	"hub/carry":             {[]string{"hub/wall", "hub/store"}, nil},
	"hub/crowd":             {[]string{"hub/wall", "hub"}, nil},
	"hub/yardstick":         {[]string{"hub/wall", "hub", "hub/crowd", "hub/store", "hub/store/boltstore"}, []string{"github.com/gorilla/websocket"}},
	"hub/yardstick/compare": {[]string{"hub/yardstick"}, nil},
	"hub/rehearse":          {[]string{"hub/wall", "hub", "hub/crowd"}, []string{"github.com/google/uuid", "github.com/gorilla/websocket", "github.com/rivo/uniseg"}},
	"frontend":              {nil, nil},
	"docker":                {nil, nil}, // tests of its files
	"cmd/wall":              {[]string{"frontend", "hub", "hub/carry", "hub/rehearse", "hub/store", "hub/store/boltstore", "hub/store/redisstore", "hub/wall", "hub/web"}, []string{"rsc.io/qr"}},

	"hub/store/redisstore":           {[]string{"hub/wall", "hub/store"}, []string{"github.com/redis/go-redis/v9", "github.com/redis/go-redis/v9/maintnotifications"}},
	"hub/store/redisstore/redistest": {nil, nil},
}

// pure are the standard library's packages that the domain may use: none of
// them knows the time, chance, or the world outside.
var pure = []string{
	"bytes", "cmp", "crypto/sha256", "encoding/base64", "encoding/binary", "encoding/hex", "encoding/json", "errors", "fmt", "maps", "math",
	"slices", "sort", "strconv", "strings", "time", "unicode", "unicode/utf16", "unicode/utf8",
}

func TestImportsGoDown(t *testing.T) {
	const module = "openspacewall/"
	out, err := exec.Command("go", "list", "-json=ImportPath,Imports", module+"...").Output()
	if err != nil {
		var exit *exec.ExitError
		if errors.As(err, &exit) {
			t.Logf("%s", exit.Stderr)
		}
		t.Fatal(err)
	}
	seen := 0
	for d := json.NewDecoder(strings.NewReader(string(out))); ; {
		var p struct {
			ImportPath string
			Imports    []string
		}
		if err := d.Decode(&p); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			t.Fatal(err)
		}
		name := strings.TrimPrefix(p.ImportPath, module)
		rule, known := may[name]
		if !known {
			t.Errorf("%s has no place in the house: give it one here", name)
			continue
		}
		seen++
		for _, i := range p.Imports {
			ours, isOurs := strings.CutPrefix(i, module)
			first, _, _ := strings.Cut(i, "/")
			switch {
			case isOurs:
				if !slices.Contains(rule.ours, ours) {
					t.Errorf("%s imports %s", name, ours)
				}
			case strings.Contains(first, "."):
				if !slices.Contains(rule.libraries, i) {
					t.Errorf("%s imports %s", name, i)
				}
			case name == "hub/wall" && !slices.Contains(pure, i):
				t.Errorf("the domain imports %s", i)
			}
		}
	}
	if seen != len(may) {
		t.Errorf("%d packages were looked at, %d have a place", seen, len(may))
	}
}
