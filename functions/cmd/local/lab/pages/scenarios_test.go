package pages_test

import (
	"io/fs"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/eshopbox/whatsapp-notifications/functions/cmd/local/demo"
	"github.com/eshopbox/whatsapp-notifications/functions/cmd/local/rig/live"
	"github.com/eshopbox/whatsapp-notifications/functions/cmd/local/scenario"
	"github.com/eshopbox/whatsapp-notifications/functions/cmd/local/world"
	"github.com/eshopbox/whatsapp-notifications/shared/clock"
	"github.com/eshopbox/whatsapp-notifications/shared/testkit"
	"github.com/eshopbox/whatsapp-notifications/testdata"
)

// TestScenarios lists every story that is a file, with its steps in words and the command that plays it.
func TestScenarios(t *testing.T) {
	t.Parallel()
	w := live.Start(t, live.Options{})
	_, body := ask(t, w, http.MethodGet, "/lab/scenarios", "")
	names, err := fs.Glob(testdata.Files, "scenarios/*.json")
	w.Must(err)
	for _, name := range names {
		data, err := testdata.Files.ReadFile(name)
		w.Must(err)
		s, err := scenario.Read(data)
		w.Must(err)
		for _, want := range []string{"make play FILE=testdata/" + name + "<", strings.ReplaceAll(s.Title, "'", "&#39;")} {
			if !strings.Contains(body, want) {
				t.Errorf("the page lacks %q", want)
			}
		}
	}
	if len(names) < 9 {
		t.Errorf("there are %d files", len(names))
	}
	for _, want := range []string{"The shopper writes “STOP”.", "The shopper taps “Try again”.", "after 2 minutes and 1 second", "Until a message of order 51230077 is given up.", "The clock is moved ahead by 15 minutes.", "An operator runs: ops "} {
		if !strings.Contains(body, want) {
			t.Errorf("the page lacks %q", want)
		}
	}
}

// TestAStoryIsSaved downloads what was done about an order as a file that can be read again, and says in words that there is none of an order that was left alone.
func TestAStoryIsSaved(t *testing.T) {
	t.Parallel()
	w := live.Start(t, live.Options{})
	does(t, w, ira, "box", "tick")
	does(t, w, ira, "beat", "failed")
	answer, file := ask(t, w, http.MethodGet, ira+"/story.json", "")
	if answer.Header.Get("Content-Disposition") != `attachment; filename="story-51230077.json"` || answer.Header.Get("Content-Type") != "application/json" {
		t.Errorf("got %d %v", answer.StatusCode, answer.Header)
	}
	s, err := scenario.Read([]byte(file))
	if err != nil || len(s.Steps) != 2 || s.Steps[0].Do != scenario.Subscribe || s.Steps[1].Event != "shipment/failed_delivery" || s.End == nil {
		t.Errorf("got %v\n%s", err, file)
	}
	answer, body := ask(t, w, http.MethodGet, "/lab/orders/51230081/story.json", "")
	if answer.StatusCode != http.StatusConflict || !strings.Contains(body, "There is no file of this story") || !strings.Contains(body, "nothing was done about it here since the run began") {
		t.Errorf("of an order that was left alone: %d %s", answer.StatusCode, body)
	}
}

// TestTimeIsMoved moves the clock of a run that allows it: by a time, and to what is waited for next.
func TestTimeIsMoved(t *testing.T) {
	t.Parallel()
	clk := clock.NewForward(0)
	started, err := world.Start(t.Context(), world.Options{Clock: clk, Secrets: demo.Secrets(), Prepare: demo.Seed})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = started.Close(t.Context()) })
	send := func(form string) *http.Response {
		t.Helper()
		answer, err := testkit.Client.Post(started.URL+ira+"/do", "application/x-www-form-urlencoded", strings.NewReader(form))
		if err != nil {
			t.Fatal(err)
		}
		_ = answer.Body.Close()
		return answer
	}
	before := clk.Ahead()
	if answer := send("forward=15m&back=" + ira); answer.StatusCode != http.StatusOK || clk.Ahead()-before < 15*time.Minute {
		t.Errorf("by 15 minutes: %d, the clock is %s ahead", answer.StatusCode, clk.Ahead())
	}
	if answer := send("forward=next&back=" + ira); answer.StatusCode != http.StatusConflict {
		t.Errorf("to what comes next, of nothing: %d", answer.StatusCode)
	}
	send("fault=gupshup-late&back=" + ira) // so that its callbacks are still waited for, however slow the machine is
	send("box=tick&back=" + ira)
	send("beat=failed&back=" + ira)
	if err := started.Cloud.WaitIdle(t.Context()); err != nil {
		t.Fatal(err)
	}
	before = clk.Ahead()
	if answer := send("forward=next&back=" + ira); answer.StatusCode != http.StatusOK || clk.Ahead() <= before {
		t.Errorf("to what comes next: %d, the clock is %s ahead after %s", answer.StatusCode, clk.Ahead(), before)
	}
}
