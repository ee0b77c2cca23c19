//go:build !broken_retry

package redisstore

// retries is how often the client may repeat by itself what may have been done:
// never.
const retries = -1
