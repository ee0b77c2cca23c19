//go:build !broken_nosync

package boltstore

// skipSync is true only in the build that proves that the tests would notice.
const skipSync = false
