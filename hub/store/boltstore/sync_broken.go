//go:build broken_nosync

package boltstore

// skipSync breaks promise S1 on purpose: the negative control of the tests.
const skipSync = true
