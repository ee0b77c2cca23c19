package boltstore_test

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

// Whether an acknowledgement follows its sync only the system can say: after
// kill -9 unsynced writes are there all the same. So a storm runs under strace.

// call is a system call that has ended, or (ended false) only begun.
type call struct {
	name, args, result string
	begun, ended       bool
}

// tracer reads strace -f's lines, in which a call that another thread interrupts
// is in two pieces.
type tracer struct {
	open map[string]string // thread → what came of its unfinished call
}

var (
	traceLine = regexp.MustCompile(`(?s)^(\d+) +(.*)$`)
	resumed   = regexp.MustCompile(`^<\.\.\. (\w+) resumed>`)
	mainFile  = regexp.MustCompile(`^\d+<[^>]*/walls\.db>`)
	newFile   = regexp.MustCompile(`^\d+<[^>]*/walls\.db\.new>`)
	folder    = regexp.MustCompile(`^\d+<[^>]*>$`)
	marks     = regexp.MustCompile(`#w\d+r\d+#`)
)

func (tr *tracer) line(line string) (call, bool) {
	m := traceLine.FindStringSubmatch(strings.TrimSuffix(line, "\n"))
	if m == nil {
		return call{}, false
	}
	thread, text := m[1], m[2]
	if begun, cut := strings.CutSuffix(text, "<unfinished ...>"); cut {
		tr.open[thread] = begun
		name, args, _ := strings.Cut(begun, "(")
		return call{name: name, args: args, begun: true}, true
	}
	c := call{begun: true, ended: true}
	if r := resumed.FindString(text); r != "" {
		text, c.begun = tr.open[thread]+text[len(r):], false
		delete(tr.open, thread)
	}
	i := strings.LastIndex(text, ") ")
	name, args, ok := strings.Cut(text, "(")
	if i < 0 || !ok {
		return call{}, false // a signal, an exit
	}
	c.name, c.args = name, args[:i-len(name)-1]
	c.result = strings.TrimLeft(text[i+2:], " =")
	return c, true
}

// truth follows what is written, synced and acknowledged.
type truth struct {
	clock      int
	writes     int                    // data writes that have ended
	written    int                    // when the last data write ended
	synced     int                    // what was written before this moment is on the disk
	syncing    map[*regexp.Regexp]int // by file: when its sync began
	fresh      []string               // marks first seen in data writes since the last beginning was written
	seen       map[string]bool
	pending    []pending // transactions whose beginning is written, not yet synced
	durable    map[string]bool
	acks       int
	violations []string

	// A compacted file must be synced before it takes the place of the old
	// one, and the folder before anything is acknowledged from there on.
	newWritten, newSynced      int
	renames, renamed, recorded int
}

type pending struct {
	at    int
	marks []string
}

func newTruth() *truth {
	return &truth{seen: map[string]bool{}, durable: map[string]bool{}, syncing: map[*regexp.Regexp]int{}}
}

func (v *truth) violate(format string, args ...any) {
	v.violations = append(v.violations, fmt.Sprintf(format, args...))
}

// add takes a call's begin, its end, or both.
func (v *truth) add(c call) {
	v.clock++
	switch c.name {
	case "pwrite64":
		v.write(c)
	case "fdatasync", "fsync":
		v.syncs(c)
	case "ftruncate":
		if c.ended && newFile.MatchString(c.args) {
			v.newWritten = v.clock
		}
	case "renameat":
		if c.begun {
			v.renames++
			v.renamed = v.clock
			if v.newWritten > v.newSynced {
				v.violate("a file took its place before it was synced")
			}
		}
	case "write":
		if !c.begun || !strings.Contains(c.args, `"ack #`) {
			return
		}
		v.acks++
		if v.renamed > v.recorded {
			v.violate("acknowledged before the folder knew of the new file")
		}
		m := marks.FindString(c.args)
		if !v.durable[m] {
			v.violate("%s was acknowledged before it was on the disk (in a write: %v)", m, v.seen[m])
		}
	}
}

// syncs is a sync of whichever file.
func (v *truth) syncs(c call) {
	which := folder
	for _, f := range []*regexp.Regexp{mainFile, newFile} {
		if f.MatchString(c.args) {
			which = f
		}
	}
	if c.begun {
		v.syncing[which] = v.clock
	}
	if !c.ended || !strings.HasPrefix(c.result, "0") {
		return
	}
	switch began := v.syncing[which]; which {
	case mainFile:
		v.sync(began)
	case newFile:
		v.newSynced = began
	case folder:
		v.recorded = began
	}
}

func (v *truth) write(c call) {
	if c.ended && newFile.MatchString(c.args) {
		v.newWritten = v.clock
	}
	if !mainFile.MatchString(c.args) {
		return
	}
	offset, err := strconv.Atoi(strings.TrimSpace(c.args[strings.LastIndexByte(c.args, ',')+1:]))
	if err != nil {
		v.violate("a write that cannot be read: …%s", c.args[max(0, len(c.args)-80):])
		return
	}
	if offset < 2*os.Getpagesize() { // where the file begins: this makes a transaction valid
		if c.begun && v.written > v.synced {
			v.violate("a beginning was written over data that was not synced: %v", v.fresh)
		}
		if c.ended {
			v.pending = append(v.pending, pending{v.clock, v.fresh})
			v.fresh = nil
		}
		return
	}
	if c.ended {
		v.writes++
		v.written = v.clock
		for _, m := range marks.FindAllString(c.args, -1) {
			if !v.seen[m] {
				v.seen[m] = true
				v.fresh = append(v.fresh, m)
			}
		}
	}
}

// sync is a sync that began at a moment and has ended.
func (v *truth) sync(began int) {
	v.synced = max(v.synced, began)
	for len(v.pending) > 0 && v.pending[0].at < began {
		for _, m := range v.pending[0].marks {
			v.durable[m] = true
		}
		v.pending = v.pending[1:]
	}
}

// needTool says what to install, instead of passing without having looked.
func needTool(t *testing.T, name, install string) {
	t.Helper()
	if _, err := exec.LookPath(name); err != nil {
		t.Fatalf("this test needs %s: %s", name, install)
	}
}

// trace runs a helper binary's storm under strace and calls with every line.
func trace(t *testing.T, binary string, st storm, line func(string), options ...string) {
	t.Helper()
	needTool(t, "strace", "apt-get install strace")
	read, write, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	args := append([]string{"-f", "-y", "-e", "signal=none", "-o", "/dev/fd/3",
		"-e", "trace=pwrite64,fdatasync,fsync,write,ftruncate,renameat"}, options...)
	cmd := exec.Command("strace", append(append(args, binary), st.args()...)...)
	cmd.Env = append(os.Environ(), helperEnv+"=storm")
	cmd.ExtraFiles = []*os.File{write}
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	write.Close()
	lines := bufio.NewReaderSize(read, 1<<20)
	for {
		text, err := lines.ReadString('\n')
		if text != "" {
			line(text)
		}
		if err == io.EOF {
			break
		}
		if err != nil {
			t.Error(err)
			break
		}
	}
	read.Close()
	if err := cmd.Wait(); err != nil {
		t.Fatalf("%v: %s", err, stderr.String())
	}
}

// watchStorm checks the acknowledgements of a storm by that binary.
func watchStorm(t *testing.T, binary string, acks int) *truth {
	const rooms, erasing = 25, 40
	path := filepath.Join(t.TempDir(), "walls.db")
	if err := open(t, path).Close(); err != nil {
		t.Fatal(err)
	}
	tr, v := &tracer{open: map[string]string{}}, newTruth()
	trace(t, binary, storm{path, rooms, (acks + rooms - 1) / rooms, erasing}, func(line string) {
		if c, ok := tr.line(line); ok {
			v.add(c)
		}
	}, "-s", "65536")
	if v.acks < acks {
		t.Errorf("%d acknowledgements seen, want %d", v.acks, acks)
	}
	return v
}

// TestTrace_S1 is the truth about fsync: each acknowledgement is written after a
// completed sync that began after the writes that carry it.
func TestTrace_S1(t *testing.T) {
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	v := watchStorm(t, self, *traceAcks)
	for _, s := range v.violations[:min(10, len(v.violations))] {
		t.Error(s)
	}
	if v.renames == 0 {
		t.Error("nothing was erased")
	}
	t.Logf("%d acknowledgements over %d writes and %d compactions: %d violations", v.acks, v.writes, v.renames, len(v.violations))
}

// brokenBinary is this test built with a store that does not sync.
func brokenBinary(t *testing.T) string {
	t.Helper()
	needTool(t, "go", "the Go tool chain, which builds the broken store")
	broken := filepath.Join(t.TempDir(), "broken.test")
	if out, err := exec.Command("go", "test", "-c", "-tags", "broken_nosync", "-o", broken, ".").CombinedOutput(); err != nil {
		t.Fatalf("building the broken store: %v\n%s", err, out)
	}
	return broken
}

// TestTrace_negative_control has the same check look at a store that does not
// sync: a check that finds nothing there would prove nothing.
func TestTrace_negative_control(t *testing.T) {
	v := watchStorm(t, brokenBinary(t), 100)
	if len(v.violations) < v.acks {
		t.Errorf("%d violations in %d acknowledgements of a store that never syncs", len(v.violations), v.acks)
	}
	t.Logf("%d violations in %d acknowledgements", len(v.violations), v.acks)
}
