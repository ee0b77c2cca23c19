package boltstore

import "os"

// Owes tells whether a file remembers an erasure that is not complete.
func Owes(path string) (bool, error) {
	f, err := os.Open(path)
	if err != nil {
		return false, err
	}
	defer f.Close()
	what, err := checkFile(f, path)
	return what.owed, err
}
