package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"

	"openspacewall/hub/store"
	"openspacewall/hub/store/boltstore"
	"openspacewall/hub/wall"
)

// kept is where the walls of an installation are.
type kept struct {
	data string
}

func (k *kept) flags(fs *flag.FlagSet) {
	dataFlag(fs, &k.data)
}

// asksHub says that a running hub is the only one that can open the store.
func (k *kept) asksHub() bool { return true }

// open opens the store, which no hub has open. Where there is none it makes one
// if it may.
func (k *kept) open(_ context.Context, may bool) (store.Store, error) {
	path := filepath.Join(k.data, wallsFile)
	if _, err := os.Stat(path); errors.Is(err, os.ErrNotExist) && !may {
		return nil, fmt.Errorf("there are no walls in %s", k.data)
	}
	return boltstore.Open(path, boltstore.Options{})
}

// plain is an error as a person reads it: a refusal is its sentence.
func plain(err error) error {
	var no *wall.Refusal
	if errors.As(err, &no) && no.Text != "" {
		return errors.New(no.Text)
	}
	return err
}
