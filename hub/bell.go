//go:build !broken_bell

package hub

// bellIsTruth is true only in the build that proves that the tests would notice.
const bellIsTruth = false
