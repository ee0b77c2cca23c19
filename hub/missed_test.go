package hub

import "testing"

// An edition comes round while a phone takes what it missed before. It is the
// last for a long time, and the phone gets it all the same. Over a socket that
// takes everything at once: a hand's end would bring the phone back.
func TestWhoCatchesUpMissesNoEdition(t *testing.T) {
	h, _ := openWall(t, nil)
	a, b := visit(t, overTCP(t, h, phone(ann))), visit(t, overTCP(t, h, phone(bo)))
	a.sees(b.posts("before"))
	for _, v := range []*visitor{a, b} {
		v.until("both are here", func() bool { return v.view.Here == 2 })
	}
	err := h.with(t.Context(), testWall, func(r *room) {
		f := r.relay.feed(Phone)
		r.relay.people[bo.ID][0].mail.catchUp(&missed{messages: f.pictures.missed(r.at), at: r.at, number: f.now.Load().number})
	})
	if err != nil {
		t.Fatal(err)
	}
	b.sees(a.posts("meanwhile"))
}
