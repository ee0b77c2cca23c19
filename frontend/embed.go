// Package frontend holds the built pages of the three faces, and the door to
// them. `make build` makes dist; without it the program still builds, and says
// so to whoever opens a page.
package frontend

import (
	"embed"
	"io/fs"
)

//go:embed all:dist
var dist embed.FS

// Files are the built pages: {phone,projector,desk,door}.html and assets/.
func Files() fs.FS {
	sub, err := fs.Sub(dist, "dist")
	if err != nil { // only for a name that is no path
		panic(err)
	}
	return sub
}
