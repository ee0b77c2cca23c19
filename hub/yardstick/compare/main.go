// Command compare measures the wall's program beside the reference hubs, and
// prints one table: `make bench` runs it. It is not shipped.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"slices"
	"strings"
	"syscall"

	"openspacewall/hub/yardstick"
)

func main() {
	if name := yardstick.Asked(); name != "" { // this process is a reference hub
		if err := yardstick.Serve(name, os.Stdin, os.Stdout); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		return
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	os.Exit(run(ctx, os.Args[1:]))
}

func run(ctx context.Context, args []string) int {
	c := yardstick.Comparison{Size: yardstick.Short, Log: os.Stderr}
	fs := flag.NewFlagSet("compare", flag.ContinueOnError)
	full := fs.Bool("full", false, "the sizes that the targets are about: half an hour and more")
	fs.IntVar(&c.Rounds, "rounds", 3, "how often; the table has medians")
	fs.StringVar(&c.Program, "wall", "bin/wall", "the wall's program")
	contenders := fs.String("contenders", strings.Join(yardstick.Contenders, ","), "who")
	only := fs.String("only", "", "scenarios whose names begin so, with commas between; default: all")
	if fs.Parse(args) != nil {
		return 2
	}
	if *full {
		c.Size = yardstick.Full
	}
	c.Contenders = strings.Split(*contenders, ",")
	for _, name := range c.Contenders {
		if !slices.Contains(yardstick.Contenders, name) {
			fmt.Fprintf(os.Stderr, "compare: there is no contender %q\n", name)
			return 2
		}
	}
	if *only != "" {
		c.Only = strings.Split(*only, ",")
	}
	met, missed, err := c.Run(ctx, os.Stdout)
	if met+missed > 0 {
		fmt.Printf("\n%d targets met, %d missed\n", met, missed)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return 0
}
