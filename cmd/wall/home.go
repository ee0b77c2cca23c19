package main

import (
	"context"
	"crypto/rand"
	"errors"
	"flag"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"openspacewall/hub/store"
	"openspacewall/hub/store/boltstore"
	"openspacewall/hub/store/redisstore"
	"openspacewall/hub/web"
)

// startWithin is how long the store may take to answer, in each step of a start:
// it may be starting, too.
const startWithin = 30 * time.Second

// home is where walls are kept: in the data folder, or in a Redis that several
// hubs share. The folder has the hub's own key in either case.
type home struct {
	data                               string
	redis                              redisstore.Options
	passwordFile, sentinelPasswordFile string
	fromEnvironment                    string          // the Redis that the environment names
	name                               string          // of this hub among those that share it
	findings                           func() []string // about Redis, once it is open
}

func (h *home) flags(fs *flag.FlagSet, getenv func(string) string) {
	h.dataFlag(fs)
	fs.StringVar(&h.redis.URL, "redis", "", `keep the walls in Redis, which several hubs may share: redis://host:6379, unix:///path/to/socket,
redis+sentinel://host:26379,host:26379/name, redis+cluster://host:6379,host:6379; rediss… is the same over TLS`)
	fs.IntVar(&h.redis.Wait, "redis-wait", 0, "how many replicas must have a note before it is acknowledged")
	fs.StringVar(&h.redis.Username, "redis-username", "", "user of Redis; the password is in WALL_REDIS_PASSWORD or in a file")
	fs.StringVar(&h.passwordFile, "redis-password-file", "", "file with the password of Redis")
	fs.StringVar(&h.redis.SentinelUsername, "redis-sentinel-username", "", "user of the Sentinels; the password is in WALL_REDIS_SENTINEL_PASSWORD or in a file")
	fs.StringVar(&h.sentinelPasswordFile, "redis-sentinel-password-file", "", "file with the password of the Sentinels")
	fs.StringVar(&h.redis.CA, "redis-ca", "", "file with the certificate of the authority that signed Redis' own, if this machine does not know it")
	fs.StringVar(&h.redis.Certificate, "redis-cert", "", "file with the certificate that the hub shows to Redis")
	fs.StringVar(&h.redis.Key, "redis-key", "", "file with the key of that certificate")
	fs.BoolVar(&h.redis.MayDropWalls, "redis-may-drop-walls", false, "start on a Redis that removes walls when its memory is full")
	// A password in a flag can be read by everybody on the machine, so there is no flag for one.
	h.redis.Password, h.redis.SentinelPassword = getenv("WALL_REDIS_PASSWORD"), getenv("WALL_REDIS_SENTINEL_PASSWORD")
	h.fromEnvironment = getenv("WALL_REDIS")
}

func (h *home) dataFlag(fs *flag.FlagSet) {
	fs.StringVar(&h.data, "data", "data", "folder of the walls, and of the key that local commands use")
}

// shared says that other hubs may be on the same walls.
func (h *home) shared() bool { return h.redis.URL != "" }

// stray says in an error that there are settings for a Redis, and none is named:
// a hub would begin on an empty file where the walls of others were meant.
func (h *home) stray() error {
	if o := h.redis; h.shared() || o.Wait == 0 && o.Username+o.SentinelUsername+o.CA+o.Certificate+o.Key+h.passwordFile+h.sentinelPasswordFile == "" {
		return nil
	}
	return errors.New("there are settings for Redis (--redis-…, WALL_REDIS_…), and none says where it is: --redis redis://host:6379, or WALL_REDIS")
}

// open opens the walls. fatal is called when they can no longer be used.
func (h *home) open(ctx context.Context, log *slog.Logger, fatal func(error)) (store.Store, error) {
	if !h.shared() {
		return boltstore.Open(filepath.Join(h.data, wallsFile), boltstore.Options{Log: log, Fatal: fatal})
	}
	if redisstore.HasPassword(h.redis.URL) && h.redis.URL != h.fromEnvironment {
		log.Warn("the password of Redis stands in the command line, where everybody on this machine can read it: better in WALL_REDIS_PASSWORD or --redis-password-file")
	}
	if err := errors.Join(readPassword(h.passwordFile, &h.redis.Password), readPassword(h.sentinelPasswordFile, &h.redis.SentinelPassword)); err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(ctx, startWithin)
	defer cancel()
	o := h.redis
	o.Log = log
	s, err := redisstore.Open(ctx, o)
	if err != nil {
		return nil, err
	}
	h.findings = func() (texts []string) {
		for _, f := range s.Findings() {
			texts = append(texts, f.Text)
		}
		return texts
	}
	return s, nil
}

// readPassword reads a file that has a password, if there is one.
func readPassword(name string, into *string) error {
	if name == "" {
		return nil
	}
	text, err := os.ReadFile(name)
	if err != nil {
		return fmt.Errorf("the password of Redis: %w", err)
	}
	*into = strings.TrimRight(string(text), "\r\n")
	return nil
}

// The files of the data folder, beside the walls.
const (
	wallsFile   = "wall.db"
	keyFile     = "hub.key"
	addressFile = "hub.address" // where the running hub is; gone when none runs
)

// hubKey is the key that local commands show; the first start draws it. It is
// locked until release: two hubs in one folder would answer for each other.
func (h *home) hubKey() (key string, release func() error, err error) {
	if err := os.MkdirAll(h.data, 0o700); err != nil {
		return "", nil, err
	}
	_, err = readKey(h.data)
	if errors.Is(err, os.ErrNotExist) {
		if key, err = web.NewKey(rand.Reader); err == nil {
			err = writeWhole(filepath.Join(h.data, keyFile), key+"\n")
		}
	}
	if err != nil {
		return "", nil, err
	}
	f, err := os.Open(filepath.Join(h.data, keyFile))
	if err != nil {
		return "", nil, err
	}
	if err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		return "", nil, errors.Join(fmt.Errorf("another wall process uses the folder %s; give each hub its own: --data other", h.data), f.Close())
	}
	if key, err = readKey(h.data); err != nil { // another one may have drawn it, too, and be gone
		return "", nil, errors.Join(err, f.Close())
	}
	return key, f.Close, nil
}

func readKey(data string) (string, error) {
	name := filepath.Join(data, keyFile)
	text, err := os.ReadFile(name)
	if err != nil {
		return "", err
	}
	key := strings.TrimSpace(string(text))
	if len(key) < 32 {
		return "", fmt.Errorf("%s is damaged; remove it, and the next start makes a new one", name)
	}
	return key, nil
}

// writeWhole writes a file for the owner's eyes that is never seen half written.
func writeWhole(name, text string) error {
	f, err := os.CreateTemp(filepath.Dir(name), filepath.Base(name)+".*") // 0600
	if err != nil {
		return err
	}
	_, err = f.WriteString(text)
	if err = errors.Join(err, f.Sync(), f.Close()); err == nil {
		err = os.Rename(f.Name(), name)
	}
	if err != nil {
		return errors.Join(err, os.Remove(f.Name()))
	}
	return nil
}
