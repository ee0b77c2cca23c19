package yardstick

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"math/big"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"
)

// front is a proxy that ends TLS before a hub: nginx, as it stands before many.
type front struct {
	process
	trust *tls.Config
}

const frontConfig = `worker_processes 2;
worker_rlimit_nofile 20000;
pid nginx.pid;
error_log stderr error;
daemon off;
events { worker_connections 18000; }
http {
  access_log off;
  client_body_temp_path body;
  proxy_temp_path proxy;
  fastcgi_temp_path fastcgi;
  uwsgi_temp_path uwsgi;
  scgi_temp_path scgi;
  server {
    listen %s ssl;
    ssl_certificate cert.pem;
    ssl_certificate_key key.pem;
    location / {
      proxy_pass http://%s;
      proxy_http_version 1.1;
      proxy_set_header Host $http_host;
      proxy_set_header Upgrade $http_upgrade;
      proxy_set_header Connection $http_connection;
      proxy_set_header X-Forwarded-Proto https;
      proxy_read_timeout 10m;
    }
  }
}
`

// startFront starts a proxy before a hub.
func startFront(ctx context.Context, hub string) (_ *front, err error) {
	folder, err := os.MkdirTemp("", "yardstick-")
	if err != nil {
		return nil, err
	}
	f := &front{process: process{folder: folder, log: &tail{}}}
	defer func() {
		if err != nil {
			err = errors.Join(err, os.RemoveAll(folder))
		}
	}()
	if f.trust, err = certify(folder); err != nil {
		return nil, err
	}
	if f.address, err = freePort(ctx); err != nil {
		return nil, err
	}
	if err := os.WriteFile(filepath.Join(folder, "nginx.conf"), fmt.Appendf(nil, frontConfig, f.address, hub), 0o600); err != nil {
		return nil, err
	}
	f.cmd = exec.CommandContext(ctx, "nginx", "-p", folder, "-c", "nginx.conf", "-e", "stderr")
	f.cmd.Stderr = f.log
	if err := f.cmd.Start(); err != nil {
		return nil, err
	}
	if err := f.answers(ctx); err != nil {
		return nil, errors.Join(err, f.stop())
	}
	return f, nil
}

// answers waits until a process takes connections.
func (p *process) answers(ctx context.Context) error {
	err := until(ctx, startWithin, func() bool {
		conn, err := (&net.Dialer{}).DialContext(ctx, "tcp", p.address)
		if err != nil {
			return false
		}
		_ = conn.Close()
		return true
	})
	if err != nil {
		return fmt.Errorf("yardstick: %s did not start: %w\n%s", p.cmd.Path, err, p.log)
	}
	return nil
}

// freePort is an address on this machine where nobody listens at this moment.
func freePort(ctx context.Context) (string, error) {
	l, err := (&net.ListenConfig{}).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	return l.Addr().String(), l.Close()
}

// certify writes a certificate for this machine and its key into a folder, and
// gives who trusts it.
func certify(folder string) (*tls.Config, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, err
	}
	about := &x509.Certificate{
		SerialNumber: big.NewInt(1), NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(24 * time.Hour),
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, IsCA: true, BasicConstraintsValid: true,
		KeyUsage: x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign,
	}
	signed, err := x509.CreateCertificate(rand.Reader, about, about, key.Public(), key)
	if err != nil {
		return nil, err
	}
	private, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return nil, err
	}
	for name, block := range map[string]*pem.Block{
		"cert.pem": {Type: "CERTIFICATE", Bytes: signed}, "key.pem": {Type: "PRIVATE KEY", Bytes: private},
	} {
		if err := os.WriteFile(filepath.Join(folder, name), pem.EncodeToMemory(block), 0o600); err != nil {
			return nil, err
		}
	}
	cert, err := x509.ParseCertificate(signed)
	if err != nil {
		return nil, err
	}
	pool := x509.NewCertPool()
	pool.AddCert(cert)
	return &tls.Config{RootCAs: pool, ServerName: "127.0.0.1", MinVersion: tls.VersionTLS12}, nil
}

// startRedis starts a Redis that syncs each write before it answers.
func startRedis(ctx context.Context) (*process, error) {
	folder, err := os.MkdirTemp("", "yardstick-")
	if err != nil {
		return nil, err
	}
	p := &process{folder: folder, log: &tail{}}
	if p.address, err = freePort(ctx); err != nil {
		return nil, errors.Join(err, os.RemoveAll(folder))
	}
	_, port, _ := strings.Cut(p.address, ":")
	p.cmd = exec.CommandContext(ctx, "redis-server", "--bind", "127.0.0.1", "--port", port, "--dir", folder,
		"--appendonly", "yes", "--appendfsync", "always", "--save", "", "--maxmemory-policy", "noeviction")
	p.cmd.Stdout, p.cmd.Stderr = p.log, p.log
	if err := p.cmd.Start(); err != nil {
		return nil, errors.Join(err, os.RemoveAll(folder))
	}
	if err := p.answers(ctx); err != nil {
		return nil, errors.Join(err, p.stop())
	}
	return p, nil
}

// overTLS is a scenario through a proxy that ends TLS.
func overTLS(s scenario) scenario {
	s.name = "tls-" + s.name
	s.setting.tls, s.needs = true, append(s.needs, "nginx")
	rows := s.rows
	s.rows = nil
	for _, r := range rows {
		r.what = "TLS by a proxy, " + r.what
		s.rows = append(s.rows, r)
	}
	return s
}

// onRedis is a scenario whose walls are kept in Redis.
func onRedis(s scenario) scenario {
	s.name += " on Redis"
	s.setting.redis, s.needs = true, append(s.needs, "redis-server")
	rows := s.rows
	s.rows = nil
	for _, r := range rows {
		if r.figure == "disk" {
			continue
		}
		r.what = "Redis, " + r.what
		s.rows = append(s.rows, r)
	}
	return s
}
