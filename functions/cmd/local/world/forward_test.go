package world_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/eshopbox/whatsapp-notifications/functions/cmd/local/demo"
	"github.com/eshopbox/whatsapp-notifications/functions/cmd/local/scenario"
	"github.com/eshopbox/whatsapp-notifications/functions/cmd/local/world"
	"github.com/eshopbox/whatsapp-notifications/shared/clock"
	"github.com/eshopbox/whatsapp-notifications/shared/config"
	"github.com/eshopbox/whatsapp-notifications/shared/fault"
	"github.com/eshopbox/whatsapp-notifications/shared/local/simulator"
	"github.com/eshopbox/whatsapp-notifications/shared/message"
	"github.com/eshopbox/whatsapp-notifications/shared/testkit"
	"github.com/eshopbox/whatsapp-notifications/testdata"
)

// subscribeIra is what the portal posts of Ira, who bought from Neem & Co.
const subscribeIra = `{"contactPhone":"9000000001","customerName":"Ira Sample","email":"ira@example.test","accountId":"811","whatsAppStatus":"ACTIVE"}`

// start starts a world with the demo's brands, unless it is prepared in another way, which calls sweep and ends with the test.
func start(t *testing.T, o world.Options) *world.World {
	t.Helper()
	return startEvery(t, o, time.Minute)
}

// startEvery is start with sweep called that often.
func startEvery(t *testing.T, o world.Options, sweepEvery time.Duration) *world.World {
	t.Helper()
	w := open(t, o, sweepEvery)
	t.Cleanup(func() {
		if err := w.Close(context.WithoutCancel(t.Context())); err != nil {
			t.Errorf("close: %v", err)
		}
	})

	return w
}

// open is startEvery of a world that the test closes itself.
func open(t *testing.T, o world.Options, sweepEvery time.Duration) *world.World {
	t.Helper()
	o.Secrets, o.SweepEvery = demo.Secrets(), sweepEvery
	if o.Prepare == nil {
		o.Prepare = demo.Seed
	}
	w, err := world.Start(t.Context(), o)
	if err != nil {
		t.Fatalf("start: %v", err)
	}

	return w
}

// post posts to a route of the world's, wants a status, and returns the answer.
func post(t *testing.T, w *world.World, path, body string, want int) []byte {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, w.URL+path, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/json")
	a, err := testkit.Client.Do(r) // a move may take longer than the product's clients wait
	if err != nil {
		t.Fatal(err)
	}
	defer a.Body.Close()
	if a.StatusCode != want {
		t.Fatalf("POST %s: got %d, want %d", path, a.StatusCode, want)
	}
	answer, err := io.ReadAll(a.Body)
	if err != nil {
		t.Fatal(err)
	}

	return answer
}

// fail posts that the delivery of Ira's order failed now.
func fail(t *testing.T, w *world.World) {
	t.Helper()
	post(t, w, "/local/events", string(failed(t, w)), http.StatusAccepted)
}

// failed is the event of that.
func failed(t *testing.T, w *world.World) []byte {
	t.Helper()
	data, err := testdata.Files.ReadFile("events/shipment-failed_delivery.json")
	if err != nil {
		t.Fatal(err)
	}

	now := w.Clock.Now().In(config.IST).Format(time.DateTime)

	return bytes.ReplaceAll(data, []byte("2024-02-13 15:20:41"), []byte(now))
}

// messages are those of Ira's order, oldest first.
func messages(t *testing.T, w *world.World) []message.Message {
	t.Helper()
	all, err := w.Parts.Store.MessagesOfOrder(t.Context(), demo.NeemID, demo.IraOrder)
	if err != nil {
		t.Fatal(err)
	}
	slices.SortFunc(all, func(a, b message.Message) int { return a.CreatedAt.Compare(b.CreatedAt) })

	return all
}

// statuses are those of the messages of Ira's order, oldest first.
func statuses(t *testing.T, w *world.World) []message.Status {
	t.Helper()
	var all []message.Status
	for _, m := range messages(t, w) {
		all = append(all, m.Status())
	}

	return all
}

func forward(t *testing.T, w *world.World, d time.Duration) {
	t.Helper()
	if err := w.Forward(t.Context(), d); err != nil {
		t.Fatalf("forward by %v: %v", d, err)
	}
}

// TestForwardLetsTimePass moves a world by an hour and by a day, with a message before, between and after: retries, callbacks and pushes
// go on as if the time had been waited for. The next run on the state goes on from there.
func TestForwardLetsTimePass(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	w := start(t, world.Options{Path: dir, Clock: clock.NewForward(0)})
	post(t, w, world.OrderPath+demo.IraOrder, subscribeIra, http.StatusOK)

	if err := w.Simulator.Faults().Set([]simulator.Fault{{System: "gupshup", Path: "/template/msg", Mode: "unavailable", Times: 1}}); err != nil {
		t.Fatal(err)
	}
	fail(t, w)
	forward(t, w, 0)
	if diff := cmp.Diff([]message.Status{message.StatusWaiting}, statuses(t, w)); diff != "" {
		t.Errorf("after a refusal (-want +got):\n%s", diff)
	}

	forward(t, w, time.Hour)
	fail(t, w)
	forward(t, w, 24*time.Hour)
	fail(t, w)
	forward(t, w, time.Minute)
	if diff := cmp.Diff([]message.Status{message.StatusRead, message.StatusRead, message.StatusRead}, statuses(t, w)); diff != "" {
		t.Errorf("after a day (-want +got):\n%s", diff)
	}
	if got := len(w.Simulator.Phones().Inbox("919000000001")); got != 3 {
		t.Errorf("the phone shows %d messages, want 3", got)
	}

	first := messages(t, w)[0].Newest()
	if took := time.UnixMilli(first.At[string(message.StatusRead)]).Sub(time.UnixMilli(first.At[string(message.StatusAccepted)])); took < 0 || took > time.Minute {
		t.Errorf("the first message was read %v after it was accepted, want seconds of the world's time", took)
	}

	const ahead = 25*time.Hour + time.Minute
	if got := w.Ahead(); got != ahead {
		t.Errorf("ahead by %v, want %v", got, ahead)
	}
	if got, err := world.SavedAhead(dir); got != ahead || err != nil {
		t.Errorf("kept %v, %v; want %v", got, err, ahead)
	}
}

// TestTimeNeverGoesBack starts worlds and a cloud on a state that was moved ahead.
func TestTimeNeverGoesBack(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	w, err := world.Start(t.Context(), world.Options{Path: dir, Clock: clock.NewForward(time.Hour)})
	if err != nil {
		t.Fatal(err)
	}
	forward(t, w, time.Minute)
	if err = w.Close(t.Context()); err != nil {
		t.Fatal(err)
	}

	for name, c := range map[string]clock.Clock{"the_machines": nil, "less_ahead": clock.NewForward(time.Hour)} {
		if started, refused := world.Start(t.Context(), world.Options{Path: dir, Clock: c}); !errors.Is(refused, world.ErrBehind) {
			t.Errorf("%s: got %v, want ErrBehind", name, refused)
			if refused == nil {
				_ = started.Close(t.Context())
			}
		}
	}
	if alone, refused := world.StartCloud(t.Context(), world.CloudOptions{Path: dir}); !errors.Is(refused, world.ErrBehind) {
		t.Errorf("a cloud alone: got %v, want ErrBehind", refused)
		if refused == nil {
			_ = alone.Close()
		}
	}

	saved, err := world.SavedAhead(dir)
	if err != nil {
		t.Fatal(err)
	}
	w = start(t, world.Options{Path: dir, Clock: clock.NewForward(saved)})
	if got, want := w.Ahead(), time.Hour+time.Minute; got != want {
		t.Errorf("ahead by %v, want %v", got, want)
	}
}

func TestForwardRefuses(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	moving := start(t, world.Options{Path: dir, Clock: clock.NewForward(0)})
	for _, d := range []time.Duration{-time.Nanosecond, 30*24*time.Hour + 1} {
		err := moving.Forward(t.Context(), d)
		if field, _ := fault.Public(err); field != "forward" || !fault.Is(err, fault.Invalid) {
			t.Errorf("by %v: got %v, want a refusal of forward", d, err)
		}
	}
	if got, err := world.SavedAhead(dir); got != 0 || err != nil {
		t.Errorf("kept %v, %v; want nothing done", got, err)
	}

	fixed, err := world.Start(t.Context(), world.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = fixed.Close(context.WithoutCancel(t.Context())) })
	if err := fixed.Forward(t.Context(), time.Minute); !fault.Is(err, fault.Conflict) || fixed.Ahead() != 0 {
		t.Errorf("on the machine's clock: got %v, want a conflict", err)
	}
}

func TestSavedAhead(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]time.Duration{"1h15m0s\n": 75 * time.Minute, "0s": 0, "": -1, "-1h": -1, "soon": -1, "15": -1} {
		dir := t.TempDir()
		if err := os.WriteFile(filepath.Join(dir, "clock.ahead"), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		got, err := world.SavedAhead(dir)
		if want < 0 && !errors.Is(err, world.ErrAhead) || want >= 0 && (got != want || err != nil) {
			t.Errorf("%q: got %v, %v; want %v", text, got, err, want)
		}
	}
	for _, none := range []string{"", t.TempDir()} {
		if got, err := world.SavedAhead(none); got != 0 || err != nil {
			t.Errorf("without a file: got %v, %v; want 0", got, err)
		}
	}
}

// TestLogHasTheWorldsTime reads the lines that a world logs which is a hundred hours ahead.
func TestLogHasTheWorldsTime(t *testing.T) {
	t.Parallel()
	logs, begun := &lines{}, time.Now()
	w := start(t, world.Options{Clock: clock.NewForward(100 * time.Hour), Logger: slog.New(slog.NewJSONHandler(logs, nil))})
	post(t, w, "/local/nowhere", "", http.StatusNotFound)
	for line := range strings.Lines(logs.String()) {
		var logged struct {
			Time time.Time `json:"time"`
		}
		if err := json.Unmarshal([]byte(line), &logged); err != nil || logged.Time.Before(begun.Add(100*time.Hour)) {
			t.Errorf("%v: got %s, want the world's time", err, line)
		}
	}
	if logs.String() == "" {
		t.Error("nothing is logged")
	}
}

// TestMoveIsMadeWhole has the client of a move leave in its middle, and that of a second one that waits for the first: the first is made whole, the second
// not at all, and the state's time is what the clock came to.
func TestMoveIsMadeWhole(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	c := clock.NewForward(0)
	w := start(t, world.Options{Path: dir, Clock: c})
	first, leave := context.WithCancel(t.Context())
	begun, second := make(chan struct{}), make(chan error, 1)
	waiting, give := context.WithCancel(t.Context())
	c.AfterFunc(time.Minute, func() {
		saved, err := world.SavedAhead(dir)
		if err != nil || saved < w.Ahead() {
			t.Errorf("on the way: kept %v, %v at %v; want no less, or a process that dies has time go back", saved, err, w.Ahead())
		}
		close(begun)
		go func() { second <- w.Forward(waiting, time.Hour) }()
		leave()
		give()
	})
	if err := w.Forward(first, 20*time.Minute); err != nil {
		t.Errorf("the first: got %v, want it whole", err)
	}
	<-begun
	if err := <-second; !errors.Is(err, context.Canceled) {
		t.Errorf("the second: got %v, want that it was not made", err)
	}
	if err := w.Forward(waiting, time.Hour); !errors.Is(err, context.Canceled) {
		t.Errorf("without anybody who waits: got %v, want that it was not made", err)
	}
	saved, err := world.SavedAhead(dir)
	if w.Ahead() != 20*time.Minute || saved != w.Ahead() || err != nil {
		t.Errorf("ahead by %v, kept %v, %v; want 20 minutes", w.Ahead(), saved, err)
	}
}

// TestMoveEndsWithTheWorld closes a world in the middle of a move: what is kept is what the clock came to.
func TestMoveEndsWithTheWorld(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	c := clock.NewForward(0)
	w, err := world.Start(t.Context(), world.Options{Path: dir, Clock: c})
	if err != nil {
		t.Fatal(err)
	}
	closed := make(chan error, 1)
	c.AfterFunc(time.Minute, func() { closed <- w.Close(context.WithoutCancel(t.Context())) })
	if err = w.Forward(t.Context(), 24*time.Hour); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v, want that the move ended with the world", err)
	}
	if err = <-closed; err != nil {
		t.Errorf("close: %v", err)
	}
	saved, err := world.SavedAhead(dir)
	if saved != w.Ahead() || saved >= 24*time.Hour || err != nil {
		t.Errorf("kept %v, %v; want the %v that the clock came to", saved, err, w.Ahead())
	}
}

// TestTimePassesWhateverIsBroken moves worlds in which something is broken that takes the machine's time: time passes, though not all of what it
// causes is done, and the answer says so.
func TestTimePassesWhateverIsBroken(t *testing.T) {
	t.Parallel()
	for broken, underWay := range map[string]bool{"pubsub-down": true, "firestore-full": false, "gupshup-hangs": false} {
		t.Run(broken, func(t *testing.T) {
			t.Parallel()
			w := open(t, world.Options{Clock: clock.NewForward(0), Config: world.LocalDefaults()}, 5*time.Second)
			t.Cleanup(func() {
				// What Pub/Sub did not take may still be tried, in the machine's time, for longer than a world's end waits.
				if err := w.Close(context.WithoutCancel(t.Context())); err != nil && !errors.Is(err, context.DeadlineExceeded) {
					t.Errorf("close: %v", err)
				}
			})
			do(t, w, scenario.Step{Do: scenario.Subscribe, Order: demo.IraOrder}, scenario.Step{Do: scenario.StartFault, Fault: broken})
			if broken != "pubsub-down" {
				fail(t, w)
			}
			var now struct {
				Ahead    string `json:"ahead"`
				UnderWay bool   `json:"underWay"`
			}
			if err := json.Unmarshal(post(t, w, "/local/clock", `{"forward":"20m"}`, http.StatusOK), &now); err != nil {
				t.Fatal(err)
			}
			if now.Ahead != "20m0s" || w.Ahead() != 20*time.Minute {
				t.Errorf("ahead by %s, %v; want 20 minutes", now.Ahead, w.Ahead())
			}
			if underWay && !now.UnderWay {
				t.Error("the answer says that all was done")
			}
			for _, b := range w.Cloud.PubSub().Backlog() {
				if b.Attempts > 15 {
					t.Errorf("%s: %d attempts in 20 minutes, want them ever more rarely as deployed", b.Subscription, b.Attempts)
				}
			}

			do(t, w, scenario.Step{Do: scenario.Mend})
			for forward(t, w, 0); w.UnderWay(); forward(t, w, 0) {
			}
		})
	}
}
