package rehearse

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"math"
	"net/url"
	"slices"
	"strconv"
	"strings"
)

// call is the command line.
type call struct {
	hub               *url.URL
	phones            int
	speed             float64
	script, key, data string
	keep, json        bool

	profile, wall, report string
	acts                  []string
	length                int // seconds
}

// parseCall reads the environment and the command line, which wins; flags may
// stand after the address.
func parseCall(args []string, getenv func(string) string) (*call, error) {
	c := &call{}
	flags := flag.NewFlagSet("wall rehearse", flag.ContinueOnError)
	flags.SetOutput(io.Discard)
	flags.IntVar(&c.phones, "phones", 0, "")
	flags.StringVar(&c.script, "script", "", "")
	speed := flags.String("speed", strconv.Itoa(speedDefault), "")
	flags.BoolVar(&c.keep, "keep", false, "")
	flags.BoolVar(&c.json, "json", false, "")
	flags.StringVar(&c.key, "key", "", "")
	flags.StringVar(&c.data, "data", dataDefault, "")
	flags.StringVar(&c.profile, "profile", "", "")
	flags.StringVar(&c.wall, "wall", "", "")
	flags.StringVar(&c.report, "report", "", "")
	flags.IntVar(&c.length, "length", lengthDefault, "")
	var err error
	flags.VisitAll(func(f *flag.Flag) {
		name := "WALL_" + strings.ToUpper(f.Name)
		if value := getenv(name); value != "" && err == nil {
			if bad := flags.Set(f.Name, value); bad != nil {
				err = fmt.Errorf("%s=%q: %w", name, value, bad)
			}
		}
	})
	if err != nil {
		return nil, err
	}
	var addresses []string
	for {
		if err := flags.Parse(args); err != nil {
			return nil, err
		}
		if args = flags.Args(); len(args) == 0 {
			break
		}
		addresses, args = append(addresses, args[0]), args[1:]
	}
	if len(addresses) > 1 {
		return nil, fmt.Errorf("one hub address, not %d: %s", len(addresses), strings.Join(addresses, " "))
	}
	if c.phones < 0 {
		return nil, errors.New("--phones is a number of phones")
	}
	if err := c.readProfile(); err != nil {
		return nil, err
	}
	if c.speed, err = parseSpeed(*speed); err != nil {
		return nil, err
	}
	c.hub, err = parseHub(append(addresses, hubDefault)[0])
	return c, err
}

// readProfile reads which acts are to be played.
func (c *call) readProfile() error {
	switch {
	case c.profile == "" && c.wall != "":
		return errors.New("--wall is for --profile: a script needs a wall of its own")
	case c.profile == "":
		return nil
	case c.script != "":
		return errors.New("either --script or --profile: one replays people, the other fills a hall")
	case c.phones > hallMost:
		return fmt.Errorf("--phones is at most %d", hallMost)
	case c.length < 1 || c.length > lengthMost:
		return fmt.Errorf("--length is a number of seconds, at most %d", lengthMost)
	case c.profile == "all":
		c.acts = Acts
		return nil
	}
	for act := range strings.SplitSeq(c.profile, ",") {
		if act = strings.TrimSpace(act); !slices.Contains(Acts, act) {
			return fmt.Errorf("--profile %s: all, or some of %s", act, strings.Join(Acts, ", "))
		}
		c.acts = append(c.acts, act)
	}
	return nil
}

func parseSpeed(s string) (float64, error) {
	if s == "max" {
		return 0, nil
	}
	x, err := strconv.ParseFloat(strings.TrimSuffix(s, "x"), 64)
	if err != nil || math.IsNaN(x) || x < 0 || x > speedMost {
		return 0, fmt.Errorf("--speed %s: a number like 1 or 10, or max", s)
	}
	return x, nil
}

// parseHub reads a hub's address; what it is short of is filled in.
func parseHub(s string) (*url.URL, error) {
	if !strings.Contains(s, "://") {
		s = "http://" + s
	}
	u, err := url.Parse(s)
	if err != nil || u.Host == "" || (u.Scheme != "http" && u.Scheme != "https") || strings.Trim(u.Path, "/") != "" {
		return nil, fmt.Errorf("%s is no hub address: it looks like http://192.168.1.10:8080", s)
	}
	return &url.URL{Scheme: u.Scheme, Host: u.Host}, nil
}
