package docker

import (
	"bytes"
	"flag"
	"io/fs"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

var whole = flag.Bool("image", false, "build the pages, too, as the Dockerfile does: it takes a minute and the network")

// workshop does what a Dockerfile's stages say, each in a folder that stands for
// its root. It has no engine and no base images: commands are this machine's.
type workshop struct {
	t     *testing.T
	roots map[string]string // by stage
}

func (w *workshop) stage(s stage, name string) (root string) {
	w.t.Helper()
	root = w.t.TempDir()
	w.roots[name] = root
	at := "/"
	for _, step := range s.steps {
		switch step.word {
		case "WORKDIR":
			at = step.rest
			w.must(os.MkdirAll(filepath.Join(root, at), 0o755))
		case "COPY":
			w.copy(strings.Fields(step.rest), root, at)
		case "RUN":
			cmd := exec.Command("sh", "-c", step.rest)
			cmd.Dir = filepath.Join(root, at)
			if out, err := cmd.CombinedOutput(); err != nil {
				w.t.Fatalf("line %d: %s: %v\n%s", step.line, step.rest, err, out)
			}
		}
	}
	return root
}

func (w *workshop) must(err error) {
	w.t.Helper()
	if err != nil {
		w.t.Fatal(err)
	}
}

// copy is COPY: from the folder that the engine is given, or from a stage.
func (w *workshop) copy(words []string, root, at string) {
	w.t.Helper()
	from, owner := "..", -1
	for len(words) > 0 && strings.HasPrefix(words[0], "--") {
		if name, is := strings.CutPrefix(words[0], "--from="); is {
			from = w.roots[name]
		} else if words[0] == "--chown=65532:65532" {
			owner = 65532
		} else {
			w.t.Fatalf("COPY %s", words[0])
		}
		words = words[1:]
	}
	target := words[len(words)-1]
	if !filepath.IsAbs(target) {
		target = filepath.Join(at, target) + map[bool]string{true: "/"}[strings.HasSuffix(target, "/")]
	}
	for _, source := range words[:len(words)-1] {
		path := filepath.Join(from, source)
		if _, err := os.Stat(path); os.IsNotExist(err) && from != ".." {
			path = source // what the stage's base image has: this machine's instead
		}
		about, err := os.Stat(path)
		w.must(err)
		to := filepath.Join(root, target)
		if !about.IsDir() && (strings.HasSuffix(target, "/") || len(words) > 2) {
			to = filepath.Join(to, filepath.Base(path))
		}
		w.must(os.MkdirAll(filepath.Dir(to), 0o755))
		w.must(filepath.WalkDir(path, func(p string, d fs.DirEntry, err error) error {
			if err != nil {
				return err
			}
			rest, err := filepath.Rel(path, p)
			if err != nil {
				return err
			}
			if from == ".." && p != path && ignored(w.t, filepath.Join(source, rest)) {
				if d.IsDir() {
					return fs.SkipDir
				}
				return nil
			}
			return w.lay(p, filepath.Join(to, rest), d.IsDir(), owner)
		}))
	}
}

func (w *workshop) lay(from, to string, dir bool, owner int) error {
	if dir {
		if err := os.MkdirAll(to, 0o755); err != nil {
			return err
		}
	} else {
		text, err := os.ReadFile(from)
		if err != nil {
			return err
		}
		about, err := os.Stat(from)
		if err != nil {
			return err
		}
		if err := os.WriteFile(to, text, about.Mode().Perm()); err != nil {
			return err
		}
	}
	if owner < 0 || os.Getuid() != 0 {
		return nil
	}
	return os.Chown(to, owner, owner)
}

// The image is made as the Dockerfile says, and what is in it runs by itself: no
// library, no shell, nobody's rights, nothing written but in /data.
func TestTheImageRuns(t *testing.T) {
	stages := readDockerfile(t)
	w := &workshop{t: t, roots: map[string]string{}}
	if *whole {
		w.stage(stages[0], "pages")
	} else { // the pages as they have been built already
		w.roots["pages"] = t.TempDir()
		dist := filepath.Join(w.roots["pages"], "src/frontend/dist")
		if out, err := exec.Command("sh", "-c", "mkdir -p "+filepath.Dir(dist)+" && cp -r ../frontend/dist "+dist).CombinedOutput(); err != nil {
			t.Fatalf("%v %s", err, out)
		}
	}
	w.stage(stages[1], "program")
	root := w.stage(stages[2], "image")
	files := listed(t, root)
	if want := "/data /etc /etc/ssl /etc/ssl/certs /etc/ssl/certs/ca-certificates.crt /wall"; files != want {
		t.Errorf("in the image are %s, want %s", files, want)
	}
	// An engine gives every container this file.
	w.must(os.WriteFile(filepath.Join(root, "etc/hosts"), []byte("127.0.0.1 localhost\n"), 0o644))

	in := func(args ...string) *exec.Cmd {
		cmd := exec.Command("/wall", args...)
		cmd.Env, cmd.Dir = []string{"WALL_DATA=/data"}, "/"
		cmd.SysProcAttr = &syscall.SysProcAttr{Chroot: root, Credential: &syscall.Credential{Uid: 65532, Gid: 65532}}
		if os.Getuid() != 0 { // nobody else may put it into its root
			cmd.Path, cmd.SysProcAttr = filepath.Join(root, "wall"), nil
			cmd.Env = []string{"WALL_DATA=" + filepath.Join(root, "data")}
		}
		return cmd
	}
	if out, err := in("version").CombinedOutput(); err != nil || !bytes.HasPrefix(out, []byte("wall ")) {
		t.Fatalf("%v %s", err, out)
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	w.must(err)
	address := l.Addr().String()
	w.must(l.Close())
	var said bytes.Buffer
	hub := in("--listen", address)
	hub.Stderr = &said
	w.must(hub.Start())
	ended := make(chan error, 1)
	go func() { ended <- hub.Wait() }()
	for late := time.After(30 * time.Second); ; {
		out, err := in("healthcheck").CombinedOutput()
		if err == nil {
			break
		}
		select {
		case <-late:
			hub.Process.Kill()
			t.Fatalf("%v %s\n%s", err, out, &said)
		case err := <-ended:
			t.Fatalf("it ended: %v\n%s", err, &said)
		default:
		}
	}
	w.must(hub.Process.Signal(syscall.SIGTERM))
	if err := <-ended; err != nil {
		t.Errorf("it ended with %v\n%s", err, &said)
	}
	w.must(os.RemoveAll(filepath.Join(root, "data")))
	w.must(os.Remove(filepath.Join(root, "etc/hosts")))
	if now := listed(t, root); now != strings.TrimPrefix(files, "/data ") {
		t.Errorf("outside /data it has written: %s", now)
	}
}

// listed is every path below a root.
func listed(t *testing.T, root string) string {
	t.Helper()
	var all []string
	err := filepath.WalkDir(root, func(p string, _ fs.DirEntry, err error) error {
		if p != root {
			all = append(all, strings.TrimPrefix(p, root))
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return strings.Join(all, " ")
}
