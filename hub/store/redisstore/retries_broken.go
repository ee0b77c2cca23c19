//go:build broken_retry

package redisstore

// retries is what the client does unless it is told otherwise: the negative
// control of the tests.
const retries = 3
