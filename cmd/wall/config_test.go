package main

import (
	"bytes"
	"fmt"
	"io"
	"net"
	"net/netip"
	"strings"
	"testing"
	"time"

	"rsc.io/qr"

	"openspacewall/hub/store/redisstore"
)

func TestFlagsAndTheirTwins(t *testing.T) {
	env := map[string]string{
		"WALL_LISTEN": ":9000", "WALL_DATA": "/srv/wall", "WALL_PUBLIC_URL": "https://wall.example.org",
		"WALL_INSECURE_DESK": "true", "WALL_TRUSTED_PROXY": "10.0.0.0/8, 192.168.1.1", "WALL_TITLE": "Boden",
	}
	var c config
	if _, err := parse(c.flags(io.Discard, noEnv), []string{"--listen", ":9001", "--trusted-proxy", "fd00::/8"}, func(k string) string { return env[k] }); err != nil {
		t.Fatal(err)
	}
	if c.listen != ":9001" { // what is said wins over what stands around
		t.Errorf("listen is %s", c.listen)
	}
	if c.data != "/srv/wall" || c.publicURL != "https://wall.example.org" || !c.insecureDesk || c.title != "Boden" {
		t.Errorf("%+v", c)
	}
	want := []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8"), netip.MustParsePrefix("192.168.1.1/32"), netip.MustParsePrefix("fd00::/8")}
	if len(c.trusted) != len(want) {
		t.Fatalf("%v", c.trusted)
	}
	for i := range want {
		if c.trusted[i] != want[i] {
			t.Errorf("%v, want %v", c.trusted[i], want[i])
		}
	}
	env = map[string]string{
		"WALL_REDIS": "rediss://h", "WALL_REDIS_WAIT": "1", "WALL_REDIS_USERNAME": "wall", "WALL_REDIS_PASSWORD": "hush",
		"WALL_REDIS_PASSWORD_FILE": "/run/pw", "WALL_REDIS_SENTINEL_USERNAME": "watch", "WALL_REDIS_SENTINEL_PASSWORD": "hush2",
		"WALL_REDIS_SENTINEL_PASSWORD_FILE": "/run/pw2", "WALL_REDIS_CA": "ca.pem", "WALL_REDIS_CERT": "hub.pem", "WALL_REDIS_KEY": "hub.key",
		"WALL_REDIS_MAY_DROP_WALLS": "true", "WALL_METRICS_LISTEN": ":9090",
	}
	var r config
	getenv := func(k string) string { return env[k] }
	if _, err := parse(r.flags(io.Discard, getenv), []string{"--redis-wait", "2"}, getenv); err != nil {
		t.Fatal(err)
	}
	all := redisstore.Options{
		URL: "rediss://h", Wait: 2, Username: "wall", Password: "hush", SentinelUsername: "watch", SentinelPassword: "hush2",
		CA: "ca.pem", Certificate: "hub.pem", Key: "hub.key", MayDropWalls: true,
	}
	if fmt.Sprintf("%+v", r.redis) != fmt.Sprintf("%+v", all) || r.passwordFile != "/run/pw" || r.sentinelPasswordFile != "/run/pw2" || r.metricsListen != ":9090" || !r.shared() {
		t.Errorf("%+v", r)
	}
	var d config
	if _, err := parse(d.flags(io.Discard, noEnv), nil, noEnv); err != nil || d.listen != ":8080" || d.data != "data" || d.insecureDesk {
		t.Errorf("%+v %v", d, err)
	}
	env = map[string]string{"WALL_INSECURE_DESK": "perhaps"}
	if _, err := parse(d.flags(io.Discard, noEnv), nil, func(k string) string { return env[k] }); err == nil || !strings.Contains(err.Error(), "WALL_INSECURE_DESK") {
		t.Errorf("%v", err)
	}
}

func TestAddresses(t *testing.T) {
	at := func(ip string, port int) net.Addr { return &net.TCPAddr{IP: net.ParseIP(ip), Port: port} }
	for _, c := range []struct {
		at           net.Addr
		config       config
		public, desk string
	}{
		{at("127.0.0.1", 8080), config{}, "http://localhost:8080", "http://localhost:8080"},
		{at("192.168.1.7", 8080), config{}, "http://192.168.1.7:8080", "http://192.168.1.7:8080"},
		{at("192.168.1.7", 80), config{}, "http://192.168.1.7", "http://192.168.1.7"},
		{at("fd00::1", 80), config{}, "http://[fd00::1]", "http://[fd00::1]"},
		{at("::", 8080), config{publicURL: "http://wall.lan:8080/"}, "http://wall.lan:8080", "http://localhost:8080"},
		{at("::", 8080), config{publicURL: "http://wall.lan:8080", insecureDesk: true}, "http://wall.lan:8080", "http://wall.lan:8080"},
		{at("::", 8080), config{publicURL: "https://wall.example.org"}, "https://wall.example.org", "https://wall.example.org"},
	} {
		if public, desk := addresses(c.at, c.config); public != c.public || desk != c.desk {
			t.Errorf("%v %+v: %s and %s", c.at, c.config, public, desk)
		}
	}
	if lan := lanAddress(); lan.IsValid() && (!lan.Is4() || !lan.IsPrivate()) {
		t.Errorf("the network's address is %v", lan)
	}
}

// What the terminal shows is the code, two modules to a sign, dark on light.
func TestTheTerminalsQRCode(t *testing.T) {
	text := "http://192.168.1.7:8080/482715"
	code, err := qr.Encode(text, qr.L)
	if err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(strings.TrimRight(blocks(text, false), "\n"), "\n")
	for y, line := range lines {
		for x, sign := range []rune(strings.TrimPrefix(line, "  ")) {
			up, down := strings.ContainsRune("█▀", sign), strings.ContainsRune("█▄", sign)
			if up == code.Black(x-2, 2*y-2) {
				t.Fatalf("line %d sign %d: %c", y, x, sign)
			}
			if last := 2*y-1 >= code.Size+2; !last && down == code.Black(x-2, 2*y-1) {
				t.Fatalf("line %d sign %d: %c", y, x, sign)
			}
		}
	}
	if len(lines) != (code.Size+5)/2 {
		t.Errorf("%d lines for %d modules", len(lines), code.Size)
	}
	if coloured := blocks(text, true); strings.Count(coloured, "\x1b[97;40m") != len(lines) || strings.Count(coloured, "\x1b[0m") != len(lines) {
		t.Error("the colours are not ended with their lines")
	}
	if isTerminal(&bytes.Buffer{}) {
		t.Error("a buffer is no terminal")
	}
}

// A time that something took says of what it is a number, in both forms.
func TestTimesInTheLog(t *testing.T) {
	for form, want := range map[string]string{"text": "took=1.5s", "json": `"took":"1.5s"`} {
		var out bytes.Buffer
		log, err := (&config{logForm: form}).log(&out)
		if err != nil {
			t.Fatal(err)
		}
		log.Info("done", "took", 1500*time.Millisecond)
		if !strings.Contains(out.String(), want) {
			t.Errorf("%s: %s", form, &out)
		}
	}
}

func TestWhatATerminalWouldObeyIsNotPrinted(t *testing.T) {
	if got := printable("a\x1b[2J\nb\u009b\x7fc å"); got != "a[2Jbc å" {
		t.Errorf("%q", got)
	}
}
