package redisstore

import (
	"errors"
	"fmt"
	"net"
	"net/url"
	"strconv"
	"strings"
)

// form is how Redis runs.
type form int

const (
	single   form = iota
	sentinel      // a primary that Sentinels watch, and name
	cluster
)

// address is where Redis is, as an operator writes it:
//
//	redis://host:6379                            one server; /2 at the end: its database 2
//	unix:///run/redis/redis.sock                 one server on this machine
//	redis+sentinel://host:26379,host:26379/name  the primary that the Sentinels know by a name
//	redis+cluster://host:6379,host:6379          a Cluster, by some of its nodes
//
// rediss for redis is the same over TLS. user:password@ may stand before the
// hosts, percent-encoded; better places for a password are Options' own.
type address struct {
	form               form
	tls                bool
	socket             string // a path; then there are no hosts
	hosts              []string
	primary            string // by which the Sentinels know it
	db                 int
	username, password string
}

var forms = map[string]address{
	"redis":           {form: single},
	"rediss":          {form: single, tls: true},
	"unix":            {form: single},
	"redis+sentinel":  {form: sentinel},
	"rediss+sentinel": {form: sentinel, tls: true},
	"redis+cluster":   {form: cluster},
	"rediss+cluster":  {form: cluster, tls: true},
}

var examples = map[form]string{
	single:   "redis://localhost:6379",
	sentinel: "redis+sentinel://host1:26379,host2:26379,host3:26379/mymaster",
	cluster:  "redis+cluster://host1:6379,host2:6379",
}

// parseAddress reads an address. An error never says what stands before an @:
// it may be a password.
func parseAddress(text string) (address, error) {
	scheme, rest, found := strings.Cut(text, "://")
	a, known := forms[strings.ToLower(scheme)]
	switch {
	case text == "":
		return a, errors.New("the address of Redis is empty; for example: " + examples[single])
	case !found:
		return a, errors.New("the address of Redis does not begin with a scheme; for example: " + examples[single])
	case !known:
		return a, fmt.Errorf("the address of Redis begins with redis, rediss, unix, redis+sentinel or redis+cluster, not with %q; for example: %s", scheme, examples[single])
	}
	wrong := func(what string) (address, error) {
		example := examples[a.form]
		switch {
		case strings.EqualFold(scheme, "unix"):
			example = "unix:///run/redis/redis.sock"
		case a.tls:
			example = "rediss" + strings.TrimPrefix(example, "redis")
		}
		return address{}, fmt.Errorf("the address of Redis %s; for example: %s", what, example)
	}
	if strings.ContainsAny(rest, "?#") {
		return wrong("has a ? or #: there are no options in it, and in a password they are %3F and %23")
	}
	authority, path, _ := strings.Cut(rest, "/")
	if i := strings.LastIndex(authority, "@"); i >= 0 {
		var err error
		if a.username, a.password, err = credentials(authority[:i]); err != nil {
			return wrong("has something before its @ that is not percent-encoded")
		}
		authority = authority[i+1:]
	}
	if strings.Contains(path, "@") {
		return wrong("has an @ after its first /: in a password, / is %2F and @ is %40")
	}
	if strings.EqualFold(scheme, "unix") {
		if authority != "" || path == "" {
			return wrong("has no path")
		}
		a.socket = "/" + path
		return a, nil
	}
	for _, host := range strings.Split(authority, ",") {
		host, ok := withPort(strings.TrimSpace(host), map[form]string{sentinel: "26379"}[a.form])
		if !ok {
			return wrong(fmt.Sprintf("has %q where host:port should be", host))
		}
		a.hosts = append(a.hosts, host)
	}
	switch {
	case a.form == single && len(a.hosts) > 1:
		return wrong("has several hosts: then it is redis+cluster:// or redis+sentinel://")
	case a.form == single && path != "":
		db, err := strconv.Atoi(path)
		if err != nil || db < 0 {
			return wrong("ends in something that is not the number of a database")
		}
		a.db = db
	case a.form == sentinel && (path == "" || strings.Contains(path, "/")):
		return wrong("does not end in the name by which the Sentinels know the primary")
	case a.form == sentinel:
		a.primary = path
	case path != "":
		return wrong("has something after the hosts: a Cluster has no databases")
	}
	return a, nil
}

func credentials(text string) (username, password string, err error) {
	username, password, _ = strings.Cut(text, ":")
	if username, err = url.PathUnescape(username); err == nil {
		password, err = url.PathUnescape(password)
	}
	return username, password, err
}

// withPort is a host with its port, which it may leave out.
func withPort(host, port string) (string, bool) {
	if port == "" {
		port = "6379"
	}
	name, given, err := net.SplitHostPort(host)
	if err != nil {
		name, given = strings.Trim(host, "[]"), port
		if strings.Contains(name, ":") && name == host { // IPv6 stands in brackets
			return host, false
		}
	}
	n, err := strconv.ParseUint(given, 10, 16)
	if err != nil || n == 0 || name == "" || strings.ContainsAny(name, " /@[]") {
		return host, false
	}
	return net.JoinHostPort(name, given), true
}

// String is the address without user and password: for the log.
func (a address) String() string {
	scheme := "redis"
	if a.tls {
		scheme = "rediss"
	}
	hosts := strings.Join(a.hosts, ",")
	switch {
	case a.socket != "":
		return "unix://" + a.socket
	case a.form == sentinel:
		return scheme + "+sentinel://" + hosts + "/" + a.primary
	case a.form == cluster:
		return scheme + "+cluster://" + hosts
	case a.db != 0:
		return scheme + "://" + hosts + "/" + strconv.Itoa(a.db)
	}
	return scheme + "://" + hosts
}

// HasPassword says that an address has a password in it. Where it stands in a
// command line, everybody on the machine can read it.
func HasPassword(address string) bool {
	a, err := parseAddress(address)
	return err == nil && a.password != ""
}
