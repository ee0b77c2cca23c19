// Package rehearse is bot phones against any running hub, over real sockets. It
// speaks only the public protocol. There are two kinds of rehearsal:
//
//   - a replay: a recorded consultation, its notes and votes by their real
//     authors, in order, at a chosen speed. Each phone has a view of its own,
//     which is compared with the recording in the end;
//   - a hall: as many phones as will come, which do what a hall does (arrive,
//     write, lose the net, stutter, vote), for a verdict on hub and network.
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
	"bytes"
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"time"
)

const usage = `wall rehearse: bot phones against a running hub

  wall rehearse [--phones N] [--script FILE.jsonl] [--speed X] [--keep] [--json] [HUB-ADDRESS]
  wall rehearse --profile all [--phones N] [--length SECONDS] [--report FILE.html] [HUB-ADDRESS]

It makes a wall of its own on the hub, prints its addresses so that projector
and desk can be opened beside, has phones do what is to be rehearsed, compares
what every phone has in the end with what was sent, and wipes the wall. Its
verdict is "go" or "no-go", with reasons.

  HUB-ADDRESS    default http://localhost:8080
  --phones N     how many phones. Default: one for each person of the recording,
                 which are the fewest; with --profile 300
  --keep         leave the wall there afterwards
  --report FILE  write the verdict, the figures and their curves as a page
  --json         print one JSON object
  --data DIR     the hub's data folder, where its key is (hub.key); default data
  --key KEY      the hub's key itself: for a hub on another machine

A recorded consultation, to see everything as it will be:

  --script FILE  a recording (JSON Lines); default: one with 27 people, built in
  --speed X      times as fast as it was: 1 real time, 0 or max as fast as it
                 goes; default 10

A hall, to see whether hub and network carry it:

  --profile ACTS all, or some of these, with commas between:
                 arrive  everybody loads the page and comes in
                 write   everybody writes now and then
                 return  a third loses its connection at once, and comes back
                 slow    some phones read slowly, some not at all
                 vote    the closing minute: everybody votes, then the totals show
  --length N     seconds of each act; default 20
  --wall CODE    phones for a rehearsal's wall that is there already: no key is
                 needed. To try a hall's own Wi-Fi, keep a wall on the hub's
                 machine (wall rehearse --keep), and bring the phones to it from
                 a machine in the hall

Each flag can be given in the environment, too: --key is WALL_KEY, which others
on this machine cannot read from the list of processes.

Status 0 when nothing was lost or doubled (with --profile: when the verdict is
go), 1 when something was, or when the rehearsal could not be held, 2 when it
was called wrongly.
`

// The defaults of the command line.
const (
	dataDefault  = "data"
	hubDefault   = "http://localhost:8080"
	speedDefault = 10
	speedMost    = 1e6

	hallDefault   = 300 // phones
	hallMost      = 50_000
	lengthDefault = 20 // seconds
	lengthMost    = 3600
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
	show := newShow(stderr)
	hold := call.replay
	if call.profile != "" {
		hold = call.hall
	}
	report, status, err := hold(ctx, show)
	show.end()
	if report != nil {
		err = errors.Join(err, call.tell(report, stdout))
	}
	if err != nil {
		return fail(stderr, max(status, bad), err)
	}
	if call.keep {
		_, _ = fmt.Fprintf(stderr, "the wall %s is still there (--keep)\n", report.Wall)
	}
	if !report.Good() {
		return bad
	}
	return good
}

// replay holds a rehearsal that follows a script. The status counts when there
// is an error.
func (c *call) replay(ctx context.Context, show *show) (_ *Report, status int, err error) {
	o := Options{Hub: c.hub, Speed: c.speed, Keep: c.keep}
	if c.script == "" {
		o.Script, err = DefaultScript()
	} else {
		o.Script, err = OpenScript(c.script)
	}
	if err != nil {
		return nil, wrong, err
	}
	if o.Phones = c.phones; o.Phones == 0 {
		o.Phones = len(o.Script.People)
	}
	if o.Phones < len(o.Script.People) {
		return nil, wrong, fmt.Errorf("the script has %d people, who need a phone each: --phones %d is too few",
			len(o.Script.People), o.Phones)
	}
	if o.Key, err = findKey(c.key, c.data); err != nil {
		return nil, bad, err
	}
	o.Made = func(m Made) { show.made(m, o) }
	o.Progress = show.progress
	report, err := Run(ctx, o)
	return report, bad, err
}

// hall holds a rehearsal of a hall.
func (c *call) hall(ctx context.Context, show *show) (_ *Report, status int, err error) {
	o := HallOptions{
		Hub: c.hub, Code: c.wall, Phones: c.phones, Keep: c.keep, Acts: c.acts,
		Length: time.Duration(c.length) * time.Second, Progress: show.second,
	}
	if o.Phones == 0 {
		o.Phones = hallDefault
	}
	if o.Code == "" {
		if o.Key, err = findKey(c.key, c.data); err != nil {
			return nil, bad, err
		}
	}
	o.Made = func(m Made) { show.hall(m, o) }
	report, err := RunHall(ctx, o)
	return report, bad, err
}

// tell prints what was found, and writes the page if one is wanted.
func (c *call) tell(r *Report, stdout io.Writer) error {
	var err error
	if c.json {
		err = r.JSON(stdout)
	} else {
		err = r.Text(stdout)
	}
	if c.report == "" {
		return err
	}
	var page bytes.Buffer
	if e := r.HTML(&page); e != nil {
		return errors.Join(err, e)
	}
	if e := os.WriteFile(c.report, page.Bytes(), 0o644); e != nil { //nolint:gosec // for others to read
		return errors.Join(err, fmt.Errorf("the report could not be written: %w", e))
	}
	return err
}

func fail(stderr io.Writer, status int, err error) int {
	_, _ = fmt.Fprintf(stderr, "wall rehearse: %v\n", err)
	return status
}
