package main

import (
	"bytes"
	"io"
	"net/http"
	"os"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/eshopbox/whatsapp-notifications/functions/cmd/local/demo"
	"github.com/eshopbox/whatsapp-notifications/functions/cmd/local/world"
	"github.com/eshopbox/whatsapp-notifications/shared/config"
)

var (
	// moment is a time of day, with what stands before and behind it.
	moment = regexp.MustCompile(`(\d{4}-\d\d-\d\d[T ])?\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d| IST)?`)
	// due is when something will be done, the one time that may lie ahead.
	due = regexp.MustCompile(`"due":"[^"]*"`)
)

// TestTimesHaveZonesAndHavePassed looks, while the story is told and afterwards, at everything that make run shows: no time lies in
// the future, and each has its zone.
func TestTimesHaveZonesAndHavePassed(t *testing.T) {
	t.Parallel()
	w, _ := startOn(t, t.TempDir())
	look := func() int {
		seen := 0
		for _, path := range []string{
			"/local/send-log?orderId=" + demo.DevOrder, "/local/send-log?orderId=" + demo.ArunOrder, "/local/send-log?orderId=" + demo.LilaOrder,
			"/local/send-log?orderId=" + demo.OmarOrder, "/local/inbox/9000000002", "/local/inbox/9000000004", "/local/inbox/9000000005",
			"/local/bot", "/local/order?orderId=" + demo.DevOrder, "/local/dead-letters",
		} {
			seen += requirePassed(t, path, shown(t, w, http.MethodGet, path, nil))
		}
		return seen
	}

	story := &audience{each: func() { look() }}
	if err := demo.Story(t.Context(), w, story); err != nil {
		t.Fatal(err)
	}
	if seen := requirePassed(t, "the story", story.String()); seen < 12 {
		t.Errorf("got %d times in the story, want those of four messages:\n%s", seen, story)
	}
	if seen := look(); seen < 30 {
		t.Errorf("got %d times, want those of four messages", seen)
	}

	event, err := os.ReadFile(root + "/testdata/events/shipment-failed_delivery.json")
	if err != nil {
		t.Fatal(err)
	}
	shown(t, w, http.MethodPost, "/local/events", event)
	if err = w.Cloud.WaitIdle(t.Context()); err != nil {
		t.Fatal(err)
	}
	if seen := requirePassed(t, "the note", shown(t, w, http.MethodPost, "/local/events", event)); seen != 1 {
		t.Errorf("got %d times in the note, want that of the decision", seen)
	}
}

// audience is what a story is told to; it looks around at each line.
type audience struct {
	strings.Builder
	each func()
}

// Write is part of [io.Writer].
func (a *audience) Write(p []byte) (int, error) {
	a.each()
	return a.Builder.Write(p)
}

// shown returns the answer to a request, which is made within the test.
func shown(t *testing.T, w *world.World, method, path string, body []byte) string {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), method, w.URL+path, bytes.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	resp, err := w.Parts.Client.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	answer, err := io.ReadAll(resp.Body)
	if err != nil || resp.StatusCode >= http.StatusBadRequest {
		t.Fatalf("%s: got %d %s, %v", path, resp.StatusCode, answer, err)
	}
	return string(answer)
}

// requirePassed requires that every time in a text has its zone and has passed, and returns how many there are.
func requirePassed(t *testing.T, where, text string) int {
	t.Helper()
	now := time.Now()
	all := moment.FindAllString(due.ReplaceAllString(text, ""), -1)
	for _, s := range all {
		at, err := time.Parse(time.RFC3339, s)
		if bare, indian := strings.CutSuffix(s, " IST"); indian {
			if len(bare) == len(time.TimeOnly) {
				bare = now.In(config.IST).Format(time.DateOnly) + " " + bare
			}
			if at, err = time.ParseInLocation(time.DateTime, bare, config.IST); at.Sub(now) > 12*time.Hour {
				at = at.AddDate(0, 0, -1) // midnight has passed since
			}
		}
		switch {
		case err != nil:
			t.Errorf("%s: the time %q has no zone: %v", where, s, err)
		case at.After(now):
			t.Errorf("%s: the time %q lies %v in the future", where, s, at.Sub(now))
		}
	}
	return len(all)
}
