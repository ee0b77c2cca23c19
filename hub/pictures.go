package hub

import (
	"math/bits"
	"time"

	"openspacewall/hub/wall"
)

// pictures are what an audience can be shown of the wall as it is, encoded once
// for all who ask: frames from a few older positions, and the whole wall. They
// belong to the room's owner.
type pictures struct {
	room     *room
	audience wall.Audience
	here     int     // phones, as last told
	health   *Health // as last told; the desk only

	frames map[uint64]*picture // by where they begin
	picked wall.Position       // the position that frames lead to
	far    uint64              // from here, and from before, a frame is too long: what changed since only grows
	photo  photo
}

// picture is what changed since a position.
type picture struct {
	*message
	removes bool // something that an older picture shows
}

// photo is a snapshot, kept for a moment: people come in crowds.
type photo struct {
	parts  []*message
	at     wall.Position
	here   int
	health *Health
	taken  time.Time
}

// tell has presence told: frames made before say another number.
func (p *pictures) tell(here int) { p.here, p.frames = here, nil }

// examine has the desk told how the hall is doing.
func (p *pictures) examine(h *Health) { p.health, p.frames = h, nil }

// forget drops every kept picture: something in them is not to be seen again.
func (p *pictures) forget() {
	p.frames = nil
	p.far = 0
	p.photo = photo{}
}

// missed is what takes a client from a position to the wall as it is stored:
// one frame, or a snapshot, and the frame since it.
func (p *pictures) missed(from wall.Position) []*message {
	at := p.room.at
	if from.Epoch == at.Epoch && from.Revision > 0 && from.Revision <= at.Revision {
		if r := mark(from.Revision, at.Revision); r > p.far {
			f := p.since(r)
			if len(f.text) <= PartMax {
				return []*message{f.message}
			}
			p.far = r
			delete(p.frames, r)
		}
	}
	return p.snapshot()
}

// since is the frame from a revision to the wall as it is, made once. While a
// commit is under way that is as it will be: see relay.prepare.
func (p *pictures) since(from uint64) *picture {
	at := p.room.wall.Position()
	if p.picked != at || p.frames == nil {
		p.frames, p.picked = map[uint64]*picture{}, at
	}
	f := p.frames[from]
	if f == nil {
		d := p.room.wall.Since(p.audience, from)
		f = &picture{message: frame(from, at.Revision, d, p.here, p.health), removes: removes(d)}
		p.frames[from] = f
	}
	return f
}

// mark is where the frame for a client at p begins: it may begin earlier than
// asked, as its values are absolute, and so a few frames do for a whole hall.
func mark(p, now uint64) uint64 {
	if p == now {
		return p
	}
	behind := uint64(1) << bits.Len64(now-p-1)
	if behind >= now {
		return 1
	}
	return now - behind
}

// snapshot gives the whole wall: a kept picture and what changed since it, or
// a new picture when the kept one is old, or shows what has been taken away.
func (p *pictures) snapshot() []*message {
	r, kept := p.room, &p.photo
	if kept.parts != nil && kept.at.Epoch == r.at.Epoch && time.Since(kept.taken) < snapshotAge {
		if kept.at == r.at && kept.here == p.here && kept.health == p.health {
			return kept.parts
		}
		// Since revision 0 would be the whole wall again.
		if from := kept.at.Revision; from > 0 {
			if f := p.since(from); !f.removes && len(f.text) <= PartMax {
				return append(kept.parts[:len(kept.parts):len(kept.parts)], f.message)
			}
		}
	}
	p.photo = photo{at: r.at, here: p.here, health: p.health, taken: time.Now(), parts: snapshot(r.at, r.wall.Since(p.audience, 0), p.here, p.health)}
	return p.photo.parts
}

// frame encodes what changed for an audience between two positions.
func frame(from, to uint64, d wall.Delta, here int, health *Health) *message {
	v := values(d, here)
	v.Health = health
	return newMessage(encode(Outgoing{Frame: &Frame{From: from, To: to, Values: v}}))
}

// removes says that a delta takes something away that an older picture shows.
func removes(d wall.Delta) bool {
	for _, n := range d.Notes {
		if n == nil || n.State.Final() { // the desk keeps the note, without its text
			return true
		}
	}
	for _, c := range d.Clusters {
		if c == nil {
			return true
		}
	}
	return false
}
