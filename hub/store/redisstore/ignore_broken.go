//go:build broken_conflict

package redisstore

// conflictIsFine takes what was not written for written, on purpose: the
// negative control of the tests.
const conflictIsFine = true
