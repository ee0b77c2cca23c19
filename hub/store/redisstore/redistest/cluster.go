package redistest

import (
	"fmt"
	"net"
	"slices"
	"strings"
	"testing"
	"time"
)

const slots = 16384

// Cluster is three primaries with a replica each, which miss a node after two
// seconds.
type Cluster struct {
	Nodes []*Server // whoever is a primary
	tb    testing.TB
}

// StartCluster starts six nodes and returns when each says that all is well.
func StartCluster(tb testing.TB, directives ...string) *Cluster {
	tb.Helper()
	c := &Cluster{tb: tb}
	for range 6 {
		c.Nodes = append(c.Nodes, Start(tb, append([]string{
			"cluster-enabled yes", "cluster-config-file nodes.conf", "cluster-node-timeout 2000",
		}, directives...)...))
	}
	for i, n := range c.Nodes {
		n.Do("CLUSTER", "SET-CONFIG-EPOCH", i+1)
		if i < 3 {
			n.Do("CLUSTER", "ADDSLOTSRANGE", i*slots/3, (i+1)*slots/3-1)
		}
		host, port, _ := net.SplitHostPort(n.Addr)
		c.Nodes[0].Do("CLUSTER", "MEET", host, port)
	}
	c.all("everyone knows everyone", func(n *Server) bool { return n.clusterInfo("cluster_known_nodes") == "6" })
	for i, n := range c.Nodes[3:] {
		n.Do("CLUSTER", "REPLICATE", c.Nodes[i].Do("CLUSTER", "MYID"))
	}
	c.settled()
	return c
}

// Addrs are the nodes' addresses.
func (c *Cluster) Addrs() []string {
	var all []string
	for _, n := range c.Nodes {
		all = append(all, n.Addr)
	}
	return all
}

// Primary is the node that has the slot of a key; nil while nobody has.
func (c *Cluster) Primary(key string) *Server {
	for _, n := range c.Nodes {
		if n.Info("role") != "master" {
			continue
		}
		slot, err := n.Try("CLUSTER", "KEYSLOT", key)
		if err != nil {
			continue
		}
		ranges, _ := n.Try("CLUSTER", "SLOTS")
		list, _ := ranges.([]any)
		for _, r := range list {
			parts, _ := r.([]any)
			if len(parts) < 3 || slot.(int64) < parts[0].(int64) || slot.(int64) > parts[1].(int64) {
				continue
			}
			if owner := parts[2].([]any); net.JoinHostPort(fmt.Sprint(owner[0]), fmt.Sprint(owner[1])) == n.Addr {
				return n
			}
		}
	}
	return nil
}

// Failover kills the primary of a key and returns, with the killed one, when
// another node is.
func (c *Cluster) Failover(key string) (killed *Server) {
	c.tb.Helper()
	killed = c.Primary(key)
	if killed == nil {
		c.tb.Fatal("there is no primary to kill")
	}
	killed.Kill()
	c.AwaitFailover(key, killed)
	return killed
}

// AwaitFailover returns when another node than old has the key, and all that
// live say that all is well.
func (c *Cluster) AwaitFailover(key string, old *Server) {
	c.tb.Helper()
	Until(c.tb, 30*time.Second, "the Cluster makes another primary", func() bool {
		now := c.Primary(key)
		return now != nil && now != old && now.clusterInfo("cluster_state") == "ok"
	})
}

// AwaitWhole returns when all is as after StartCluster, whoever is a primary
// now.
func (c *Cluster) AwaitWhole() {
	c.tb.Helper()
	c.settled()
}

// settled waits until every node says that all is well, and three replicas
// follow three primaries.
func (c *Cluster) settled() {
	c.tb.Helper()
	c.all("the Cluster is well", func(n *Server) bool {
		v, _ := n.Try("CLUSTER", "NODES")
		text := fmt.Sprint(v)
		return n.clusterInfo("cluster_state") == "ok" && strings.Count(text, "slave") == 3 &&
			!strings.Contains(text, "fail") && !strings.Contains(text, "handshake") &&
			(n.Info("master_link_status") == "up" || n.Info("connected_slaves") == "1")
	})
}

func (c *Cluster) all(what string, is func(*Server) bool) {
	c.tb.Helper()
	Until(c.tb, time.Minute, what, func() bool {
		return !slices.ContainsFunc(c.Nodes, func(n *Server) bool { return !is(n) })
	})
}

func (s *Server) clusterInfo(field string) string {
	v, err := s.Try("CLUSTER", "INFO")
	if err != nil {
		return ""
	}
	for line := range strings.Lines(fmt.Sprint(v)) {
		if value, ok := strings.CutPrefix(line, field+":"); ok {
			return strings.TrimSpace(value)
		}
	}
	return ""
}
