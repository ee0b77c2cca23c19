//go:build !broken_conflict

package redisstore

// conflictIsFine is true only in the build that proves that the tests would notice.
const conflictIsFine = false
