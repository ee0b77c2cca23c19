package crowd

import (
	"errors"
	"fmt"
	"syscall"
)

// filesBeside is how many files a program has open beside its phones.
const filesBeside = 64

// Explain adds to an error what limit of this machine it is, if it is one.
func Explain(err error) error {
	switch {
	case errors.Is(err, syscall.EMFILE) || errors.Is(err, syscall.ENFILE):
		return fmt.Errorf("%w: this machine lets a program open too few files (ulimit -n)", err)
	case errors.Is(err, syscall.EADDRNOTAVAIL):
		return fmt.Errorf("%w: this machine has no ports left for more phones to one address", err)
	}
	return err
}

// RaiseFiles sees to it that this program may have n files open, as far as the
// machine lets it. An error says how many it does.
func RaiseFiles(n int) error {
	var has syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_NOFILE, &has); err != nil {
		return fmt.Errorf("crowd: how many files may be open: %w", err)
	}
	need := uint64(n)
	if has.Cur >= need {
		return nil
	}
	want := syscall.Rlimit{Cur: need, Max: max(has.Max, need)}
	if syscall.Setrlimit(syscall.RLIMIT_NOFILE, &want) == nil {
		return nil
	}
	if has.Max >= need {
		want.Max = has.Max
		if err := syscall.Setrlimit(syscall.RLIMIT_NOFILE, &want); err == nil {
			return nil
		}
	}
	return fmt.Errorf("this machine lets a program open %d files, and %d are needed: raise the limit (ulimit -n %d), or bring fewer phones",
		has.Max, need, need)
}
