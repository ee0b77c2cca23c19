//go:build !broken_ackearly

package hub

// early does something only in the build that proves that the tests would
// notice an answer given before the commit.
func (*room) early(*turn) {}
