package redistest

import (
	"fmt"
	"net"
	"strings"
	"testing"
	"time"
)

// PrimaryName is what the Sentinels call the primary they watch.
const PrimaryName = "wall"

// Sentinels are a primary and two replicas, watched by three Sentinels that
// miss a primary after a second.
type Sentinels struct {
	Servers   []*Server // whoever is the primary
	Sentinels []*Server
	tb        testing.TB
}

// StartSentinels starts the six processes and returns when everyone knows
// everyone. directives are for the three servers.
func StartSentinels(tb testing.TB, directives ...string) *Sentinels {
	tb.Helper()
	s := &Sentinels{tb: tb, Servers: []*Server{Start(tb, directives...)}}
	host, port, _ := net.SplitHostPort(s.Servers[0].Addr)
	for range 2 {
		s.Servers = append(s.Servers, Start(tb, append([]string{"replicaof " + host + " " + port}, directives...)...))
	}
	s.whole()
	for range 3 {
		watcher := newServer(tb, []string{"--sentinel"}, []string{
			fmt.Sprintf("sentinel monitor %s %s %s 2", PrimaryName, host, port),
			"sentinel down-after-milliseconds " + PrimaryName + " 1000",
			"sentinel failover-timeout " + PrimaryName + " 5000",
			"sentinel parallel-syncs " + PrimaryName + " 2",
		})
		watcher.Restart()
		watcher.Do("SENTINEL", "DEBUG", "info-period", 1000) // as during a failover; or a mended trio is known as such after 20 s only
		s.Sentinels = append(s.Sentinels, watcher)
	}
	s.settled()
	return s
}

// StartSentinel starts one Sentinel, which watches what its directives say.
func StartSentinel(tb testing.TB, directives ...string) *Server {
	tb.Helper()
	s := newServer(tb, []string{"--sentinel"}, directives)
	s.Restart()
	return s
}

// Addrs are the Sentinels' addresses.
func (s *Sentinels) Addrs() []string {
	var all []string
	for _, w := range s.Sentinels {
		all = append(all, w.Addr)
	}
	return all
}

// Primary is the server that every Sentinel takes for the primary and that
// says so itself; nil while they do not agree.
func (s *Sentinels) Primary() *Server {
	addr := ""
	for _, w := range s.Sentinels {
		v, _ := w.Try("SENTINEL", "get-master-addr-by-name", PrimaryName)
		pair, _ := v.([]any)
		if len(pair) != 2 {
			return nil
		}
		said := net.JoinHostPort(fmt.Sprint(pair[0]), fmt.Sprint(pair[1]))
		if addr != "" && addr != said {
			return nil
		}
		addr = said
	}
	for _, server := range s.Servers {
		if server.Addr == addr && server.Info("role") == "master" {
			return server
		}
	}
	return nil
}

// Failover kills the primary and returns, with the killed one, when the
// Sentinels have made another one.
func (s *Sentinels) Failover() (killed *Server) {
	s.tb.Helper()
	killed = s.Primary()
	if killed == nil {
		s.tb.Fatal("there is no primary to kill")
	}
	killed.Kill()
	s.AwaitFailover(killed)
	return killed
}

// AwaitFailover returns when another server than old is the primary.
func (s *Sentinels) AwaitFailover(old *Server) {
	s.tb.Helper()
	Until(s.tb, 30*time.Second, "the Sentinels make another primary", func() bool {
		now := s.Primary()
		return now != nil && now != old
	})
}

// AwaitWhole returns when all is as after StartSentinels, whoever is the
// primary now.
func (s *Sentinels) AwaitWhole() {
	s.tb.Helper()
	s.whole()
	s.settled()
}

// whole waits until both replicas follow one primary.
func (s *Sentinels) whole() {
	s.tb.Helper()
	Until(s.tb, time.Minute, "two replicas follow one primary", func() bool {
		primaries, following := 0, 0
		for _, server := range s.Servers {
			switch {
			case server.Info("role") == "master" && server.Info("connected_slaves") == "2":
				primaries++
			case server.Info("master_link_status") == "up":
				following++
			}
		}
		return primaries == 1 && following == 2
	})
}

// settled waits until every Sentinel sees the other two and two good replicas.
func (s *Sentinels) settled() {
	s.tb.Helper()
	Until(s.tb, time.Minute, "the Sentinels see everyone", func() bool {
		for _, w := range s.Sentinels {
			primary, _ := w.Try("SENTINEL", "master", PrimaryName)
			if known := pairs(primary); known["num-other-sentinels"] != "2" || known["flags"] != "master" {
				return false
			}
			replicas, _ := w.Try("SENTINEL", "replicas", PrimaryName)
			good := 0
			list, _ := replicas.([]any)
			for _, r := range list {
				known := pairs(r)
				if known["flags"] == "slave" && known["master-link-status"] == "ok" {
					good++
				}
			}
			if good != 2 {
				return false
			}
		}
		return s.Primary() != nil
	})
}

// pairs reads a list of names and values in turn.
func pairs(v any) map[string]string {
	list, _ := v.([]any)
	m := map[string]string{}
	for i := 0; i+1 < len(list); i += 2 {
		m[strings.ToLower(fmt.Sprint(list[i]))] = fmt.Sprint(list[i+1])
	}
	return m
}
