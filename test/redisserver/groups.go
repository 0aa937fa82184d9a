package redisserver

import (
	"fmt"
	"strings"
	"testing"

	"pavise/test/servers"
)

// A Group is a primary and a replica, watched by three Sentinels.
type Group struct {
	Name      string // of the primary, as the Sentinels call it
	Servers   []*Server
	Sentinels []*Server
}

// StartGroup runs a group; more lines are for the two servers. The Sentinels take a
// server for dead after half a second.
func StartGroup(t testing.TB, lines ...string) *Group {
	t.Helper()
	g := &Group{Name: "main"}
	primary := Start(t, Options{Lines: lines})
	replica := Start(t, Options{Lines: append([]string{"replicaof 127.0.0.1 " + primary.Port}, lines...)})
	g.Servers = []*Server{primary, replica}
	replica.Await("INFO replication", func(told string) bool { return strings.Contains(told, "master_link_status:up") })
	for range 3 {
		s := newServer(t)
		s.args = []string{"--sentinel"}
		s.configure([]string{"port " + s.Port, "sentinel monitor main 127.0.0.1 " + primary.Port + " 2",
			"sentinel down-after-milliseconds main 500", "sentinel failover-timeout main 1000"})
		s.Begin()
		g.Sentinels = append(g.Sentinels, s)
	}
	for _, s := range g.Sentinels {
		s.Await("SENTINEL CKQUORUM main", func(answer string) bool { return strings.HasPrefix(answer, "OK 3 ") })
		s.Await("SENTINEL REPLICAS main", func(answer string) bool {
			return strings.Contains(answer, replica.Port) && strings.Contains(answer, "master-link-status\nok")
		})
	}
	return g
}

// Addresses are those of the Sentinels.
func (g *Group) Addresses() []string { return addresses(g.Sentinels) }

// Primary returns who the Sentinels say is the primary.
func (g *Group) Primary() *Server {
	_, port, _ := strings.Cut(g.Sentinels[0].Ask("SENTINEL", "GET-MASTER-ADDR-BY-NAME", g.Name), "\n")
	for _, s := range g.Servers {
		if s.Port == port {
			return s
		}
	}
	g.Sentinels[0].t.Fatalf("the primary is at port %q, where none is", port)
	return nil
}

// AwaitPrimary waits until another server than this is the primary.
func (g *Group) AwaitPrimary(other *Server) {
	g.Sentinels[0].Await("SENTINEL GET-MASTER-ADDR-BY-NAME "+g.Name, func(at string) bool { return !strings.HasSuffix(at, "\n"+other.Port) })
}

// Rejoin begins a server that has ended as a replica of the primary, and waits until it
// follows. The Sentinels would take ten seconds to tell it.
func (g *Group) Rejoin(s *Server) {
	s.Begin()
	s.Ask("REPLICAOF", "127.0.0.1", g.Primary().Port)
	s.Await("INFO replication", func(told string) bool { return strings.Contains(told, "master_link_status:up") })
}

func addresses(list []*Server) (at []string) {
	for _, s := range list {
		at = append(at, s.Address)
	}
	return at
}

// A Cluster is three primaries with a third of the slots each, and a replica of each
// where there is one.
type Cluster struct{ Primaries, Replicas []*Server }

// StartCluster runs a cluster, with replicas or without. Its nodes take one of them for
// dead after a second.
func StartCluster(t testing.TB, replicas bool, lines ...string) *Cluster {
	t.Helper()
	c := new(Cluster)
	for i := range 3 {
		s := startNode(t, lines)
		s.Ask("CLUSTER", "ADDSLOTSRANGE", fmt.Sprint(i*16384/3), fmt.Sprint((i+1)*16384/3-1))
		s.Ask("CLUSTER", "SET-CONFIG-EPOCH", fmt.Sprint(i+1))
		c.Primaries = append(c.Primaries, s)
	}
	if replicas {
		for range 3 {
			c.Replicas = append(c.Replicas, startNode(t, lines))
		}
	}
	all := c.Nodes()
	for _, s := range all[1:] {
		s.Ask("CLUSTER", "MEET", "127.0.0.1", all[0].Port, all[0].bus())
	}
	known := fmt.Sprintf("cluster_known_nodes:%d", len(all))
	for _, s := range all {
		s.Await("CLUSTER INFO", func(told string) bool {
			return strings.Contains(told, known) && strings.Contains(told, "cluster_size:3") && strings.Contains(told, "cluster_state:ok")
		})
	}
	for i, s := range c.Replicas {
		s.Ask("CLUSTER", "REPLICATE", c.Primaries[i].Ask("CLUSTER", "MYID"))
	}
	for _, s := range c.Replicas {
		s.Await("INFO replication", func(told string) bool { return strings.Contains(told, "master_link_status:up") })
	}
	for _, s := range all { // who asks any of them must hear of all
		s.Await("CLUSTER NODES", func(told string) bool {
			return strings.Count(told, " slave ")+strings.Count(told, ",slave ") == len(c.Replicas)
		})
	}
	return c
}

func startNode(t testing.TB, lines []string) *Server {
	t.Helper()
	return Start(t, Options{Lines: append([]string{"cluster-enabled yes", "cluster-node-timeout 1000", "cluster-port " + servers.FreePort(t)}, lines...)})
}

// bus is the port at which nodes speak among themselves.
func (s *Server) bus() string {
	_, port, _ := strings.Cut(s.Ask("CONFIG", "GET", "cluster-port"), "\n")
	return port
}

// AwaitPrimaries waits until the nodes that live agree that this one, a replica before,
// is a primary, and that no slot is without one.
func (c *Cluster) AwaitPrimaries(s *Server) {
	s.Await("ROLE", func(role string) bool { return strings.HasPrefix(role, "master") })
	s.Await("CLUSTER INFO", func(told string) bool { return strings.Contains(told, "cluster_state:ok") })
}

// Nodes are all of it.
func (c *Cluster) Nodes() []*Server {
	return append(append([]*Server{}, c.Primaries...), c.Replicas...)
}

// Addresses are those of all nodes.
func (c *Cluster) Addresses() []string { return addresses(c.Nodes()) }
