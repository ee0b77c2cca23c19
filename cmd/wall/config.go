package main

import (
	"bytes"
	"errors"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"net/netip"
	"strings"
)

// errUsage says that the command line has been answered with what is wrong.
var errUsage = errors.New("usage")

// flags is a flag set whose flags can be set from the environment, too.
func flags(name, about string, stderr io.Writer) *flag.FlagSet {
	fs := flag.NewFlagSet("wall "+name, flag.ContinueOnError)
	fs.SetOutput(stderr)
	fs.Usage = func() {
		fmt.Fprintf(fs.Output(), "%s\n\n", about)
		fs.PrintDefaults()
		fmt.Fprintln(fs.Output(), "\nEach flag can be given in the environment, too: --public-url is WALL_PUBLIC_URL.")
	}
	return fs
}

// parse reads the environment, then the arguments, which win. Flags may stand
// before and after the words.
func parse(fs *flag.FlagSet, args []string, getenv func(string) string) (words []string, err error) {
	fs.VisitAll(func(f *flag.Flag) {
		name := "WALL_" + strings.ToUpper(strings.ReplaceAll(f.Name, "-", "_"))
		if value := getenv(name); value != "" && err == nil {
			if bad := fs.Set(f.Name, value); bad != nil {
				err = fmt.Errorf("%s=%q: %w", name, value, bad)
			}
		}
	})
	if err != nil {
		return nil, err
	}
	for {
		// All flags after a wrong one would push out of sight what is wrong.
		out, help := fs.Output(), bytes.Buffer{}
		fs.SetOutput(&help)
		err := fs.Parse(args)
		fs.SetOutput(out)
		switch {
		case errors.Is(err, flag.ErrHelp):
			_, _ = help.WriteTo(out)
			return nil, err
		case err != nil:
			return nil, wrong(fs, err.Error())
		}
		if fs.NArg() == 0 {
			return words, nil
		}
		words, args = append(words, fs.Arg(0)), fs.Args()[1:]
	}
}

// none refuses words where a command takes none.
func none(fs *flag.FlagSet, words []string) error {
	if len(words) == 0 {
		return nil
	}
	return wrong(fs, fmt.Sprintf("what is %q?", words[0]))
}

// wrong says what is wrong with a command line, and where to read more.
func wrong(fs *flag.FlagSet, what string) error {
	fmt.Fprintf(fs.Output(), "%s: %s\n%[1]s --help tells more\n", fs.Name(), what)
	return errUsage
}

// config is what `wall serve` is told.
type config struct {
	home
	listen, metricsListen, publicURL, title, logForm string
	insecureDesk, verbose                            bool
	trusted                                          []netip.Prefix
}

func (c *config) flags(stderr io.Writer, getenv func(string) string) *flag.FlagSet {
	fs := flags("serve", "Starts the hub. The first start makes a wall, and prints its addresses.\n\"wall help\" names the other commands.", stderr)
	fs.StringVar(&c.listen, "listen", ":8080", "address to listen on; the default is every network this machine is on")
	c.home.flags(fs, getenv)
	publicFlag(fs, &c.publicURL)
	fs.StringVar(&c.title, "title", "", "title of the wall that the first start makes (default: Göteborg)")
	fs.BoolVar(&c.insecureDesk, "insecure-desk", false, "let the desk work over plain HTTP from other machines. Whoever listens on the network\ncan then read a moderator's link and login, and take over the wall")
	fs.Func("trusted-proxy", "network of the proxies in front whose X-Forwarded-Proto counts, as 10.0.0.0/8; may be given\nmore than once, or as a list with commas", c.trust)
	fs.StringVar(&c.metricsListen, "metrics-listen", "", "another address to listen on, for /metrics, /healthz and /readyz: whoever reaches it may read\nthem. Without it that is this machine, and who has its hub.key")
	fs.StringVar(&c.logForm, "log", "text", "form of the log: text or json")
	fs.BoolVar(&c.verbose, "verbose", false, "log more")
	return fs
}

func publicFlag(fs *flag.FlagSet, url *string) {
	fs.StringVar(url, "public-url", "", "where phones find the hub, if that is not this machine's own address: https://wall.example.org")
}

func (c *config) trust(list string) error {
	for _, text := range strings.Split(list, ",") {
		text = strings.TrimSpace(text)
		p, err := netip.ParsePrefix(text)
		if err != nil {
			a, bad := netip.ParseAddr(text)
			if bad != nil {
				return fmt.Errorf("%q is neither a network (10.0.0.0/8) nor an address", text)
			}
			p = netip.PrefixFrom(a, a.BitLen())
		}
		c.trusted = append(c.trusted, p)
	}
	return nil
}

// log makes the operator's log.
func (c *config) log(w io.Writer) (*slog.Logger, error) {
	options := &slog.HandlerOptions{Level: slog.LevelInfo}
	if c.verbose {
		options.Level = slog.LevelDebug
	}
	switch c.logForm {
	case "text":
		return slog.New(slog.NewTextHandler(w, options)), nil
	case "json":
		options.ReplaceAttr = func(_ []string, a slog.Attr) slog.Attr {
			if a.Value.Kind() == slog.KindDuration { // it would be a number that says nothing of being nanoseconds
				a.Value = slog.StringValue(a.Value.Duration().String())
			}
			return a
		}
		return slog.New(slog.NewJSONHandler(w, options)), nil
	}
	return nil, fmt.Errorf("--log is text or json, not %q", c.logForm)
}
