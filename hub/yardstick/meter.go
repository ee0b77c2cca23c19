package yardstick

import (
	"os"
	"time"
)

// meter reads what passes from one moment on: time, and what the hub and the
// crowd, which share the machine, spend of its processors.
type meter struct {
	began      time.Time
	pid        int
	hub, crowd time.Duration
}

func (st *stand) meter() (*meter, error) {
	m := &meter{pid: st.process.cmd.Process.Pid}
	var err error
	if m.hub, err = cpu(m.pid); err != nil {
		return nil, err
	}
	if m.crowd, err = cpu(os.Getpid()); err != nil {
		return nil, err
	}
	m.began = time.Now()
	return m, nil
}

func (m *meter) read() (took, hub, crowd time.Duration, err error) {
	took = time.Since(m.began)
	if hub, err = cpu(m.pid); err != nil {
		return 0, 0, 0, err
	}
	if crowd, err = cpu(os.Getpid()); err != nil {
		return 0, 0, 0, err
	}
	return took, hub - m.hub, crowd - m.crowd, nil
}
