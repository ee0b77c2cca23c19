package docker

import (
	"bytes"
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"openspacewall/hub/store"
	"openspacewall/hub/store/redisstore"
	"openspacewall/hub/store/redisstore/redistest"
	"openspacewall/hub/wall"
)

func TestMain(m *testing.M) {
	var err error
	if binDir, err = os.MkdirTemp("", "wall-bin"); err != nil {
		panic(err)
	}
	goleak.VerifyTestMain(m, goleak.Cleanup(func(code int) {
		os.RemoveAll(binDir)
		os.Exit(code)
	}))
}

const password = "a password with a $ and a / in it"

// startRedis starts Redis as the compose files do, but for its port and folder.
func startRedis(t *testing.T) (url, data string) {
	t.Helper()
	data = t.TempDir()
	secret := filepath.Join(t.TempDir(), "redis_password")
	if err := os.WriteFile(secret, []byte(password+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	port := redistest.Port(t)
	var said bytes.Buffer
	cmd := exec.Command("redis/start", "--port", port, "--bind", "127.0.0.1")
	cmd.Env = append(os.Environ(), "REDIS_DATA="+data, "REDIS_PASSWORD_FILE="+secret)
	cmd.Stdout, cmd.Stderr = &said, &said
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		cmd.Process.Kill()
		cmd.Wait()
		if t.Failed() {
			t.Logf("Redis said:\n%s", &said)
		}
	})
	return "redis://127.0.0.1:" + port, data
}

// The Redis of the compose files is one about which the hub has nothing to say,
// and its user may do all that the hub does, and nothing else.
func TestTheRedisIsAsWallsNeedIt(t *testing.T) {
	text, err := os.ReadFile("redis/users.acl")
	if err != nil {
		t.Fatal(err)
	}
	if want := "user default off\nuser wall on #PASSWORD_SHA256 " + redisstore.ACL() + "\n"; string(text) != want {
		t.Errorf("the users are\n%s, want\n%s", text, want)
	}
	url, data := startRedis(t)
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	o := redisstore.Options{URL: url, Username: "wall", Password: password}
	s, err := redisstore.Open(ctx, o)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	for _, f := range s.Findings() {
		t.Errorf("the hub says: %s", f.Text)
	}
	at := wall.Position{Epoch: "e"}
	if err := s.Create(ctx, "w", store.Batch{After: at, Entries: []wall.Entry{{Key: "note/1", Value: []byte("1")}}}); err != nil {
		t.Error(err)
	}
	// The hub's folder of Redis is for the hub's eyes, and the password is nowhere in it.
	err = filepath.WalkDir(data, func(path string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		if text, err := os.ReadFile(path); err != nil || bytes.Contains(text, []byte(password)) {
			t.Errorf("%s: %v", path, err)
		}
		if info, err := d.Info(); err == nil && d.Name() == "users.acl" && info.Mode().Perm() != 0o600 {
			t.Errorf("%s: %v", path, info.Mode())
		}
		return nil
	})
	if err != nil {
		t.Error(err)
	}
	for what, o := range map[string]redisstore.Options{
		"another password": {URL: url, Username: "wall", Password: "another"},
		"no user":          {URL: url},
	} {
		if other, err := redisstore.Open(ctx, o); err == nil {
			t.Errorf("%s is let in", what)
			other.Close()
		}
	}

	// The healthcheck of the compose files says that it is well.
	for _, name := range composeFiles {
		test := readCompose(t, name).Services["redis"].Healthcheck.Test
		if test[0] != "CMD-SHELL" || len(test) != 2 {
			t.Fatalf("%q", test)
		}
		secret := filepath.Join(t.TempDir(), "secret")
		if err := os.WriteFile(secret, []byte(password), 0o600); err != nil {
			t.Fatal(err)
		}
		check := strings.NewReplacer("$$", "$", "/run/secrets/redis_password", secret, "redis-cli", "redis-cli -u "+url).Replace(test[1])
		if out, err := exec.Command("sh", "-c", check).CombinedOutput(); err != nil {
			t.Errorf("%s: %v %s", check, err, out)
		}
	}
}
