// Command wall is the whole of a digital wall for an Open Space: the hub, its
// pages and its store in one program and one folder.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"runtime/debug"
	"syscall"

	"openspacewall/hub/rehearse"
)

func main() {
	ctx, end := context.WithCancel(context.Background())
	signals := make(chan os.Signal, 2)
	signal.Notify(signals, os.Interrupt, syscall.SIGTERM)
	go func() {
		<-signals
		end() // politely, which may take seconds
		<-signals
		os.Exit(1) // at once
	}()
	os.Exit(run(ctx, os.Args[1:], os.Getenv, os.Stdout, os.Stderr))
}

const usage = `A digital wall for an Open Space: phones write and vote, the projector shows,
moderators lead from the desk.

  wall [serve]                       start the hub (the first start makes a wall)
  wall create "Title" [--question …]  make another wall
  wall owner-link                    a one-time link to the desk, for its owner
  wall export [--out FILE]           walls, to a file: the backup, and the way to move
  wall import FILE                   and back
  wall rehearse                      bot phones on a wall of their own
  wall healthcheck                   ask the running hub whether it is well
  wall version

Each has --help. Every flag has a twin in the environment: --listen is WALL_LISTEN.
`

// run is the program. It returns its exit code: 0, 1 for a failure, 2 for a
// command line that cannot be meant.
func run(ctx context.Context, args []string, getenv func(string) string, stdout, stderr io.Writer) int {
	name, rest := "serve", args
	if len(args) > 0 && (len(args[0]) == 0 || args[0][0] != '-') {
		name, rest = args[0], args[1:]
	}
	switch {
	case name == "help" && len(rest) == 1: // wall help create
		name, rest = rest[0], []string{"--help"}
	case len(args) == 1 && (args[0] == "--version" || args[0] == "-version"):
		name = "version"
	}
	var err error
	switch name {
	case "serve":
		err = serve(ctx, rest, getenv, stderr)
	case "create":
		err = create(ctx, rest, getenv, stdout, stderr)
	case "owner-link":
		err = ownerLink(ctx, rest, getenv, stdout, stderr)
	case "healthcheck":
		err = healthcheck(ctx, rest, getenv, stdout, stderr)
	case "export":
		err = exportWalls(ctx, rest, getenv, stdout, stderr)
	case "import":
		err = importWalls(ctx, rest, getenv, stdout, stderr)
	case "rehearse":
		return rehearse.Main(ctx, rest, getenv, stdout, stderr)
	case "version":
		fmt.Fprintln(stdout, version())
	case "help":
		fmt.Fprint(stdout, usage)
	default:
		fmt.Fprintf(stderr, "wall: there is no command %q\n\n%s", name, usage)
		return 2
	}
	switch {
	case err == nil || errors.Is(err, flag.ErrHelp):
		return 0
	case errors.Is(err, errUsage):
		return 2
	}
	fmt.Fprintf(stderr, "wall: %v\n", err)
	return 1
}

// version is the program's, as the build knows it.
func version() string {
	v := "wall (development)"
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return v
	}
	if m := info.Main.Version; m != "" && m != "(devel)" {
		v = "wall " + m
	}
	for _, s := range info.Settings {
		if s.Key == "vcs.revision" {
			v += " " + s.Value
		}
	}
	return v + " " + info.GoVersion
}
