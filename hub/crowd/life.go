package crowd

// knock notes that the phone begins to come for the first time.
func (p *Phone) knock() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if !p.been {
		p.knocked = p.crowd.now()
	}
}

// opened is told by a line that it is there.
func (p *Phone) opened(l line) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.gone || p.crowd.ctx.Err() != nil {
		l.close()
		return
	}
	p.line, p.inside, p.parse = l, false, parser{}
	_ = l.write(p.crowd.Head(p.index, p.at)) // if it fails, so does reading
}

// came is told by a line what came. An error ends the connection.
func (p *Phone) came(l line, b []byte) error {
	p.mu.Lock()
	err := p.understand(l, b)
	told := p.told
	p.told = 0
	p.mu.Unlock()
	if p.crowd.Answered != nil {
		for range told {
			p.crowd.Answered(p.index)
		}
	}
	return err
}

// understand reads what came. The phone is locked.
func (p *Phone) understand(l line, b []byte) error {
	if p.line != l {
		return errEnded
	}
	p.crowd.counts.bytes.Add(int64(len(b)))
	now := p.crowd.now()
	if !p.inside {
		if len(p.parse.rest) > 0 {
			b = append(p.parse.rest, b...)
		}
		size, deflate, err := readAnswer(b)
		if err != nil {
			return err
		}
		if size == 0 {
			p.parse.rest = append([]byte{}, b...)
			return nil
		}
		p.parse.rest, p.parse.deflate, p.inside = nil, deflate, true
		b = b[size:]
		if p.asked = true; !p.crowd.Placed {
			p.hello()
		}
		if p.been {
			for _, c := range p.open { // what was not answered
				_ = p.write(c.raw)
			}
		}
		if p.how != Briskly {
			p.line.read(p.how)
		}
	}
	return p.parse.take(b, func(op byte, packed bool, payload []byte) error { return p.take(op, packed, payload, now) })
}

// hello says where the phone is.
func (p *Phone) hello() {
	p.asked = true
	if hello := p.crowd.Wire.Hello(p.at); hello != nil {
		_ = p.write(mask(opText, hello))
	}
}

// lost is told by a line that it has ended, and why; a nil line is one that
// never was.
func (p *Phone) lost(l line, why error) {
	p.mu.Lock()
	if l != nil && p.line != l { // it was we who ended it
		p.mu.Unlock()
		return
	}
	was := p.whole
	p.end()
	p.mu.Unlock()
	p.crowd.usher.fell(p, why, was)
}

// end closes the line; false: there was none. The phone is locked.
func (p *Phone) end() bool {
	if p.line == nil {
		return false
	}
	p.line.close()
	if p.whole {
		p.crowd.counts.whole.Add(-1)
		p.knocked = p.crowd.now()
	}
	p.line, p.inside, p.whole, p.parts, p.coming, p.since, p.parse = nil, false, false, 0, nil, 0, parser{}
	return true
}

// hangUp ends the connection for good.
func (p *Phone) hangUp() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.gone = true
	if p.inside {
		_ = p.write(mask(opClose, []byte{0x03, 0xe8}))
	}
	p.end()
}
