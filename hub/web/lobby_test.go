package web

import "testing"

// Sockets have the most of what files may be open, and those who ask for nothing
// never all of the rest.
func TestHowFilesAreShared(t *testing.T) {
	for files, want := range map[uint64][2]int{
		0: {0, 0}, 100: {0, 25}, 1024: {640, 256}, 4096: {2944, 1024},
		13503: {9999 + 1, 3375}, 13502: {9999, 3375}, 20000: {14872, 5000},
		65536: {SocketsMost, LobbyMost}, 1 << 63: {SocketsMost, LobbyMost},
	} {
		if sockets, lobby := share(files); sockets != want[0] || lobby != want[1] {
			t.Errorf("%d files: %d %d", files, sockets, lobby)
		}
	}
}
