package wall

import "slices"

// shifts is by how much totals change, of each target once.
type shifts struct {
	list []shift
	at   map[string]int // made when there may be many
}

type shift struct {
	target string
	by     Total
}

func (s *shifts) add(target string, dots, people int) {
	i := -1
	if len(s.at) == 0 {
		i = slices.IndexFunc(s.list, func(x shift) bool { return x.target == target })
	} else if at, ok := s.at[target]; ok {
		i = at
	}
	if i < 0 {
		i = len(s.list)
		s.list = append(s.list, shift{target: target})
		switch {
		case len(s.at) > 0:
			s.at[target] = i
		case len(s.list) > 8:
			if s.at == nil {
				s.at = map[string]int{}
			}
			for i, x := range s.list {
				s.at[x.target] = i
			}
		}
	}
	by := &s.list[i].by
	by.Dots += dots
	by.People += people
}

func (s *shifts) clear() {
	empty(&s.list)
	clear(s.at)
}
