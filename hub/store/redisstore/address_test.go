package redisstore

import (
	"slices"
	"strings"
	"testing"
)

func TestAddresses(t *testing.T) {
	for text, want := range map[string]address{
		"redis://localhost":              {hosts: []string{"localhost:6379"}},
		"redis://10.0.0.7:7000/2":        {hosts: []string{"10.0.0.7:7000"}, db: 2},
		"REDIS://h/":                     {hosts: []string{"h:6379"}},
		"rediss://[fd00::1]:6380":        {tls: true, hosts: []string{"[fd00::1]:6380"}},
		"redis://[fd00::1]":              {hosts: []string{"[fd00::1]:6379"}},
		"redis://wall:a%2Fb%40c%25@h":    {hosts: []string{"h:6379"}, username: "wall", password: "a/b@c%"},
		"redis://:only@h":                {hosts: []string{"h:6379"}, password: "only"},
		"redis://wall:a@b@h":             {hosts: []string{"h:6379"}, username: "wall", password: "a@b"},
		"unix:///run/redis/redis.sock":   {socket: "/run/redis/redis.sock"},
		"unix://wall:pw@/run/redis.sock": {socket: "/run/redis.sock", username: "wall", password: "pw"},
		"redis+sentinel://a,b:1,c/main":  {form: sentinel, hosts: []string{"a:26379", "b:1", "c:26379"}, primary: "main"},
		"rediss+sentinel://a/main":       {form: sentinel, tls: true, hosts: []string{"a:26379"}, primary: "main"},
		"redis+cluster://a:1, b:2":       {form: cluster, hosts: []string{"a:1", "b:2"}},
		"rediss+cluster://wall:pw@a/":    {form: cluster, tls: true, hosts: []string{"a:6379"}, username: "wall", password: "pw"},
	} {
		got, err := parseAddress(text)
		if err != nil {
			t.Errorf("%s: %v", text, err)
			continue
		}
		if !slices.Equal(got.hosts, want.hosts) {
			t.Errorf("%s: hosts %q", text, got.hosts)
		}
		got.hosts, want.hosts = nil, nil
		if got.String() == "" || !equal(got, want) {
			t.Errorf("%s: %+v", text, got)
		}
	}
}

func equal(a, b address) bool {
	return a.form == b.form && a.tls == b.tls && a.socket == b.socket && a.primary == b.primary && a.db == b.db &&
		a.username == b.username && a.password == b.password
}

// What is wrong with an address is said with an example, and without what may
// be a password.
func TestAddressesThatCannotBe(t *testing.T) {
	for text, says := range map[string]string{
		"":                                 "is empty",
		"localhost:6379":                   "does not begin with a scheme",
		"http://localhost":                 `not with "http"`,
		"redis://":                         "where host:port should be",
		"redis://h:0":                      `"h:0"`,
		"redis://h:70000":                  `"h:70000"`,
		"redis://fd00::1":                  `"fd00::1"`,
		"redis://a,b":                      "redis+cluster:// or redis+sentinel://",
		"redis://h/first":                  "number of a database",
		"redis://h/-1":                     "number of a database",
		"redis://h?db=2":                   "no options",
		"redis://wall:hush#hush@h":         "%23",
		"redis://wall:hush/hush@h":         "%2F",
		"redis://wall:hush%zz@h":           "percent-encoded",
		"unix://run/redis.sock":            "has no path",
		"unix://":                          "has no path",
		"redis+sentinel://a:1,b:2":         "name by which the Sentinels",
		"redis+sentinel://a:1/":            "name by which the Sentinels",
		"redis+sentinel://a:1/x/y":         "name by which the Sentinels",
		"redis+cluster://a:1/0":            "no databases",
		"rediss+cluster://wall:hush@a:1,/": "where host:port should be",
		"redis+cluster://wall:hush@a b:1":  "where host:port should be",
	} {
		_, err := parseAddress(text)
		if err == nil {
			t.Errorf("%s: no error", text)
			continue
		}
		said := err.Error()
		if !strings.Contains(said, says) || !strings.Contains(said, "; for example: ") {
			t.Errorf("%s: %s", text, said)
		}
		if strings.Contains(said, "hush") {
			t.Errorf("%s: the password is said: %s", text, said)
		}
		_, example, _ := strings.Cut(said, "; for example: ")
		if _, err := parseAddress(example); err != nil {
			t.Errorf("%s: the example %s cannot be: %v", text, example, err)
		}
	}
}

// An address in the log has no credentials, and leads to the same Redis.
func TestAddressesWithoutSecrets(t *testing.T) {
	for _, text := range []string{
		"redis://wall:hush@h:1/3", "rediss://wall:hush@h:1", "unix://wall:hush@/run/redis.sock",
		"redis+sentinel://wall:hush@a:1,b:2/main", "rediss+cluster://wall:hush@a:1,b:2",
	} {
		a, err := parseAddress(text)
		if err != nil {
			t.Fatal(err)
		}
		if strings.Contains(a.String(), "hush") || strings.Contains(a.String(), "wall") {
			t.Errorf("%s is shown as %s", text, a)
		}
		again, err := parseAddress(a.String())
		if err != nil {
			t.Fatalf("%s: %v", a, err)
		}
		a.username, a.password = "", ""
		if !equal(a, again) || !slices.Equal(a.hosts, again.hosts) {
			t.Errorf("%+v became %+v", a, again)
		}
		if !HasPassword(text) || HasPassword(a.String()) {
			t.Errorf("%s: a password is not seen, or seen where none is", text)
		}
	}
}
