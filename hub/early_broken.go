//go:build broken_ackearly

package hub

import "openspacewall/hub/wall"

// early breaks the promise of turn on purpose: the negative control of the tests.
func (*room) early(t *turn) {
	for i, q := range t.asks {
		q.reply(t.answers[i].revision, t.answers[i].why)
		q.reply = func(uint64, *wall.Refusal) {}
	}
}
