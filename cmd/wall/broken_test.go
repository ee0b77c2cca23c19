package main

import (
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// Each build that is broken on purpose is caught by the test that is there for
// it: a test that passes there, too, would prove nothing here. No build tag of
// these is in any other build.
func TestBrokenBuilds(t *testing.T) {
	for _, b := range []struct {
		tag, what, pkg, test string
		flags                []string
	}{
		{"broken_ackearly", "acknowledges before the commit", "hub", "TestRedisKilled", []string{"-redis-kills=50"}},
		{"broken_resend", "takes a post that is sent again for another one", "hub", "TestPhonesCut", []string{"-phone-cuts=50"}},
		{"broken_conflict", "overwrites what another hub committed", "hub/store/redisstore", "TestCommit_sent_twice_is_a_conflict", nil},
		{"broken_bell", "takes the doorbell for the truth", "hub", "TestRedisBellMissed", nil},
		{"broken_retry", "has the client repeat what may be done", "hub/store/redisstore", "TestCut_unknown", []string{"-cuts=50"}},
	} {
		t.Run(b.tag, func(t *testing.T) {
			broken := filepath.Join(t.TempDir(), "broken.test")
			if out, err := exec.Command("go", "test", "-c", "-tags", b.tag, "-o", broken, "openspacewall/"+b.pkg).CombinedOutput(); err != nil {
				t.Fatalf("building what %s: %v\n%s", b.what, err, out)
			}
			cmd := exec.Command(broken, append([]string{"-test.run", "^" + b.test + "$", "-test.timeout", "2m", "-test.v"}, b.flags...)...)
			cmd.Dir = filepath.Join("..", "..", b.pkg)
			out, err := cmd.CombinedOutput()
			if err == nil || !strings.Contains(string(out), "--- FAIL: "+b.test) {
				t.Errorf("a build that %s passes %s: %v\n%s", b.what, b.test, err, out)
				return
			}
			for line := range strings.Lines(string(out)) {
				if strings.Contains(line, "_test.go:") {
					t.Logf("caught: %s", strings.TrimSpace(line))
				}
			}
		})
	}
}
