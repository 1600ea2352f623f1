package demo

import (
	"bytes"
	"context"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/eshopbox/whatsapp-notifications/functions/cmd/local/lab"
	"github.com/eshopbox/whatsapp-notifications/functions/cmd/local/world"
	"github.com/eshopbox/whatsapp-notifications/shared/account"
	"github.com/eshopbox/whatsapp-notifications/shared/message"
)

// TestStoryGoesOnWithoutSender has an earlier run have left an app unable to send: a run must tell so, and start all the
// same.
func TestStoryGoesOnWithoutSender(t *testing.T) {
	t.Parallel()
	w := startWorld(t)
	err := w.Parts.Store.ChangeCondition(t.Context(), NeemID, func(f *account.Condition) bool {
		app := f.Apps[NeemApp]
		app.Health = account.Health{Reason: message.CauseBalance, Since: w.Clock.Now(), RetryAt: w.Clock.Now().Add(time.Hour)}
		f.Apps[NeemApp] = app
		return true
	})
	if err != nil {
		t.Fatalf("account: %v", err)
	}
	var told bytes.Buffer
	if err = tellChapter(t.Context(), w, &told, chapters()[0]); err != nil {
		t.Fatalf("story: %v", err)
	}
	want := "  held        app: balance: see " + w.URL + "/local/send-log?orderId=" + DevOrder + "\n"
	if !strings.HasSuffix(told.String(), want) {
		t.Errorf("got %q, want its last line %q", told.String(), want)
	}
}

// TestStoriesGoOnAfterOneThatCannotBeTold has the first brand's order be unknown.
func TestStoriesGoOnAfterOneThatCannotBeTold(t *testing.T) {
	t.Parallel()
	w := startWorld(t)
	var told bytes.Buffer
	last := chapters()[3]
	if err := tellAll(t.Context(), w, &told, []chapter{{title: "Nobody", order: "999"}, last}); err != nil {
		t.Fatalf("stories: %v", err)
	}
	entries, err := lab.SendLog(t.Context(), w.Parts.Store, last.order)
	if err != nil || len(entries) != 1 {
		t.Fatalf("send log: got %d entries, %v", len(entries), err)
	}
	if at, accepted := *entries[0].Occurred, entries[0].Attempts["1"].At["accepted"]; at.After(accepted) {
		t.Errorf("the event of %v comes after it was accepted, at %v", at, accepted)
	}
	for _, want := range []string{"Nobody:\n  this story ends here: GET " + world.OrderPath + "999 answered 404", last.title + ":\n", "  accepted    "} {
		if !strings.Contains(told.String(), want) {
			t.Errorf("got %q, want %q in it", told.String(), want)
		}
	}
}

func TestTell(t *testing.T) {
	t.Parallel()
	at := time.Date(2026, 11, 21, 4, 30, 5, 245_000_000, time.UTC)
	times := map[string]time.Time{"accepted": at, "sent": at.Truncate(time.Second)}
	sent := lab.LogEntry{Template: "t1", App: "a1", Phone: "+91******0002", Attempts: map[string]lab.LogAttempt{"1": {At: times}}}
	failed := lab.LogEntry{Status: message.StatusFailed, Attempts: map[string]lab.LogAttempt{"1": {Class: "template", Code: "4003"}}}
	for _, c := range []struct {
		name  string
		entry lab.LogEntry
		want  string
	}{
		{"sent", sent, "  decision    send template t1 through app a1 to +91******0002\n  accepted    10:00:05 IST\n  sent        10:00:05 IST\n"},
		{"refused", lab.LogEntry{Reason: message.EventOff}, "  decision    not sent: event_off\n"},
		{"quiet", lab.LogEntry{Status: message.StatusWaiting, Reason: message.QuietHours, Due: &at}, "  decision    not sent before 10:00 IST: quiet_hours\n"},
	} {
		var out bytes.Buffer
		tell(&out, c.entry, map[message.Status]bool{})
		if diff := cmp.Diff(c.want, out.String()); diff != "" {
			t.Errorf("%s (-want +got):\n%s", c.name, diff)
		}
	}
	for want, e := range map[string]lab.LogEntry{
		"  failed      template 4003: see URL\n": failed, "  waiting     see URL\n": {Status: message.StatusWaiting}, "  nothing     see URL\n": {},
	} {
		if got := unfinished(e, "URL"); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}

// start starts a world with the demo, on the state in a directory, or in memory for none.
func start(ctx context.Context, path string) (*world.World, error) {
	return world.Start(ctx, world.Options{Path: path, Secrets: Secrets(), Prepare: Seed})
}

// startWorld starts a world with the demo in memory, which ends with the test.
func startWorld(t *testing.T) *world.World {
	t.Helper()
	w, err := start(t.Context(), "")
	if err != nil {
		t.Fatalf("start: %v", err)
	}
	t.Cleanup(func() {
		if err := w.Close(t.Context()); err != nil {
			t.Errorf("close: %v", err)
		}
	})
	return w
}
