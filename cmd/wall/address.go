package main

import (
	"errors"
	"net"
	"net/netip"
	"strconv"
	"strings"
	"syscall"
)

func portTaken(err error) bool { return errors.Is(err, syscall.EADDRINUSE) }

func portFree(err error) bool { return errors.Is(err, syscall.ECONNREFUSED) }

// addresses are where phones find the hub, and where its desk works: over
// plain HTTP that is this machine itself, unless the operator took the risk.
func addresses(at net.Addr, c config) (public, desk string) {
	public = strings.TrimRight(c.publicURL, "/")
	if public == "" {
		public = "http://" + hostPort(phoneHost(at), at)
	}
	if strings.HasPrefix(public, "https:") || c.insecureDesk {
		return public, public
	}
	return public, localURL(at)
}

// localURL is the hub as this machine reaches it.
func localURL(at net.Addr) string {
	host := "localhost"
	if ip := ipOf(at); !ip.IsUnspecified() && !ip.IsLoopback() {
		host = ip.String()
	}
	return "http://" + hostPort(host, at)
}

// phoneHost is the name by which a phone on the same network reaches the hub.
func phoneHost(at net.Addr) string {
	ip := ipOf(at)
	switch {
	case ip.IsLoopback():
		return "localhost"
	case !ip.IsUnspecified():
		return ip.String()
	}
	if lan := lanAddress(); lan.IsValid() {
		return lan.String()
	}
	return "localhost"
}

// lanAddress is the first private IPv4 address of a network that is up.
func lanAddress() netip.Addr {
	interfaces, err := net.Interfaces()
	if err != nil {
		return netip.Addr{}
	}
	for _, i := range interfaces {
		if i.Flags&net.FlagUp == 0 || i.Flags&net.FlagLoopback != 0 {
			continue
		}
		all, err := i.Addrs()
		if err != nil {
			continue
		}
		for _, a := range all {
			if p, err := netip.ParsePrefix(a.String()); err == nil && p.Addr().Is4() && p.Addr().IsPrivate() {
				return p.Addr()
			}
		}
	}
	return netip.Addr{}
}

func ipOf(at net.Addr) netip.Addr {
	if tcp, ok := at.(*net.TCPAddr); ok {
		return tcp.AddrPort().Addr().Unmap()
	}
	return netip.IPv6Unspecified()
}

// hostPort is host and port as they stand in an address: port 80 goes without saying.
func hostPort(host string, at net.Addr) string {
	port := 80
	if tcp, ok := at.(*net.TCPAddr); ok {
		port = tcp.Port
	}
	if port == 80 {
		if strings.Contains(host, ":") {
			return "[" + host + "]"
		}
		return host
	}
	return net.JoinHostPort(host, strconv.Itoa(port))
}
