package simulator_test

import (
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/eshopbox/whatsapp-notifications/shared/local/simulator/handset"
	"github.com/eshopbox/whatsapp-notifications/shared/local/simulator/tenant"
)

// each runs a test for each provider in a world of its own.
func each(t *testing.T, name string, do func(w *world, p provider)) {
	t.Helper()
	for _, p := range providers {
		t.Run(name+"_"+p.system, func(t *testing.T) {
			t.Parallel()
			do(newWorld(t), p)
		})
	}
}

// TestPhoneIsOff switches a phone off at each point of a message's course, and on again after 100 seconds.
func TestPhoneIsOff(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		// off is after so many seconds; meanwhile and state are what comes of the message until second 100.
		off                    int
		meanwhile, state, then string
	}{
		"before_acceptance": {0, "sent@1", "sent", "delivered@102 billing-event@103 read@105"},
		"at_sent":           {1, "sent@1", "sent", "delivered@102 billing-event@103 read@105"},
		"before_delivery":   {2, "sent@1", "sent", "delivered@102 billing-event@103 read@105"},
		"at_delivery":       {3, "sent@1 delivered@3 billing-event@4", "delivered", "read@103"},
		"after_delivery":    {5, "sent@1 delivered@3 billing-event@4", "delivered", "read@103"},
		"after_all_is_read": {6, "sent@1 delivered@3 billing-event@4 read@6", "read", ""},
		"never":             {200, "sent@1 delivered@3 billing-event@4 read@6", "read", ""},
	} {
		each(t, name, func(w *world, p provider) {
			t := w.t
			want := func(states string) string {
				if p.system == "gupshup" {
					return states
				}
				return strings.Join(strings.Fields(strings.NewReplacer("billing-event@103", "", "billing-event@4", "").Replace(states)), " ")
			}
			if tc.off == 0 {
				w.Phones().Set(shopper, handset.Settings{Off: true})
			}
			w.send(p)
			got := w.pass(min(tc.off, 100))
			w.Phones().Set(shopper, handset.Settings{Off: tc.off < 100})
			got = append(got, w.pass(100-min(tc.off, 100))...)
			if told := p.told(got); told != want(tc.meanwhile) || w.state() != tc.state {
				t.Errorf("while off: got %q and %s, want %q and %s", told, w.state(), want(tc.meanwhile), tc.state)
			}
			w.Phones().Set("+91 90000 00007", handset.Settings{})
			if told := p.told(w.pass(20)); told != want(tc.then) || w.state() != "read" {
				t.Errorf("once on: got %q and %s, want %q and read", told, w.state(), want(tc.then))
			}
			if n := len(w.Outbox().Planned()); n != 0 {
				t.Errorf("got %d callbacks left, want none", n)
			}
		})
	}
}

// TestWhatWaitedComesInItsOrder has messages of all providers wait for one phone, some of them longer on their way than others.
func TestWhatWaitedComesInItsOrder(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.behave(providers[0], func(b *tenant.Behaviour) { b.Lag.Delivered = time.Minute })
	w.Phones().Set(shopper, handset.Settings{Off: true})
	for _, p := range providers {
		w.send(p)
		w.send(p)
		w.pass(5)
	}
	if w.Phones().Set(shopper, handset.Settings{}); len(w.Outbox().Planned()) == 0 {
		t.Fatal("nothing is planned")
	}
	w.pass(300)
	var before time.Time
	for i, m := range w.Phones().Inbox(shopper) {
		at := m.At["delivered"]
		if at.Before(before) || at.Before(start.Add(15*time.Second)) {
			t.Errorf("message %d: delivered at %v, the one before it at %v", i, at, before)
		}
		before = at
	}
	if before.IsZero() {
		t.Error("nothing was delivered")
	}
}

// TestWhatIsPlanned lists what waits for its time, and for a phone.
func TestWhatIsPlanned(t *testing.T) {
	t.Parallel()
	each(t, "planned", func(w *world, p provider) {
		t := w.t
		w.Phones().Set(shopper, handset.Settings{Off: true})
		w.send(p)
		var kinds []string
		for _, c := range w.Outbox().Planned() {
			at := "waits"
			if !c.Planned.IsZero() {
				at = c.Planned.Sub(start).String()
			} else if c.Body != nil {
				t.Errorf("%s has a body that says when", c.Kind)
			}
			if c.System != p.system || c.AppID != p.appID || c.MessageID == "" {
				t.Errorf("got %+v", c)
			}
			kinds = append(kinds, c.Kind+" "+at)
		}
		want := []string{"sent 1s", "delivered waits", "read waits"}
		if p.system == "gupshup" {
			want = []string{"sent 1s", "delivered waits", "billing waits", "read waits"}
		}
		if diff := cmp.Diff(want, kinds); diff != "" {
			t.Errorf("planned (-want +got):\n%s", diff)
		}
		w.pass(60)
		w.Phones().Set(shopper, handset.Settings{})
		if got := w.Outbox().Planned(); len(got) != len(want)-1 || !got[0].Planned.Equal(start.Add(62*time.Second)) || got[0].Body == nil {
			t.Errorf("once on: got %+v", got)
		}
	})
}

// TestNobodyIsToldOfReading switches receipts off and on around the time when a message is read.
func TestNobodyIsToldOfReading(t *testing.T) {
	t.Parallel()
	const most = "sent@1 delivered@3 billing-event@4"
	for name, tc := range map[string]struct {
		// off and on are after so many seconds.
		off, on int
		want    string
	}{
		"from_the_start": {0, 100, most},
		"before_reading": {5, 100, most},
		"in_time":        {2, 5, most + " read@6"},
		"too_late":       {2, 7, most},
		"after_reading":  {6, 100, most + " read@6"},
	} {
		each(t, name, func(w *world, p provider) {
			t := w.t
			w.Phones().Set(shopper, handset.Settings{NoReadReceipts: tc.off == 0})
			w.send(p)
			got := w.pass(tc.off)
			w.Phones().Set(shopper, handset.Settings{NoReadReceipts: true, HideNumber: true})
			got = append(got, w.pass(tc.on-tc.off)...)
			w.Phones().Set(shopper, handset.Settings{})
			got = append(got, w.pass(20)...)
			want := tc.want
			if p.system != "gupshup" {
				want = strings.Replace(want, " billing-event@4", "", 1)
			}
			state := "delivered"
			if strings.Contains(want, "read") {
				state = "read"
			}
			if told := p.told(got); told != want || w.state() != state {
				t.Errorf("got %q and %s, want %q and %s", told, w.state(), want, state)
			}
		})
	}
}

// TestOffAndWithoutReceipts has a message wait for its phone, whose owner lets nobody know of reading by then.
func TestOffAndWithoutReceipts(t *testing.T) {
	t.Parallel()
	each(t, "both", func(w *world, p provider) {
		t := w.t
		w.Phones().Set(shopper, handset.Settings{Off: true, NoReadReceipts: true})
		w.send(p)
		w.pass(50)
		w.Phones().Set(shopper, handset.Settings{NoReadReceipts: true})
		told := p.told(w.pass(50))
		if !strings.Contains(told, "delivered@52") || strings.Contains(told, "read") || w.state() != "delivered" {
			t.Errorf("got %q and %s, want delivered@52 and no read", told, w.state())
		}
	})
}

// TestDeliveryIsToldWhereReadingIsNot has a Meta that leaves out deliveries where reading follows.
func TestDeliveryIsToldWhereReadingIsNot(t *testing.T) {
	t.Parallel()
	w, p := newWorld(t), providers[1]
	b, err := w.Meta().Behaviour(p.appID)
	must(t, err)
	b.SkipDelivered = true
	must(t, w.Meta().SetBehaviour(p.appID, b))
	w.send(p)
	if got := p.told(w.pass(10)); got != "sent@1 read@6" {
		t.Errorf("got %q, want delivery left out", got)
	}
	w.send(p)
	w.Phones().Set(shopper, handset.Settings{NoReadReceipts: true})
	if got := p.told(w.pass(10)); got != "sent@11 delivered@13" {
		t.Errorf("got %q, want delivery and no reading", got)
	}
}

// TestPhoneIsOffWhileCallbacksAreHeld has what is held come up for release only once the phone is on.
func TestPhoneIsOffWhileCallbacksAreHeld(t *testing.T) {
	t.Parallel()
	each(t, "held", func(w *world, p provider) {
		t := w.t
		w.behave(p, func(b *tenant.Behaviour) { b.Hold = true })
		w.send(p)
		w.pass(10)
		all := len(w.Outbox().Pending())
		w.Phones().Set(shopper, handset.Settings{Off: true})
		for _, c := range w.Outbox().Pending() {
			if c.Kind == "delivered" || c.Kind == "read" || c.Kind == "billing" {
				t.Errorf("%s is held for release while the phone is off", c.Kind)
			}
		}
		must(t, w.Outbox().ReleaseAll(t.Context()))
		if w.state() != "sent" {
			t.Errorf("got %s, want sent", w.state())
		}
		w.pass(10)
		w.Phones().Set(shopper, handset.Settings{})
		if got := len(w.Outbox().Pending()); got != all-1 || w.state() != "sent" {
			t.Errorf("got %d held and %s, want %d and sent until a release", got, w.state(), all-1)
		}
		w.mu.Lock()
		w.bodies = nil
		w.mu.Unlock()
		must(t, w.Outbox().ReleaseAll(t.Context()))
		if told := p.told(w.pass(0)); !strings.HasPrefix(told, "delivered@22") || !strings.HasSuffix(told, "read@25") || w.state() != "read" {
			t.Errorf("got %q and %s, want delivered@22 and read@25", told, w.state())
		}
	})
}

// TestPhoneIsOffWhileCallbacksAreShuffledAndDoubled has nothing of delivery and reading come before the phone is on, and all of it then.
func TestPhoneIsOffWhileCallbacksAreShuffledAndDoubled(t *testing.T) {
	t.Parallel()
	each(t, "shuffled", func(w *world, p provider) {
		t := w.t
		w.behave(p, func(b *tenant.Behaviour) { b.Shuffle, b.Duplicate = true, 2 })
		w.Phones().Set(shopper, handset.Settings{Off: true})
		w.send(p)
		if told := p.told(w.pass(30)); told != "sent@1 sent@1 sent@1" {
			t.Errorf("got %q, want sent three times", told)
		}
		w.Phones().Set(shopper, handset.Settings{})
		told := p.told(w.pass(30))
		if strings.Count(told, "delivered@32") != 3 || strings.Count(told, "read@35") != 3 {
			t.Errorf("got %q, want both three times", told)
		}
	})
}

// TestPhoneIsOffWhileMetaBatches has a batch not hold what waits for the phone.
func TestPhoneIsOffWhileMetaBatches(t *testing.T) {
	t.Parallel()
	w, p := newWorld(t), providers[1]
	b, err := w.Meta().Behaviour(p.appID)
	must(t, err)
	b.Batch, b.BatchWithin = 100, 10*time.Second
	must(t, w.Meta().SetBehaviour(p.appID, b))
	batches := func(bodies []string) string { return fmt.Sprintf("%d: %s", len(bodies), p.told(bodies)) }
	w.send(p)
	w.send(p)
	if n := len(w.Outbox().Planned()); n != 6 {
		t.Errorf("got %d planned, want six", n)
	}
	w.pass(2)
	w.Phones().Set(shopper, handset.Settings{Off: true})
	if got := batches(w.pass(18)); got != "1: sent@1 sent@1" {
		t.Errorf("while off: got %s", got)
	}
	w.Phones().Set(shopper, handset.Settings{})
	if got := batches(w.pass(20)); got != "1: delivered@22 read@25 delivered@22 read@25" {
		t.Errorf("once on: got %s", got)
	}
}

// TestAnswersOfASetPhone has every answer be as the phone is set, and a provider without a form for it refuse.
func TestAnswersOfASetPhone(t *testing.T) {
	t.Parallel()
	for field, set := range map[string]handset.Settings{"hideNumber": {HideNumber: true}, "standby": {Agent: true}} {
		refuses := map[string]bool{"kaleyra": true, "gupshup": field == "standby"}
		each(t, field, func(w *world, p provider) {
			t := w.t
			w.send(p)
			w.pass(10)
			w.Phones().Set(shopper, set)
			_, err := w.Phones().Reply(shopper, handset.Reply{Button: "Try again"})
			if refuses[p.system] {
				if f, ok := errors.AsType[*handset.FieldError](err); !ok || f.Field != field {
					t.Errorf("got %v, want an error about %s", err, field)
				}
				return
			}
			must(t, err)
			bodies := w.pass(2)
			if len(bodies) != 1 {
				t.Fatalf("got %d callbacks, want 1", len(bodies))
			}
			hidden, standby := !strings.Contains(bodies[0], shopper), strings.Contains(bodies[0], `"field":"standby"`)
			if hidden != set.HideNumber || standby != set.Agent {
				t.Errorf("got %s", bodies[0])
			}
		})
	}
}

func TestNobodyWritesOnAPhoneThatIsOff(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.Phones().Set(shopper, handset.Settings{Off: true})
	if _, err := w.Phones().Reply(shopper, handset.Reply{Text: "hello", App: metaID}); !errors.Is(err, handset.ErrOff) {
		t.Errorf("got %v, want %v", err, handset.ErrOff)
	}
	if got := w.Phones().Thread(shopper); len(got) != 0 {
		t.Errorf("got %+v, want an empty thread", got)
	}
}

// TestSettingsAreChangedWhileMessagesCome switches a phone off and on while messages are accepted and delivered: each is delivered
// and read once, and nothing waits at the end.
func TestSettingsAreChangedWhileMessagesCome(t *testing.T) {
	t.Parallel()
	each(t, "race", func(w *world, p provider) {
		t := w.t
		var all sync.WaitGroup
		for range 4 {
			all.Go(func() {
				for i := range 20 {
					w.Phones().Set(shopper, handset.Settings{Off: i%2 == 0, NoReadReceipts: i%3 == 0})
					w.Phones().Thread(shopper)
					w.Outbox().Planned()
				}
			})
			all.Go(func() {
				for range 10 {
					w.send(p)
				}
			})
		}
		all.Wait()
		w.Phones().Set(shopper, handset.Settings{})
		told := p.told(w.pass(20))
		if strings.Count(told, "delivered") != 40 || strings.Count(told, "read") != 40 || len(w.Outbox().Planned()) != 0 {
			t.Errorf("got %d deliveries, %d read, %d left; want 40, 40 and none",
				strings.Count(told, "delivered"), strings.Count(told, "read"), len(w.Outbox().Planned()))
		}
	})
}
