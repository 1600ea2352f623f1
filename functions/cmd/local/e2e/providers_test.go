package e2e_test

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/eshopbox/whatsapp-notifications/functions/cmd/local/world"
	"github.com/eshopbox/whatsapp-notifications/shared/config"
	"github.com/eshopbox/whatsapp-notifications/shared/local/simulator"
	"github.com/eshopbox/whatsapp-notifications/shared/local/simulator/chaos"
	"github.com/eshopbox/whatsapp-notifications/shared/message"
	"github.com/eshopbox/whatsapp-notifications/shared/provider/businessonbot"
	"github.com/eshopbox/whatsapp-notifications/shared/provider/gupshup"
	"github.com/eshopbox/whatsapp-notifications/shared/provider/kaleyra"
	"github.com/eshopbox/whatsapp-notifications/shared/provider/meta"
)

// sendActions are what may happen meanwhile. Kaleyra and Meta are alike to the protocol, so Kaleyra has only what touches its
// callbacks and its answers; BusinessOnBot has no callbacks.
func sendActions(provider string) []action {
	all := actions()
	switch provider {
	case kaleyra.Name:
		return slices.DeleteFunc(all, func(a action) bool {
			return !slices.Contains([]string{"nothing", "redelivery", "callback", "take-over"}, a.name)
		})
	case businessonbot.Name:
		return slices.DeleteFunc(all, func(a action) bool { return a.name == "callback" })
	default:
		return all
	}
}

// TestEveryFaultOfASendPerProvider strikes every call that a send makes through each provider that is not Gupshup, in every
// way, alone and together with something else. Meta and Kaleyra accept the message exactly once. BusinessOnBot, which
// reports nothing, accepts it at most once, and where nobody can know the log says so.
func TestEveryFaultOfASendPerProvider(t *testing.T) {
	t.Parallel()
	for _, name := range []string{meta.Name, kaleyra.Name, businessonbot.Name} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			o := rigOptions{provider: name}
			calls := recordSend(t, o)
			t.Logf("one send makes %d calls: %s", len(calls), strings.Join(calls, ", "))
			if len(calls) < 5 {
				t.Fatalf("got %d calls, want at least reading, claiming, posting, recording and telling", len(calls))
			}
			strike := strikeSend
			if name == businessonbot.Name {
				strike = strikeUnreported(postAmong(calls))
			}
			strikeEach(t, o, calls, sendActions(name), strike)
		})
	}
}

// strikeEach strikes every call of a send, in every way, alone and together with each action.
func strikeEach(t *testing.T, o rigOptions, calls []string, actions []action, strike func(*testing.T, rigOptions, int, point, action)) {
	t.Helper()
	for n, call := range calls {
		for _, p := range everyPoint {
			for _, a := range actions {
				if a.do == nil && (p == stallBefore || p == stallAfter) {
					continue
				}
				if a.name == "opt-out" && n == postAmong(calls)-1 && p == stallBefore {
					a.late = 1
				}
				t.Run(fmt.Sprintf("%02d %s/%s/%s", n, call[strings.LastIndexByte(call, '/')+1:], p, a.name), func(t *testing.T) {
					t.Parallel()
					strike(t, o, n, p, a)
				})
			}
		}
	}
}

// postAmong is the index of the call that posts the message.
func postAmong(calls []string) int {
	return slices.IndexFunc(calls, func(call string) bool { return strings.HasPrefix(call, "HTTP POST") })
}

// strikeUnreported strikes a send through a provider without callbacks, whose post is the call of that index.
func strikeUnreported(post int) func(t *testing.T, o rigOptions, n int, p point, a action) {
	return func(t *testing.T, o rigOptions, n int, p point, a action) {
		t.Helper()
		r, _, most := struckSend(t, o, n, p, a)
		r.checkUnreported(t, most)
		// Before anything was claimed and after it was recorded there is no doubt. A claim whose worker failed or was
		// overtaken is left in doubt wherever that was between.
		if n > post+1 || n < post-1 {
			for _, m := range r.messages() {
				if m.Status() == message.StatusInDoubt {
					t.Errorf("%s is in doubt although the call was not near the post; %s", m.Event, r.describe())
				}
			}
		}
	}
}

// checkUnreported asserts that nothing was accepted twice, and that of each occurrence the log says what is known: it was
// accepted, or nobody can know.
func (r *rig) checkUnreported(t *testing.T, most int) {
	t.Helper()
	seen, got := map[string]bool{}, r.sim.Log().AcceptedCount()
	if got > most {
		t.Errorf("accepted by the provider: got %d, want at most %d; %s", got, most, r.describe())
	}
	told := 0
	for _, m := range r.messages() {
		occurrence := fmt.Sprint(m.Subject, m.Event, m.OccurredAt)
		if seen[occurrence] {
			t.Errorf("send log: two entries of %s", m.Event)
		}
		seen[occurrence] = true
		accepted := r.timesAccepted(m)
		told += accepted
		switch s := m.Status(); {
		case accepted > 1:
			t.Errorf("%s was accepted %d times; %s", occurrence, accepted, r.describe())
		case s == message.StatusAccepted && accepted == 1:
		case s == message.StatusInDoubt:
		case (s == message.StatusRefused || s == message.StatusDropped) && m.Reason != "" && accepted == 0:
		default:
			t.Errorf("%s rests as %s %s with %d accepted; %s", m.Event, s, m.Reason, accepted, r.describe())
		}
	}
	if told != got {
		t.Errorf("the log has the messages of %d that were accepted, want %d; %s", told, got, r.describe())
	}
	if len(seen) == 0 {
		t.Errorf("send log: the event has no entry; %s", r.describe())
	}
}

// remarkOf is what the event of a message says, for templates that say it too. The rig's second failed delivery is a day
// ahead, and so dated by its publication.
func remarkOf(m message.Message) string {
	if m.OccurredAt == time.Date(2024, 2, 13, 15, 20, 41, 0, config.IST).Unix() {
		return "customer not reachable"
	}
	return "customer asked for another day"
}

// timesAccepted is how often the provider has accepted a message, told from others by its shipment where the provider is
// told of events, and by its remark where it is given a template.
func (r *rig) timesAccepted(m message.Message) int {
	times := 0
	if r.vendor.template == "" {
		for _, told := range r.sim.BusinessOnBot().Inbox() {
			if strings.Contains(string(told.Body), m.Subject) {
				times++
			}
		}
		return times
	}
	for _, a := range r.sim.Log().Accepted() {
		if slices.Contains(a.Params, remarkOf(m)) {
			times++
		}
	}
	return times
}

// TestEveryFaultOfACallbackPerProvider does to the callbacks of Meta and Kaleyra what TestEveryFaultOfACallback does to
// Gupshup's.
func TestEveryFaultOfACallbackPerProvider(t *testing.T) {
	t.Parallel()
	few := []string{"nothing", "second worker", "the world goes on"}
	for _, name := range []string{meta.Name, kaleyra.Name} {
		for _, c := range []callbackCase{
			{
				name: "delivered", before: sendFirst("sent"), accepted: 1, meanwhiles: only(meanwhiles("delivered"), few...),
				handle: func(r *rig, w *worker) { r.handle(w, "delivered") },
			},
			{
				name: "delivered before the record", accepted: 1, meanwhiles: only(meanwhiles("delivered"), few...),
				handle: func(r *rig, w *worker) { r.beforeRecord(w) },
			},
			{
				name: "failed for a passing reason", accepted: 2, meanwhiles: only(meanwhiles("failed"), few...), before: sendFirst(),
				fail:   &simulator.Fault{System: name, Mode: chaos.FailCallback, Code: 131016, Times: 1},
				handle: func(r *rig, w *worker) { r.handle(w, "failed") },
			},
		} {
			c.provider = name
			t.Run(name+"/"+c.name, func(t *testing.T) {
				t.Parallel()
				strikeEveryCall(t, c)
			})
		}
	}
}

// TestAdoptedByReference has the first callback of a message come while its worker waits for the answer that it dies over,
// or after its death: the reference in the callback names the message, so nothing is parked, nothing waits for the lease
// and nothing is sent again.
func TestAdoptedByReference(t *testing.T) {
	t.Parallel()
	for _, name := range []string{meta.Name, kaleyra.Name} {
		for _, when := range []string{"before the death", "after it"} {
			t.Run(name+"/"+when, func(t *testing.T) {
				t.Parallel()
				r := newRig(t, rigOptions{provider: name})
				faulty := r.newWorker("faulty", rigOptions{})
				q := r.first()
				if when == "after it" {
					faulty.faults.strikeFirst("HTTP POST", dieAfter, nil)
					r.hand(faulty, q)
					r.adopt(t)
				} else {
					faulty.faults.strikeFirst("HTTP POST", stallAfter, func() { r.adopt(t); faulty.faults.die() })
					r.hand(faulty, q)
				}
				if parked, err := r.parts.Store.DueParked(t.Context(), r.clock.Now().Add(24*time.Hour), 10); err != nil || len(parked) != 0 {
					t.Errorf("parked: got %d, %v, want none", len(parked), err)
				}
				m := r.sole(t)
				if m.Status() != message.StatusRead || !m.Due.IsZero() || m.Attempt != 1 || len(m.Attempts["1"].IDs) == 0 {
					t.Errorf("adopted: got %s, due %s, attempt %d of %v, want read and over at once", m.Status(), m.Due, m.Attempt, m.Attempts)
				}
				r.settle(r.hooks)
				r.checkOne(t, message.StatusRead)
			})
		}
	}
}

// adopt has every callback that is held taken at this instant, each at the first delivery.
func (r *rig) adopt(t *testing.T) {
	t.Helper()
	r.must(r.sim.Outbox().ReleaseAll(t.Context()))
	all := r.take(world.ProviderEvents)
	if len(all) < 3 {
		t.Errorf("callbacks: got %d, want at least sent, delivered and read", len(all))
	}
	for _, q := range all {
		if code := r.push(r.hooks.receive, q.message, 1); code != http.StatusNoContent {
			t.Errorf("callback of a message that is not recorded: got %d, want 204", code)
		}
	}
}

// TestTwoInFlight has a second message for a shopper come while the first is on its way. Where the provider echoes our
// reference neither waits for the other; through Gupshup, whose reports could not be told apart, the second does.
func TestTwoInFlight(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]message.Status{
		meta.Name: message.StatusAccepted, kaleyra.Name: message.StatusAccepted, gupshup.Name: message.StatusWaiting,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := newRig(t, rigOptions{provider: name})
			slow, other := r.newWorker("slow", rigOptions{}), r.newWorker("other", rigOptions{})
			slow.faults.strikeFirst("HTTP POST", stallBefore, func() {
				r.hand(other, r.second())
				got := r.byStatus()
				if got[message.StatusSending] != 1 || got[want] != 1 {
					t.Errorf("while the first is posted: got %v, want it claimed and the second %s", got, want)
				}
			})
			r.hand(slow, r.first())
			r.settle(r.hooks)
			if got := r.sim.Log().AcceptedCount(); got != 2 {
				t.Errorf("accepted: got %d, want 2; %s", got, r.describe())
			}
			r.checkLog(t, 2)
		})
	}
}
