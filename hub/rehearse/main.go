// Package rehearse is bot phones against any running hub: they replay a
// recorded consultation, its notes and votes by their real authors, in order,
// at a chosen speed, over real sockets. It speaks only the public protocol.
//
// A crowd of bots would trip the limits that protect a real wall, so it makes
// a wall of its own with a hub key: marked as a rehearsal on every face, limits
// and dot budgets lifted; and wipes it in the end.
//
// What a replay makes of a recording:
//
//   - each person has a phone of its own, an identity and a socket; what a
//     person did is sent in the order in which it was done;
//   - the nth note goes to theme n mod 5, as an opinion;
//   - a vote of value 1 is a dot, a later vote of another value takes it back;
//   - a vote is sent when its note was acknowledged, and the voter's phone has it;
//   - pauses are played for 60 s at most;
//   - a note that was rejected in the end is hidden by the moderator bot after
//     the last that happened to it;
//   - a note longer than a wall takes is cut, and counted in the report.
//
// In the end the moderator bot leads the wall to the results, and what every
// phone and the desk then have is compared with a count made from the script
// alone.
package rehearse

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"math"
	"net/url"
	"strconv"
	"strings"
)

const usage = `wall rehearse: bot phones replay a recorded consultation against a running hub

  wall rehearse [--phones N] [--script FILE.jsonl] [--speed X] [--keep] [--json] [HUB-ADDRESS]

It makes a wall of its own on the hub, prints its addresses so that projector
and desk can be opened beside, replays, compares what every phone has in the
end with the recording, and wipes the wall.

  HUB-ADDRESS    default http://localhost:8080
  --script FILE  a recording (JSON Lines); default: one with 27 people, built in
  --speed X      times as fast as it was: 1 real time, 0 or max as fast as it
                 goes; default 10
  --phones N     phones, at least as many as people in the recording; more than
                 that only look on. Default: one for each
  --keep         leave the wall there afterwards
  --json         print one JSON object
  --data DIR     the hub's data folder, where its key is (hub.key); default data
  --key KEY      the hub's key itself: for a hub on another machine

Each flag can be given in the environment, too: --key is WALL_KEY, which others
on this machine cannot read from the list of processes.

Status 0 when nothing was lost or doubled, 1 when something was, or when the
rehearsal could not be held, 2 when it was called wrongly.
`

// The defaults of the command line.
const (
	dataDefault  = "data"
	hubDefault   = "http://localhost:8080"
	speedDefault = 10
	speedMost    = 1e6
)

// The program's statuses.
const (
	good  = 0
	bad   = 1
	wrong = 2
)

// Main is the subcommand: it rehearses, tells how it goes on stderr and what
// it found on stdout, and returns the program's status.
func Main(ctx context.Context, args []string, getenv func(string) string, stdout, stderr io.Writer) int {
	call, err := parseCall(args, getenv)
	if errors.Is(err, flag.ErrHelp) {
		_, _ = fmt.Fprint(stdout, usage)
		return good
	}
	if err != nil {
		return fail(stderr, wrong, fmt.Errorf("%w\nwall rehearse --help tells more", err))
	}
	o := Options{Hub: call.hub, Speed: call.speed, Keep: call.keep}
	if call.script == "" {
		o.Script, err = DefaultScript()
	} else {
		o.Script, err = OpenScript(call.script)
	}
	if err != nil {
		return fail(stderr, wrong, err)
	}
	if o.Phones = call.phones; o.Phones == 0 {
		o.Phones = len(o.Script.People)
	}
	if o.Phones < len(o.Script.People) {
		return fail(stderr, wrong, fmt.Errorf("the script has %d people, who need a phone each: --phones %d is too few",
			len(o.Script.People), o.Phones))
	}
	if o.Key, err = findKey(call.key, call.data); err != nil {
		return fail(stderr, bad, err)
	}
	show := newShow(stderr)
	o.Made = func(m Made) { show.made(m, o) }
	o.Progress = show.progress
	report, err := Run(ctx, o)
	show.end()
	if report != nil {
		if call.json {
			err = errors.Join(err, report.JSON(stdout))
		} else {
			err = errors.Join(err, report.Text(stdout))
		}
	}
	if err != nil {
		return fail(stderr, bad, err)
	}
	if o.Keep {
		_, _ = fmt.Fprintf(stderr, "the wall %s is still there (--keep)\n", report.Wall)
	}
	if !report.Good() {
		return bad
	}
	return good
}

func fail(stderr io.Writer, status int, err error) int {
	_, _ = fmt.Fprintf(stderr, "wall rehearse: %v\n", err)
	return status
}

// call is the command line.
type call struct {
	hub               *url.URL
	phones            int
	speed             float64
	script, key, data string
	keep, json        bool
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
	if c.speed, err = parseSpeed(*speed); err != nil {
		return nil, err
	}
	c.hub, err = parseHub(append(addresses, hubDefault)[0])
	return c, err
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
