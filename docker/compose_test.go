// Package docker is tests only: that the files here are what they should be, and
// do what they say. No container engine is needed for any of them.
package docker

import (
	"fmt"
	"net/netip"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"
)

// compose is as much of a compose file as we use. What is not here is refused:
// a member that is misspelt is one that an engine would overlook, or not.
type compose struct {
	Name     string              `yaml:"name"`
	Hub      *service            `yaml:"x-hub"`
	Services map[string]service  `yaml:"services"`
	Networks map[string]network  `yaml:"networks"`
	Volumes  map[string]struct{} `yaml:"volumes"`
	Secrets  map[string]struct {
		File string `yaml:"file"`
	} `yaml:"secrets"`
}

type network struct {
	IPAM struct {
		Config []struct {
			Subnet  string `yaml:"subnet"`
			Gateway string `yaml:"gateway"`
		} `yaml:"config"`
	} `yaml:"ipam"`
}

type service struct {
	Image string `yaml:"image"`
	Build *struct {
		Context    string `yaml:"context"`
		Dockerfile string `yaml:"dockerfile"`
	} `yaml:"build"`
	User        string            `yaml:"user"`
	Entrypoint  []string          `yaml:"entrypoint"`
	Command     []string          `yaml:"command"`
	Environment map[string]string `yaml:"environment"`
	Secrets     []string          `yaml:"secrets"`
	Volumes     []string          `yaml:"volumes"`
	Tmpfs       []string          `yaml:"tmpfs"`
	Ports       []string          `yaml:"ports"`
	Networks    joined            `yaml:"networks"`
	DependsOn   map[string]struct {
		Condition string `yaml:"condition"`
	} `yaml:"depends_on"`
	Healthcheck *struct {
		Test        []string `yaml:"test"`
		Interval    string   `yaml:"interval"`
		Timeout     string   `yaml:"timeout"`
		StartPeriod string   `yaml:"start_period"`
		Retries     int      `yaml:"retries"`
	} `yaml:"healthcheck"`
	ReadOnly    bool     `yaml:"read_only"`
	CapDrop     []string `yaml:"cap_drop"`
	SecurityOpt []string `yaml:"security_opt"`
	StopGrace   string   `yaml:"stop_grace_period"`
	Restart     string   `yaml:"restart"`
}

// joined are the networks that a service is in: by name, and with its address if
// it has one of its own.
type joined map[string]struct {
	Address string `yaml:"ipv4_address"`
}

func (j *joined) UnmarshalYAML(n *yaml.Node) error {
	if n.Kind != yaml.SequenceNode {
		type plain joined
		return n.Decode((*plain)(j))
	}
	var names []string
	err := n.Decode(&names)
	*j = joined{}
	for _, name := range names {
		(*j)[name] = struct {
			Address string `yaml:"ipv4_address"`
		}{}
	}
	return err
}

func readCompose(t *testing.T, name string) compose {
	t.Helper()
	f, err := os.Open(name)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	var c compose
	d := yaml.NewDecoder(f)
	d.KnownFields(true)
	if err := d.Decode(&c); err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	return c
}

var composeFiles = []string{"compose.yaml", "compose.scale.yaml"}

func TestComposeFilesAreSound(t *testing.T) {
	for _, name := range composeFiles {
		c := readCompose(t, name)
		if len(c.Services) < 2 {
			t.Errorf("%s: %d services", name, len(c.Services))
		}
		for id, s := range c.Services {
			for _, wrong := range s.faults(c) {
				t.Errorf("%s: %s: %s", name, id, wrong)
			}
		}
		for secret, s := range c.Secrets {
			if s.File == "" {
				t.Errorf("%s: the secret %s is in no file", name, secret)
			}
			if ignored, err := os.ReadFile("../.gitignore"); err != nil || !strings.Contains(string(ignored), "/docker/"+filepath.Base(s.File)+"\n") {
				t.Errorf("%s: %s could end up in the repository", name, s.File)
			}
		}
	}
}

var (
	pinned   = regexp.MustCompile(`^[a-z]+:\d+\.\d+\.\d+(-[a-z]+)*$`)
	duration = regexp.MustCompile(`^\d+(s|m)$`)
	secretly = regexp.MustCompile(`(?i)(password|secret|token|key)`)
)

// faults are what is wrong with a service.
func (s *service) faults(c compose) (wrong []string) {
	say := func(format string, args ...any) { wrong = append(wrong, fmt.Sprintf(format, args...)) }
	if s.Build == nil && !pinned.MatchString(s.Image) {
		say("the image %s is not pinned to a version", s.Image)
	}
	if s.Build != nil {
		if _, err := os.Stat(filepath.Join(s.Build.Context, s.Build.Dockerfile)); err != nil {
			say("%v", err)
		}
	} else if !regexp.MustCompile(`^[1-9]\d*:[1-9]\d*$`).MatchString(s.User) {
		say("it runs as %q", s.User)
	}
	if h := s.Healthcheck; h == nil || len(h.Test) < 2 || !duration.MatchString(h.Interval) || !duration.MatchString(h.Timeout) || h.Retries < 1 {
		say("its healthcheck is %+v", h)
	}
	if !s.ReadOnly || !slices.Equal(s.CapDrop, []string{"ALL"}) || !slices.Contains(s.SecurityOpt, "no-new-privileges:true") {
		say("it may do more than it needs to")
	}
	if s.Restart != "unless-stopped" {
		say("restart is %q", s.Restart)
	}
	for name, value := range s.Environment {
		if secretly.MatchString(name) && !strings.HasPrefix(value, "/run/secrets/") {
			say("the environment has a secret in it: %s", name)
		}
		if strings.Contains(value, "@") {
			say("%s has something before an @", name)
		}
		if !strings.HasPrefix(name, "WALL_") {
			say("%s is no setting of ours", name)
		}
	}
	for _, n := range s.Secrets {
		if _, known := c.Secrets[n]; !known {
			say("there is no secret %s", n)
		}
	}
	for n, at := range s.Networks {
		in, known := c.Networks[n]
		if !known {
			say("there is no network %s", n)
			continue
		}
		if at.Address == "" {
			continue
		}
		address, err := netip.ParseAddr(at.Address)
		if err != nil || len(in.IPAM.Config) != 1 || !netip.MustParsePrefix(in.IPAM.Config[0].Subnet).Contains(address) {
			say("its address %s is not one of the network %s", at.Address, n)
		}
	}
	for _, v := range s.Volumes {
		from, rest, _ := strings.Cut(v, ":")
		if !strings.HasPrefix(from, ".") {
			if _, known := c.Volumes[from]; !known {
				say("there is no volume %s", from)
			}
			continue
		}
		if !strings.HasSuffix(rest, ":ro") {
			say("%s can be written to", from)
		}
		if _, err := os.Stat(from); err != nil && from != "./tls" { // the operator's own
			say("%v", err)
		}
	}
	for other, d := range s.DependsOn {
		if o, known := c.Services[other]; !known || d.Condition != "service_healthy" || o.Healthcheck == nil {
			say("it waits for %s until %q", other, d.Condition)
		}
	}
	return wrong
}

// Both files have the same Redis, and the same hub but for where it is found.
func TestComposeFilesAgree(t *testing.T) {
	one, scale := readCompose(t, composeFiles[0]), readCompose(t, composeFiles[1])
	if !reflect.DeepEqual(one.Services["redis"], scale.Services["redis"]) {
		t.Errorf("the Redis of one is\n%+v\nof the other\n%+v", one.Services["redis"], scale.Services["redis"])
	}
	hub := one.Services["wall"]
	inside := scale.Networks["inside"].IPAM.Config[0].Subnet
	addresses := map[string]bool{}
	for i, id := range []string{"wall-1", "wall-2"} {
		s := scale.Services[id]
		if want := []string{fmt.Sprintf("hub-%d:/data", i+1)}; !slices.Equal(s.Volumes, want) {
			t.Errorf("%s has %v: each hub has a folder of its own", id, s.Volumes)
		}
		if len(s.Ports) != 0 {
			t.Errorf("%s can be reached past the proxy: %v", id, s.Ports)
		}
		if got := s.Environment["WALL_TRUSTED_PROXY"]; got != inside {
			t.Errorf("%s trusts %s, and the proxy is in %s", id, got, inside)
		}
		if at := s.Networks["inside"].Address; at == "" || addresses[at] {
			t.Errorf("%s is at %q: nginx, which asks once, would look for it elsewhere when it is made anew", id, at)
		} else {
			addresses[at] = true
		}
		s.Volumes, s.Ports, s.Networks = hub.Volumes, hub.Ports, hub.Networks
		s.Environment["WALL_TRUSTED_PROXY"] = hub.Environment["WALL_TRUSTED_PROXY"]
		if !reflect.DeepEqual(s, hub) {
			t.Errorf("%s is\n%+v\nand the one hub\n%+v", id, s, hub)
		}
	}
	if ports := hub.Ports; len(ports) != 1 || !strings.HasPrefix(ports[0], "127.0.0.1:") {
		t.Errorf("plain HTTP is offered to the whole network: %v", ports)
	}
	if got, want := hub.Environment["WALL_TRUSTED_PROXY"], one.Networks["inside"].IPAM.Config[0].Gateway; got != want {
		t.Errorf("the trusted proxy is %s, and comes from %s", got, want)
	}
}

// The lint bites: each of these is caught.
func TestTheLintBites(t *testing.T) {
	sound := readCompose(t, "compose.scale.yaml")
	for what, spoil := range map[string]func(*service){
		"latest":             func(s *service) { s.Image = "redis:latest" },
		"no version":         func(s *service) { s.Image = "redis" },
		"root":               func(s *service) { s.User = "" },
		"no healthcheck":     func(s *service) { s.Healthcheck = nil },
		"writable":           func(s *service) { s.ReadOnly = false },
		"capabilities":       func(s *service) { s.CapDrop = nil },
		"a password":         func(s *service) { s.Environment = map[string]string{"WALL_REDIS_PASSWORD": "x"} },
		"one in an address":  func(s *service) { s.Environment = map[string]string{"WALL_REDIS": "redis://wall:x@redis"} },
		"an unknown volume":  func(s *service) { s.Volumes = []string{"nothing:/data"} },
		"a missing file":     func(s *service) { s.Volumes = []string{"./nothing:/etc/x:ro"} },
		"an unknown network": func(s *service) { s.Networks = joined{"outside": {}} },
		"an address beyond":  func(s *service) { s.Networks = joined{"inside": {Address: "172.31.79.2"}} },
	} {
		s := sound.Services["redis"]
		spoil(&s)
		if len(s.faults(sound)) == 0 {
			t.Errorf("%s: nothing is wrong with it", what)
		}
	}
}
