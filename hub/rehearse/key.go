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

// findKey finds the key of a hub: as given, or in its data folder.
func findKey(given, data string) (string, error) {
	if key := strings.TrimSpace(given); key != "" {
		return key, nil
	}
	path := filepath.Join(data, KeyFile)
	raw, err := os.ReadFile(path)
	key := strings.TrimSpace(string(raw))
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return "", fmt.Errorf("no hub key: looked for %s, and for --key and WALL_KEY.\n"+
			"Name the data folder of the hub with --data, or give its key with --key", absolute(path))
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
