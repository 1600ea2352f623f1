package e2e_test

import (
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/eshopbox/whatsapp-notifications/functions/cmd/local/rig"
	"github.com/eshopbox/whatsapp-notifications/functions/cmd/local/world"
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
func sendActions(provider string) []rig.Action {
	all := rig.Actions()
	switch provider {
	case kaleyra.Name:
		return slices.DeleteFunc(all, func(a rig.Action) bool {
			return !slices.Contains([]string{"nothing", "redelivery", "callback", "take-over"}, a.Name)
		})
	case businessonbot.Name:
		return slices.DeleteFunc(all, func(a rig.Action) bool { return a.Name == "callback" })
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
			o := rig.Options{Provider: name}
			calls := rig.RecordSend(t, o)
			t.Logf("one send makes %d calls: %s", len(calls), strings.Join(calls, ", "))
			if len(calls) < 5 {
				t.Fatalf("got %d calls, want at least reading, claiming, posting, recording and telling", len(calls))
			}
			strike := rig.StrikeSend
			if name == businessonbot.Name {
				strike = rig.StrikeUnreported(rig.PostAmong(calls))
			}
			rig.StrikeEach(t, o, calls, sendActions(name), strike)
		})
	}
}

// TestEveryFaultOfACallbackPerProvider does to the callbacks of Meta and Kaleyra what TestEveryFaultOfACallback does to
// Gupshup's.
func TestEveryFaultOfACallbackPerProvider(t *testing.T) {
	t.Parallel()
	few := []string{"nothing", "second worker", "the world goes on"}
	for _, name := range []string{meta.Name, kaleyra.Name} {
		for _, c := range []rig.CallbackCase{
			{
				Name: "delivered", Before: rig.SendFirst("sent"), Accepted: 1, Meanwhiles: rig.Only(rig.Meanwhiles("delivered"), few...),
				Handle: func(r *rig.Rig, w *rig.Worker) { r.Handle(w, "delivered") },
			},
			{
				Name: "delivered before the record", Accepted: 1, Meanwhiles: rig.Only(rig.Meanwhiles("delivered"), few...),
				Handle: func(r *rig.Rig, w *rig.Worker) { r.BeforeRecord(w) },
			},
			{
				Name: "failed for a passing reason", Accepted: 2, Meanwhiles: rig.Only(rig.Meanwhiles("failed"), few...), Before: rig.SendFirst(),
				Fail:   &simulator.Fault{System: name, Mode: chaos.FailCallback, Code: 131016, Times: 1},
				Handle: func(r *rig.Rig, w *rig.Worker) { r.Handle(w, "failed") },
			},
		} {
			c.Provider = name
			t.Run(name+"/"+c.Name, func(t *testing.T) {
				t.Parallel()
				rig.StrikeEveryCall(t, c)
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
				r := rig.New(t, rig.Options{Provider: name})
				faulty := r.NewWorker(rig.Options{})
				q := r.First()
				if when == "after it" {
					faulty.Faults.StrikeFirst("HTTP POST", rig.DieAfter, nil)
					r.Hand(faulty, q)
					adopt(t, r)
				} else {
					faulty.Faults.StrikeFirst("HTTP POST", rig.StallAfter, func() { adopt(t, r); faulty.Faults.Die() })
					r.Hand(faulty, q)
				}
				if parked, err := r.Parts.Store.DueParked(t.Context(), r.Clock.Now().Add(24*time.Hour), 10); err != nil || len(parked) != 0 {
					t.Errorf("parked: got %d, %v, want none", len(parked), err)
				}
				m := r.Sole(t)
				if m.Status() != message.StatusRead || !m.Due.IsZero() || m.Attempt != 1 || len(m.Attempts["1"].IDs) == 0 {
					t.Errorf("adopted: got %s, due %s, attempt %d of %v, want read and over at once", m.Status(), m.Due, m.Attempt, m.Attempts)
				}
				r.Settle(r.Hooks)
				r.CheckOne(t, message.StatusRead)
			})
		}
	}
}

// adopt has every callback that is held taken at this instant, each at the first delivery.
func adopt(t *testing.T, r *rig.Rig) {
	t.Helper()
	r.Must(r.Sim.Outbox().ReleaseAll(t.Context()))
	all := r.Take(world.ProviderEvents)
	if len(all) < 3 {
		t.Errorf("callbacks: got %d, want at least sent, delivered and read", len(all))
	}
	for _, q := range all {
		if code := r.Push(r.Hooks.Receive, q.Message, 1); code != http.StatusNoContent {
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
			r := rig.New(t, rig.Options{Provider: name})
			slow, other := r.NewWorker(rig.Options{}), r.NewWorker(rig.Options{})
			slow.Faults.StrikeFirst("HTTP POST", rig.StallBefore, func() {
				r.Hand(other, r.Second())
				got := r.ByStatus()
				if got[message.StatusSending] != 1 || got[want] != 1 {
					t.Errorf("while the first is posted: got %v, want it claimed and the second %s", got, want)
				}
			})
			r.Hand(slow, r.First())
			r.Settle(r.Hooks)
			if got := r.Sim.Log().AcceptedCount(); got != 2 {
				t.Errorf("accepted: got %d, want 2; %s", got, r.Describe())
			}
			r.CheckLog(t, 2)
		})
	}
}
