package world_test

import (
	"bytes"
	"log/slog"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/eshopbox/whatsapp-notifications/functions/cmd/local/demo"
	"github.com/eshopbox/whatsapp-notifications/functions/cmd/local/world"
	"github.com/eshopbox/whatsapp-notifications/shared/clock"
	"github.com/eshopbox/whatsapp-notifications/shared/local/simulator"
	simgupshup "github.com/eshopbox/whatsapp-notifications/shared/local/simulator/gupshup"
	"github.com/eshopbox/whatsapp-notifications/shared/local/simulator/tenant"
	"github.com/eshopbox/whatsapp-notifications/shared/message"
)

// lines is a log that several may write to.
type lines struct {
	mu   sync.Mutex
	text bytes.Buffer
}

// Write is part of [io.Writer].
func (l *lines) Write(b []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(b)
}

// String is all that was written.
func (l *lines) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.String()
}

// TestWorkerDiesAfterPost has a worker die over a message that Gupshup has taken. Its push is not answered, and the message is in doubt until
// the callback comes; then it is settled, and never sent again.
func TestWorkerDiesAfterPost(t *testing.T) {
	t.Parallel()
	logs := &lines{}
	w := start(t, world.Options{Clock: clock.NewForward(0), Logger: slog.New(slog.NewJSONHandler(logs, &slog.HandlerOptions{Level: slog.LevelWarn}))})
	held := simgupshup.Behaviour{Behaviour: tenant.Behaviour{Callbacks: true, AutoRead: true, Hold: true}}
	if err := w.Simulator.Gupshup().SetBehaviour(demo.NeemGupshupID, held); err != nil {
		t.Fatal(err)
	}
	post(t, w, world.OrderPath+demo.IraOrder, subscribeIra, http.StatusOK)

	w.KillAfterPost(1)
	fail(t, w)
	forward(t, w, 0)
	if got := w.Killing(); got != 0 {
		t.Errorf("%d workers are still to die, want none", got)
	}
	first := messages(t, w)[0]
	if first.Phase != message.Claimed || len(first.Newest().IDs) > 0 {
		t.Errorf("got phase %s, ids %v; want the claim of the dead worker, and nothing of what it was answered", first.Phase, first.Newest().IDs)
	}

	forward(t, w, 2*time.Minute)
	if diff := cmp.Diff([]message.Status{message.StatusInDoubt}, statuses(t, w)); diff != "" {
		t.Errorf("after the lease (-want +got):\n%s", diff)
	}

	if err := w.Simulator.Outbox().ReleaseAll(t.Context()); err != nil {
		t.Fatal(err)
	}
	forward(t, w, time.Hour)
	if diff := cmp.Diff([]message.Status{message.StatusRead}, statuses(t, w)); diff != "" {
		t.Errorf("after the callbacks (-want +got):\n%s", diff)
	}
	if got := len(w.Simulator.Phones().Inbox("919000000001")); got != 1 {
		t.Errorf("the phone shows %d messages, want 1", got)
	}
	if text := logs.String(); strings.Contains(text, "closing") || strings.Contains(text, "dead") {
		t.Errorf("a dead worker logs:\n%s", text)
	}
}

// TestDeathsAreCounted has two workers die, one after the other, and no third: what is not taken by a provider kills nobody.
func TestDeathsAreCounted(t *testing.T) {
	t.Parallel()
	w := start(t, world.Options{Clock: clock.NewForward(0)})
	post(t, w, world.OrderPath+demo.IraOrder, subscribeIra, http.StatusOK)
	if err := w.Simulator.Faults().Set([]simulator.Fault{{System: "gupshup", Path: "/template/msg", Mode: "unavailable", Times: 1}}); err != nil {
		t.Fatal(err)
	}

	w.KillAfterPost(2)
	fail(t, w)
	forward(t, w, 0)
	if got := w.Killing(); got != 2 {
		t.Errorf("%d workers are still to die after a refusal, want 2", got)
	}

	for _, left := range []int{1, 0, 0} {
		forward(t, w, time.Hour)
		if got := w.Killing(); got != left {
			t.Errorf("%d workers are still to die, want %d", got, left)
		}
		fail(t, w)
	}
	forward(t, w, time.Hour)
	want := []message.Status{message.StatusRead, message.StatusRead, message.StatusRead, message.StatusRead}
	if diff := cmp.Diff(want, statuses(t, w)); diff != "" {
		t.Errorf("in the end (-want +got):\n%s", diff)
	}
	if got := len(w.Simulator.Phones().Inbox("919000000001")); got != len(want) {
		t.Errorf("the phone shows %d messages, want %d", got, len(want))
	}
}

// TestDeathIsDisarmed takes back a death before it comes.
func TestDeathIsDisarmed(t *testing.T) {
	t.Parallel()
	w := start(t, world.Options{Clock: clock.NewForward(0)})
	post(t, w, world.OrderPath+demo.IraOrder, subscribeIra, http.StatusOK)
	w.KillAfterPost(3)
	w.KillAfterPost(0)
	fail(t, w)
	forward(t, w, 0)
	if ids := messages(t, w)[0].Newest().IDs; len(ids) == 0 {
		t.Error("the message has no id of the provider's, want its worker alive")
	}
}

// TestDeadWorkersAreClosed has workers die one after the other: only the one that serves is kept.
func TestDeadWorkersAreClosed(t *testing.T) {
	t.Parallel()
	w := start(t, world.Options{Clock: clock.NewForward(0)})
	post(t, w, world.OrderPath+demo.IraOrder, subscribeIra, http.StatusOK)
	w.KillAfterPost(3)
	for range 4 {
		fail(t, w)
		forward(t, w, 5*time.Minute)
	}
	if got := w.Killing(); got != 0 {
		t.Fatalf("%d workers are still to die, want none", got)
	}
	if got := w.Workers(); got != 1 {
		t.Errorf("%d workers are kept, want the one that serves", got)
	}
}
