//go:build broken_bell

package hub

// bellIsTruth has rooms look only when the doorbell rings, on purpose: the
// negative control of the tests.
const bellIsTruth = true
