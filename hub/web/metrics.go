package web

import (
	"bytes"
	"cmp"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strconv"

	"openspacewall/hub"
)

// showMetrics is for Prometheus, in its text format. It is written here: a page
// of numbers is not worth a third of the program's size in libraries. That it
// is right, the tests ask Prometheus' own parser and linter.
func (s *Server) showMetrics(w http.ResponseWriter, r *http.Request) {
	c, err := s.whoAsks(r)
	if err != nil { // the store is away, just when they are wanted: the right of this machine needs none
		c = caller{local: local(r)}
	}
	if s.allow(w, r, c, look, "") {
		s.sayMetrics(w)
	}
}

func (s *Server) sayMetrics(w http.ResponseWriter) {
	var e exposition
	e.hub(s.Hub.Counts())
	e.one("wall_store_findings", "gauge", "What is not as it should be about the store; /healthz says what.", float64(len(s.Findings())))
	e.process()
	w.Header().Set("Content-Type", "text/plain; version=0.0.4; charset=utf-8")
	_, _ = w.Write(e.text.Bytes()) // whoever has gone does not read it
}

// Operator answers for the hub's operator alone, on an address that nobody else
// reaches: health with all findings, readiness, metrics.
func (s *Server) Operator() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /metrics", func(w http.ResponseWriter, _ *http.Request) { s.sayMetrics(w) })
	mux.HandleFunc("GET /healthz", func(w http.ResponseWriter, _ *http.Request) { s.sayHealth(w, true) })
	mux.HandleFunc("GET /readyz", s.showReady)
	return mux
}

// exposition is a page of metrics.
type exposition struct{ text bytes.Buffer }

func (e *exposition) hub(n hub.Counts) {
	e.one("wall_open_walls", "gauge", "Walls that are open in this hub.", float64(n.Walls))
	e.one("wall_away_walls", "gauge", "Walls that are read-only because the store cannot be reached.", float64(n.Away))
	e.many("wall_connections", "gauge", "Sockets that are open.", "face", map[string]float64{
		"phone": float64(n.Phones), "projector": float64(n.Projectors), "desk": float64(n.Desks),
	})
	closed := map[string]float64{}
	for code, k := range n.Closed {
		closed[strconv.Itoa(code)] = float64(k)
	}
	e.many("wall_closes_total", "counter", "Sockets that the hub closed, by code; 1012 is its own end.", "code", closed)
	e.one("wall_frames_sent_total", "counter", "Messages written to sockets.", float64(n.Frames))
	bytes := map[string]float64{}
	for face, k := range n.Bytes {
		bytes[string(face)] = float64(k)
	}
	e.many("wall_sent_bytes_total", "counter", "Bytes of those messages, by the face they went to.", "face", bytes)
	refused := map[string]float64{}
	for code, k := range n.Refused {
		refused[string(code)] = float64(k)
	}
	e.many("wall_refusals_total", "counter", "Commands that were refused, by code.", "code", refused)
	e.one("wall_oldest_command_seconds", "gauge", "How long the oldest command has waited that is not answered.", n.Oldest.Seconds())
	e.histogram("wall_answer_duration_seconds", "How long commands waited for their answer.", n.Answers)
	e.histogram("wall_pass_duration_seconds", "How long it took to tell all phones of a wall what was new: the tick.", n.Passes)
	e.histogram("wall_commit_duration_seconds", "How long the store took for a commit that it made.", n.Commits)
	e.histogram("wall_commit_events", "What happened in a commit: notes, votes, acts.", n.Events)
	e.histogram("wall_load_duration_seconds", "How long the store took to give a whole wall.", n.Loads)
	e.one("wall_conflicts_total", "counter", "Commits that another hub's came before; they are decided again.", float64(n.Conflicts))
	e.one("wall_epochs_total", "counter", "Times that the store had gone back, or failed over.", float64(n.Epochs))
	failed := map[string]float64{}
	for operation, k := range n.Failed {
		failed[operation] = float64(k)
	}
	e.many("wall_store_errors_total", "counter", "Calls of the store that failed, or whose end is unknown.", "operation", failed)
	hears := 1.0
	if n.Deaf {
		hears = 0
	}
	e.one("wall_doorbell_up", "gauge", "1 while other hubs' commits are heard at once, 0 while they are looked for every half minute.", hears)
}

func (e *exposition) family(name, kind, help string) {
	fmt.Fprintf(&e.text, "# HELP %s %s\n# TYPE %s %s\n", name, help, name, kind)
}

func (e *exposition) sample(name, labels string, v float64) {
	fmt.Fprintf(&e.text, "%s%s %s\n", name, labels, number(v))
}

func number(v float64) string { return strconv.FormatFloat(v, 'g', -1, 64) }

func (e *exposition) one(name, kind, help string, v float64) {
	e.family(name, kind, help)
	e.sample(name, "", v)
}

// many is a family with one label, whose values need no escaping.
func (e *exposition) many(name, kind, help, label string, by map[string]float64) {
	e.family(name, kind, help)
	for _, value := range slices.SortedFunc(maps.Keys(by), cmp.Compare) {
		e.sample(name, fmt.Sprintf("{%s=%q}", label, value), by[value])
	}
}

func (e *exposition) histogram(name, help string, h *hub.Histogram) {
	e.family(name, "histogram", help)
	upTo, all, sum := h.Read()
	for i, bound := range h.Bounds {
		e.sample(name+"_bucket", fmt.Sprintf("{le=%q}", number(bound)), float64(upTo[i]))
	}
	e.sample(name+"_bucket", `{le="+Inf"}`, float64(all))
	e.sample(name+"_sum", "", sum)
	e.sample(name+"_count", "", float64(all))
}
