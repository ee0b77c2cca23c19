package docker

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"math/big"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"openspacewall/hub/store/redisstore/redistest"
)

// house is the whole of compose.scale.yaml: two hubs, Redis, and the proxy.
type house struct {
	t       *testing.T
	bin     string
	dir     string // of the hubs' own folders
	hubs    [2]*program
	ports   [2]string
	env     []string
	proxy   *program
	base    string // https://…
	plain   string // http://…
	trusted *x509.CertPool
	code    string
}

// data is a hub's own folder.
func (h *house) data(hub int) string { return filepath.Join(h.dir, fmt.Sprint(hub)) }

// ownerSecret is what opens the desk once, from the command that gives links
// where the log has none.
func (h *house) ownerSecret() string {
	h.t.Helper()
	cmd := exec.Command(h.bin, "owner-link", "--data", h.data(0))
	cmd.Env = append(os.Environ(), h.env...)
	link, err := cmd.Output()
	if err != nil {
		h.t.Fatal(err)
	}
	_, secret, _ := strings.Cut(strings.TrimSpace(string(link)), "#")
	return secret
}

func built(t *testing.T) *house {
	t.Helper()
	nginx, err := exec.LookPath("nginx")
	if err != nil {
		nginx, err = exec.LookPath("/usr/sbin/nginx") // not on everybody's path
	}
	if err != nil {
		t.Fatal("nginx is not installed (Debian: apt install nginx-light)")
	}
	redis, _ := startRedis(t)
	bin := wallBinary(t)
	h := &house{t: t, bin: bin, dir: t.TempDir(), ports: [2]string{redistest.Port(t), redistest.Port(t)}}
	secure, plain := redistest.Port(t), redistest.Port(t)
	h.base, h.plain = "https://localhost:"+secure, "http://localhost:"+plain
	// The hubs are told what the compose file tells them.
	h.env = []string{
		"WALL_PUBLIC_URL=" + h.base, "WALL_REDIS=" + redis, "WALL_REDIS_USERNAME=wall",
		"WALL_REDIS_PASSWORD=" + password, "WALL_TRUSTED_PROXY=127.0.0.1", "WALL_LOG=json",
	}
	for i, port := range h.ports {
		h.hubs[i] = begin(t, h.env, bin, "--listen", "127.0.0.1:"+port, "--data", h.data(i))
		until(t, "a hub is ready", func() bool { return h.ready(i) })
	}
	h.code = h.hubs[0].find(`"code":"(\d{6})"`)
	if other := h.hubs[1].find(`"code":"(\d{6})"`); other != h.code {
		t.Fatalf("the hubs have walls of their own, %s and %s", h.code, other)
	}

	dir := t.TempDir()
	h.trusted = certificate(t, dir)
	text, err := os.ReadFile("proxy/nginx.conf")
	if err != nil {
		t.Fatal(err)
	}
	conf := string(text)
	for _, r := range [][2]string{
		{"/run/nginx/", dir + "/"}, {"/etc/nginx/tls/", dir + "/"},
		{"server wall-1:8080 ", "server 127.0.0.1:" + h.ports[0] + " "}, {"server wall-2:8080 ", "server 127.0.0.1:" + h.ports[1] + " "},
		{"listen 8080;", "listen 127.0.0.1:" + plain + ";"}, {"listen 8443 ssl ", "listen 127.0.0.1:" + secure + " ssl "},
		{"worker_processes auto;", "worker_processes 2;"}, {"worker_connections 32768;", "worker_connections 1024;"},
	} {
		if !strings.Contains(conf, r[0]) {
			t.Fatalf("%q is not in nginx.conf", r[0])
		}
		conf = strings.ReplaceAll(conf, r[0], r[1])
	}
	name := filepath.Join(dir, "nginx.conf")
	if err := os.WriteFile(name, []byte(conf), 0o600); err != nil {
		t.Fatal(err)
	}
	h.proxy = begin(t, nil, nginx, "-e", "stderr", "-p", dir, "-c", name, "-g", "daemon off;")
	t.Cleanup(func() { // before it is killed: its workers end with it
		h.proxy.cmd.Process.Signal(syscall.SIGTERM)
		h.proxy.cmd.Wait()
	})
	until(t, "the proxy answers", func() bool {
		answer, err := h.client(nil).Get(h.base + "/readyz")
		if err != nil {
			return false
		}
		answer.Body.Close()
		return answer.StatusCode == http.StatusOK
	})
	return h
}

// certificate makes one for localhost that only this test trusts.
func certificate(t *testing.T, dir string) *x509.CertPool {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	about := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "localhost"}, DNSNames: []string{"localhost"},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour), BasicConstraintsValid: true, IsCA: true,
	}
	der, err := x509.CreateCertificate(rand.Reader, about, about, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	private, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	pool := x509.NewCertPool()
	for name, block := range map[string]*pem.Block{"wall.crt": {Type: "CERTIFICATE", Bytes: der}, "wall.key": {Type: "PRIVATE KEY", Bytes: private}} {
		text := pem.EncodeToMemory(block)
		if err := os.WriteFile(filepath.Join(dir, name), text, 0o600); err != nil {
			t.Fatal(err)
		}
		if name == "wall.crt" {
			pool.AppendCertsFromPEM(text)
		}
	}
	return pool
}

func (h *house) client(jar http.CookieJar) *http.Client {
	return &http.Client{
		Jar: jar, Timeout: 10 * time.Second,
		Transport:     &http.Transport{TLSClientConfig: &tls.Config{RootCAs: h.trusted}, DisableKeepAlives: true},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}

// direct asks a hub past the proxy.
func (h *house) direct(i int, path string) (*http.Response, error) {
	c := http.Client{Transport: &http.Transport{DisableKeepAlives: true}, Timeout: 5 * time.Second}
	return c.Get("http://127.0.0.1:" + h.ports[i] + path)
}

func (h *house) ready(i int) bool {
	answer, err := h.direct(i, "/readyz")
	if err != nil {
		return false
	}
	answer.Body.Close()
	return answer.StatusCode == http.StatusOK
}

// phones counts a hub's phones.
func (h *house) phones(i int) int {
	answer, err := h.direct(i, "/healthz")
	if err != nil {
		return 0
	}
	defer answer.Body.Close()
	var n struct{ Phones int }
	if err := json.NewDecoder(answer.Body).Decode(&n); err != nil {
		return 0
	}
	return n.Phones
}
