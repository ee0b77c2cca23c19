//go:build broken_resend

package wall

// resendIsNew has a post that is sent again be another one, on purpose: the
// negative control of the tests.
const resendIsNew = true
