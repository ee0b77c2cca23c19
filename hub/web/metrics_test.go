package web

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/prometheus/client_golang/prometheus/testutil/promlint"
	dto "github.com/prometheus/client_model/go"
	"github.com/prometheus/common/expfmt"
	"github.com/prometheus/common/model"

	"openspacewall/hub/wall"
)

func families(t *testing.T, page io.Reader) map[string]*dto.MetricFamily {
	t.Helper()
	parser := expfmt.NewTextParser(model.LegacyValidation)
	all, err := parser.TextToMetricFamilies(page)
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// Prometheus reads the page, and has nothing to say about the names.
func TestMetricsAreAsPrometheusWantsThem(t *testing.T) {
	s, on := live(t)
	connected(t, on, "/"+s.wall.Code+"/socket?face=phone", s.attendee())
	s.phase(wall.Vote)
	w := s.wants(http.StatusOK, call{path: "/metrics"})
	problems, err := promlint.New(strings.NewReader(w.Body.String())).Lint()
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range problems {
		t.Errorf("%s: %s", p.Metric, p.Text)
	}
	all := families(t, w.Body)
	phones := -1.0
	for _, m := range all["wall_connections"].GetMetric() {
		if m.GetLabel()[0].GetValue() == "phone" {
			phones = m.GetGauge().GetValue()
		}
	}
	commits := all["wall_commit_duration_seconds"].GetMetric()[0].GetHistogram()
	events := all["wall_commit_events"].GetMetric()[0].GetHistogram()
	if phones != 1 || commits.GetSampleCount() != 1 || events.GetSampleSum() != 1 || all["wall_open_walls"].GetMetric()[0].GetGauge().GetValue() != 1 {
		t.Errorf("%v phones, commits %v, events %v", phones, commits, events)
	}
	if n := len(all["wall_refusals_total"].GetMetric()); n < 18 {
		t.Errorf("%d codes of refusals", n)
	}
	for _, name := range []string{"go_goroutines", "process_resident_memory_bytes", "process_cpu_seconds_total", "process_open_fds"} {
		if all[name] == nil || all[name].GetMetric()[0].String() == "" {
			t.Errorf("%s is missing", name)
		}
	}
}

// Metrics are for whoever is at the machine, or has its key over a connection
// that nobody can read, or reaches the operator's own address.
func TestMetricsAreTheOperators(t *testing.T) {
	s := stood(t)
	key := map[string]string{"Authorization": "Bearer " + testKey}
	owner := s.asOwner()
	for _, c := range []struct {
		call
		status int
	}{
		{call{}, http.StatusOK},
		{call{from: "192.168.1.9", tls: true, header: key}, http.StatusOK},
		{call{from: "192.168.1.9", header: key}, http.StatusForbidden},
		{call{from: "192.168.1.9"}, http.StatusForbidden},
		{call{from: "192.168.1.9", tls: true}, http.StatusUnauthorized},
		{call{from: "192.168.1.9", tls: true, cookies: owner}, http.StatusUnauthorized},
		{call{header: map[string]string{"X-Forwarded-For": "192.168.1.9"}}, http.StatusForbidden},
		{call{host: "evil.example"}, http.StatusForbidden}, // a page whose name was pointed here
	} {
		c.path = "/metrics"
		if w := s.do(c.call); w.Code != c.status || contains(w, "wall_connections") != (c.status == http.StatusOK) {
			t.Errorf("%+v: %d %.80s, want %d", c.call, w.Code, w.Body, c.status)
		}
	}
	for path, status := range map[string]int{"/metrics": 200, "/healthz": 200, "/readyz": 200, "/": 404, "/" + s.wall.Code: 404, "/walls": 404} {
		w := httptest.NewRecorder()
		s.Operator().ServeHTTP(w, call{path: path, from: "10.0.0.9"}.request())
		if w.Code != status {
			t.Errorf("the operator's %s: %d", path, w.Code)
		}
	}
}

// Every expression of the dashboard asks for metrics that exist, by labels
// that they have.
func TestTheDashboardAsksForWhatThereIs(t *testing.T) {
	text, err := os.ReadFile("../../docker/grafana.json")
	if err != nil {
		t.Fatal(err)
	}
	var board struct {
		Panels []struct {
			Title   string
			Targets []struct{ Expr string }
		}
	}
	if err := json.Unmarshal(text, &board); err != nil {
		t.Fatal(err)
	}
	s := stood(t)
	all := families(t, s.wants(http.StatusOK, call{path: "/metrics"}).Body)
	names, labels := map[string]bool{"up": true}, map[string]bool{"instance": true, "job": true, "le": true}
	for name, f := range all {
		names[name] = true
		if f.GetType() == dto.MetricType_HISTOGRAM {
			names[name+"_bucket"], names[name+"_sum"], names[name+"_count"] = true, true, true
		}
		for _, m := range f.GetMetric() {
			for _, l := range m.GetLabel() {
				labels[l.GetName()] = true
			}
		}
	}
	used := map[string]bool{}
	for _, p := range board.Panels {
		for _, target := range p.Targets {
			// What is left without strings, durations, functions and grouping is names.
			bare := regexp.MustCompile(`"[^"]*"|\[[^\]]*\]|\$\w+`).ReplaceAllString(target.Expr, " ")
			for _, m := range regexp.MustCompile(`\b(?:by|without)\s*\(([^)]*)\)`).FindAllStringSubmatch(bare, -1) {
				for _, l := range strings.FieldsFunc(m[1], func(r rune) bool { return r == ',' || r == ' ' }) {
					if !labels[l] {
						t.Errorf("%s: no metric has the label %q", p.Title, l)
					}
				}
			}
			bare = regexp.MustCompile(`\b(?:by|without)\s*\([^)]*\)|\{[^}]*\}`).ReplaceAllString(bare, " ")
			found := false
			for _, m := range regexp.MustCompile(`[a-z_]{2,}\s*\(?`).FindAllString(bare, -1) {
				if strings.HasSuffix(m, "(") {
					continue
				}
				name := strings.TrimSpace(m)
				if used[name], found = true, true; !names[name] {
					t.Errorf("%s: there is no metric %q in %s", p.Title, name, target.Expr)
				}
			}
			if !found {
				t.Errorf("%s: %q asks for nothing", p.Title, target.Expr)
			}
		}
	}
	if len(board.Panels) < 8 {
		t.Errorf("%d panels", len(board.Panels))
	}
	for name, f := range all {
		is := used[name] || used[name+"_bucket"] || used[name+"_count"]
		if strings.HasPrefix(name, "wall_") && !is {
			t.Errorf("%s (%s) is on no panel", name, f.GetType())
		}
	}
}
