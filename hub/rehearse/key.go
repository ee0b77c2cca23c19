package rehearse

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// KeyFile is where a hub keeps its key, in its data folder, so that whoever
// runs the hub can rehearse on it.
const KeyFile = "hub.key"

// The environment that is looked at where a flag is not given.
const (
	keyVariable  = "WALL_HUB_KEY"
	dataVariable = "WALL_DATA"
	dataDefault  = "data"
)

// findKey finds the key of a hub: as given, or in its data folder.
func findKey(given, data string, getenv func(string) string) (string, error) {
	if given == "" {
		given = getenv(keyVariable)
	}
	if given != "" {
		return strings.TrimSpace(given), nil
	}
	if data == "" {
		data = getenv(dataVariable)
	}
	if data == "" {
		data = dataDefault
	}
	path := filepath.Join(data, KeyFile)
	raw, err := os.ReadFile(path) //nolint:gosec // the operator names the folder
	key := strings.TrimSpace(string(raw))
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return "", fmt.Errorf("no hub key: looked in %s, and for --key and %s.\n"+
			"Name the data folder of the hub with --data, or give the key with --key", absolute(path), keyVariable)
	case errors.Is(err, fs.ErrPermission):
		return "", fmt.Errorf("the hub key in %s may not be read: rehearse as the user who runs the hub, or give the key with --key", absolute(path))
	case err != nil:
		return "", fmt.Errorf("the hub key cannot be read: %w", err)
	case key == "":
		return "", fmt.Errorf("the hub key in %s is empty", absolute(path))
	}
	return key, nil
}

func absolute(path string) string {
	if full, err := filepath.Abs(path); err == nil {
		return full
	}
	return path
}
