package monitoring_test

import (
	"encoding/json"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/eshopbox/whatsapp-notifications/functions/cmd/local/world"
	"github.com/eshopbox/whatsapp-notifications/shared/logging"
)

// book keeps the log lines of functions as Cloud Logging would have them. It is safe for concurrent use.
type book struct {
	t       *testing.T
	mu      sync.Mutex
	entries []entry
}

// logger returns the logger that a deployed function has.
func (b *book) logger(function string) *slog.Logger {
	return logging.New(page{b, function}, logging.Options{
		ProjectID: world.Project,
		Attrs:     []slog.Attr{slog.String("function", function)},
	})
}

// all returns the entries so far.
func (b *book) all() []entry {
	b.mu.Lock()
	defer b.mu.Unlock()

	return slices.Clone(b.entries)
}

// page is where one function writes.
type page struct {
	*book

	function string
}

// Write takes one line, as slog writes it.
func (p page) Write(line []byte) (int, error) {
	p.mu.Lock()
	defer p.mu.Unlock()

	p.entries = append(p.entries, entryOf(p.t, p.function, line))

	return len(line), nil
}

// entryOf returns the entry that Cloud Run makes of a line on a function's standard error: what Cloud Logging has names for goes to its
// fields, the rest stays in jsonPayload. A line of nothing but a message would be a textPayload, in which no filter here looks.
func entryOf(t *testing.T, function string, line []byte) entry {
	t.Helper()

	var payload map[string]any
	if err := json.Unmarshal(line, &payload); err != nil {
		t.Errorf("%s wrote a line that is no JSON object: %s", function, line)
		return entry{}
	}

	e := entry{
		"severity": payload["severity"],
		"logName":  "projects/" + world.Project + "/logs/run.googleapis.com%2Fstderr",
		"resource": map[string]any{"type": "cloud_run_revision", "labels": map[string]any{"service_name": function}},
	}

	if labels, has := payload["logging.googleapis.com/labels"]; has {
		e["labels"] = labels
	}

	for name := range payload {
		if name == "severity" || name == "time" || strings.HasPrefix(name, "logging.googleapis.com/") {
			delete(payload, name)
		}
	}

	if _, has := payload["message"]; has && len(payload) == 1 {
		e["textPayload"] = payload["message"]
	} else {
		e["jsonPayload"] = payload
	}

	return e
}
