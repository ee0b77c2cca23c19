package yardstick

import (
	"os"
	"time"
)

// meter reads what passes from one moment on: time, and what the hubs and the
// crowd, which share the machine, spend of its processors.
type meter struct {
	began      time.Time
	hubs       []*process
	hub, crowd time.Duration
}

func (st *stand) meter() (*meter, error) { return newMeter(st.process) }

func newMeter(hubs ...*process) (*meter, error) {
	m := &meter{hubs: hubs}
	var err error
	m.hub, m.crowd, err = m.spent()
	m.began = time.Now()
	return m, err
}

// spent is what hubs and crowd have spent ever.
func (m *meter) spent() (hub, crowd time.Duration, err error) {
	for _, p := range m.hubs {
		one, err := cpu(p.cmd.Process.Pid)
		if err != nil {
			return 0, 0, err
		}
		hub += one
	}
	crowd, err = cpu(os.Getpid())
	return hub, crowd, err
}

func (m *meter) read() (took, hub, crowd time.Duration, err error) {
	took = time.Since(m.began)
	hub, crowd, err = m.spent()
	return took, hub - m.hub, crowd - m.crowd, err
}
