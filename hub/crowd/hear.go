package crowd

import (
	"math/bits"
	"time"

	"openspacewall/hub/wall"
)

// hear takes one message.
func (p *Phone) hear(m *Message, now int64) {
	switch m.Kind {
	case Part:
		p.part(m, now)
	case Frame:
		switch {
		case p.at.Epoch == "" || m.From > p.at.Revision:
			if p.parts == 0 && !p.asked {
				p.crowd.counts.gaps.Add(1)
				p.hello()
			}
		case m.Position.Revision < p.at.Revision: // older than what is here
		default:
			p.at.Revision = m.Position.Revision
			p.look(m, now)
			p.arrived(now)
		}
	case Loose:
		p.look(m, now)
		p.arrived(now)
	case Ack, Refused:
		p.answered(m, now)
	}
}

// part takes a part of a snapshot; the phone has the wall with the last one.
func (p *Phone) part(m *Message, now int64) {
	if m.Part == 1 {
		p.parts, p.coming, p.sums = 0, make([]uint64, len(p.seen)), nil
	}
	if m.Part != p.parts+1 {
		p.parts = 0
		p.crowd.counts.gaps.Add(1)
		p.hello()
		return
	}
	p.parts++
	for _, number := range m.Notes {
		if number < len(p.crowd.sent) {
			p.coming[number/64] |= 1 << (number % 64)
		}
	}
	p.wrong(m)
	if m.Totals != nil {
		p.sums = p.sums.with(m.Totals)
	}
	if p.parts < m.Of {
		return
	}
	if p.sums != nil && p.sums.whole() {
		p.judged(p.sums)
	}
	for i, word := range p.coming { // it replaces everything
		for fresh := word &^ p.seen[i]; fresh != 0; fresh &= fresh - 1 {
			p.crowd.first(p, 64*i+bits.TrailingZeros64(fresh), now)
		}
	}
	p.seen, p.coming, p.sums = p.coming, nil, nil
	p.parts, p.at = 0, m.Position
	p.arrived(now)
}

// look marks what is seen in a message.
func (p *Phone) look(m *Message, now int64) {
	c := p.crowd
	for _, number := range m.Notes {
		c.first(p, number, now)
	}
	for _, number := range m.Gone {
		if number < len(c.sent) {
			p.seen[number/64] &^= 1 << (number % 64)
		}
	}
	p.wrong(m)
	if m.Totals != nil {
		p.judged(m.Totals)
	}
}

// wrong counts what a message says that is wrong.
func (p *Phone) wrong(m *Message) {
	p.crowd.doubled.Add(int64(m.Doubled))
	p.crowd.altered.Add(int64(m.Altered))
}

// judged notes how the phone's totals are.
func (p *Phone) judged(totals *Judgement) {
	c := p.crowd
	if was, is := p.totals.Exact(), totals.Exact(); is && !was {
		c.exact.Add(1)
	} else if was && !is {
		c.exact.Add(-1)
	}
	p.totals = totals
}

// arrived notes that the phone has the wall.
func (p *Phone) arrived(now int64) {
	p.asked = false
	if p.whole {
		return
	}
	c := p.crowd
	took := time.Duration(now - p.knocked)
	if p.been {
		c.Backs.Add(took)
		c.counts.returned.Add(1)
	} else {
		c.Joins.Add(took)
		for _, o := range p.open {
			_ = p.write(o.raw)
		}
	}
	p.whole, p.been, p.since = true, true, now
	c.counts.whole.Add(1)
	c.usher.arrived(p)
	if c.Arrived != nil {
		c.Arrived(p.index)
	}
}

// answered takes the answer to a command.
func (p *Phone) answered(m *Message, now int64) {
	c := p.crowd
	for i, o := range p.open {
		if o.n != m.N {
			continue
		}
		if m.Kind == Refused && (m.Code == wall.Rate || m.Code == wall.Busy || m.Code == wall.Unavailable) {
			c.again.Add(1)
			p.later(o, m.After)
			return
		}
		p.open = append(p.open[:i], p.open[i+1:]...)
		if len(p.open) == 0 {
			p.open = nil
		}
		p.told++
		if m.Kind == Refused {
			c.refused.Add(1)
			if o.note >= 0 {
				c.sent[o.note].Store(refusedNote)
			}
			c.refusedFor(m.Code)
			return
		}
		c.Acks.Add(time.Duration(now - o.at))
		c.acked.Add(1)
		for has := c.revision.Load(); has < m.Position.Revision && !c.revision.CompareAndSwap(has, m.Position.Revision); {
			has = c.revision.Load()
		}
		return
	}
}

// later has a command sent again after a while, as the hub asked.
func (p *Phone) later(c command, after time.Duration) {
	time.AfterFunc(min(max(after, againLeast), againMost), func() {
		p.mu.Lock()
		defer p.mu.Unlock()
		for _, o := range p.open {
			if o.n == c.n && p.inside {
				_ = p.write(o.raw)
			}
		}
	})
}

// How long a phone waits before it sends again what was refused for the moment.
const (
	againLeast = 50 * time.Millisecond
	againMost  = 30 * time.Second
)
