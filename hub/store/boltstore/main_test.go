package boltstore_test

import (
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"testing"
	"time"

	"go.uber.org/goleak"
)

// The long runs of the tests that kill, trace and damage; the short ones are in
// every go test.
var (
	tortureRounds = flag.Int("torture", 20, "rounds of kill -9")
	traceAcks     = flag.Int("acks", 1000, "acknowledgements to trace")
	crashStates   = flag.Int("crashes", 300, "crash states to open")
	damagedFiles  = flag.Int("damages", 600, "damaged files to open")
	seed          = flag.Uint64("seed", 0, "seed of whatever is random; 0: another one each time")
)

// helperEnv makes the test binary a process that can be killed: its value is
// what it does.
const helperEnv = "BOLTSTORE_HELPER"

func TestMain(m *testing.M) {
	if what := os.Getenv(helperEnv); what != "" {
		os.Exit(helper(what, os.Args[1:]))
	}
	flag.Parse()
	if *seed == 0 {
		*seed = uint64(time.Now().UnixNano())
	}
	goleak.VerifyTestMain(m)
}

// chance is a source that -seed repeats.
func chance(t *testing.T) *rand.Rand {
	t.Logf("-seed %d", *seed)
	return rand.New(rand.NewPCG(*seed, 1))
}

// helper is what the process does that a test starts.
func helper(what string, args []string) int {
	run := map[string]func([]string) error{
		"storm":  helperStorm,
		"full":   helperFull,
		"damage": helperDamage,
		"locked": helperLocked,
	}[what]
	if run == nil {
		fmt.Fprintf(os.Stderr, "no helper %q\n", what)
		return 2
	}
	if err := run(args); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return 0
}
