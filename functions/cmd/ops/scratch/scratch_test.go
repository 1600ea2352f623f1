package scratch_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"cloud.google.com/go/pubsub/v2/apiv1/pubsubpb"

	"github.com/eshopbox/whatsapp-notifications/functions/cmd/local/rig"
	"github.com/eshopbox/whatsapp-notifications/functions/cmd/local/world"
	"github.com/eshopbox/whatsapp-notifications/functions/cmd/ops/scratch"
	"github.com/eshopbox/whatsapp-notifications/shared/config"
	"github.com/eshopbox/whatsapp-notifications/shared/consent"
	"github.com/eshopbox/whatsapp-notifications/shared/local/cloud"
	"github.com/eshopbox/whatsapp-notifications/shared/local/simulator"
	"github.com/eshopbox/whatsapp-notifications/shared/message"
	"github.com/eshopbox/whatsapp-notifications/shared/outcome"
	"github.com/eshopbox/whatsapp-notifications/shared/provider/businessonbot"
	"github.com/eshopbox/whatsapp-notifications/shared/provider/gupshup"
	"github.com/eshopbox/whatsapp-notifications/shared/provider/kaleyra"
	"github.com/eshopbox/whatsapp-notifications/shared/provider/meta"
	"github.com/eshopbox/whatsapp-notifications/shared/queue"
	"github.com/eshopbox/whatsapp-notifications/shared/testkit"
)

// over opens a scratch over what a rig has stored.
func over(t *testing.T, r *rig.Rig) *scratch.Scratch {
	t.Helper()

	s, err := scratch.Open(t.Context(), scratch.Options{
		Project:     world.Project,
		Environment: config.Map(nil),
		Real:        r.Cloud.ClientOptions(),
		Secrets:     r.Parts.Secrets,
		Clock:       r.Clock,
	})
	if err != nil {
		t.Fatal(err)
	}

	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Errorf("close: %v", err)
		}
	})

	return s
}

// push returns a published message as notify gets it.
func push(m *pubsubpb.PubsubMessage) queue.Push {
	return queue.Push{
		Data: m.GetData(), Attributes: m.GetAttributes(), ID: m.GetMessageId(), PublishTime: m.GetPublishTime().AsTime(), Attempt: 1,
	}
}

// stored returns everything that is stored, as text.
func stored(r *rig.Rig) string {
	var b strings.Builder
	for name, fields := range r.Cloud.Firestore().Documents {
		keys := make([]string, 0, len(fields))
		for key, value := range fields {
			keys = append(keys, fmt.Sprint(key, "=", value))
		}

		slices.Sort(keys)
		fmt.Fprintln(&b, name, keys)
	}

	return b.String()
}

// TestDeliveryLeavesAllAsItIs delivers an event with every provider: in the scratch it is sent, once, and it is there afterwards. In reality
// nothing is written, and no provider gets anything.
func TestDeliveryLeavesAllAsItIs(t *testing.T) {
	t.Parallel()
	for _, name := range []string{gupshup.Name, meta.Name, kaleyra.Name, businessonbot.Name} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := rig.New(t, rig.Options{Provider: name})
			// The copy of the template is stored at its first use.
			if code := r.Push(r.Hooks.Notify, r.Second().Message, 1); code/100 != 2 {
				t.Fatalf("the first message: got %d", code)
			}
			event := push(r.First().Message)
			before, accepted := stored(r), r.Sim.Log().AcceptedCount()
			s := over(t, r)

			o := s.Deliver(t.Context(), scratch.OrderEvents, event)
			if o.Err != nil || o.Report.Result != outcome.Accepted || !slices.Equal(o.Sent, []string{name}) {
				t.Fatalf("got %+v, %v, want it sent", o.Report, o.Err)
			}
			if !slices.Contains(o.Written, "messages/"+o.Report.MessageID) || !slices.Contains(o.Published, "customer-notifications") {
				t.Errorf("written %v, published %v, want the message and its activity", o.Written, o.Published)
			}
			if m, err := s.Store.Message(t.Context(), o.Report.MessageID); err != nil || !m.Recorded() {
				t.Errorf("in the scratch the message is %q, %v", m.Status(), err)
			}
			if again := s.Deliver(t.Context(), scratch.OrderEvents, event); again.Report.Result != outcome.Duplicate || len(again.Sent) > 0 {
				t.Errorf("once more: got %+v, sent %v, want a duplicate", again.Report, again.Sent)
			}
			if after := stored(r); after != before {
				t.Errorf("something was written in reality; before:\n%s\nafter:\n%s", before, after)
			}
			if now := r.Sim.Log().AcceptedCount(); now != accepted {
				t.Errorf("the simulated provider has %d messages, want %d", now, accepted)
			}
		})
	}
}

// TestStopStaysInTheScratch takes a STOP from provider-events: the next event is refused in the scratch, and the shopper is subscribed in reality.
func TestStopStaysInTheScratch(t *testing.T) {
	t.Parallel()
	r := rig.New(t, rig.Options{})
	event := push(r.First().Message)
	before := stored(r)
	s := over(t, r)

	_, body := r.Inbound(simulator.Reply{Text: "STOP", App: rig.GupshupAppID})
	r.Post(r.Hooks, body)

	published := r.Take(world.ProviderEvents)

	stop := s.Deliver(t.Context(), scratch.ProviderEvents, push(published[0].Message))
	if stop.Err != nil || len(stop.Written) == 0 {
		t.Fatalf("STOP: got %+v, %v", stop.Report, stop.Err)
	}

	o := s.Deliver(t.Context(), scratch.OrderEvents, event)
	if o.Err != nil || o.Report.Reason != string(message.OptedOut) || len(o.Sent) > 0 {
		t.Errorf("after STOP: got %+v, %v, want it refused", o.Report, o.Err)
	}
	if stored(r) != before {
		t.Error("something was written in reality")
	}
	if state, _ := r.CheckChain(t); state.Status != consent.Active {
		t.Errorf("in reality the shopper is %s", state.Status)
	}
}

// TestUnreadable has a scratch tell what cannot be read, and what belongs to no topic.
func TestUnreadable(t *testing.T) {
	t.Parallel()
	s := over(t, rig.New(t, rig.Options{}))

	for _, topic := range []string{scratch.OrderEvents, scratch.ProviderEvents} {
		o := s.Deliver(t.Context(), topic, queue.Push{Data: []byte("{"), Attempt: 1})
		if !o.Unreadable() || len(o.Written)+len(o.Sent)+len(o.Published) > 0 {
			t.Errorf("%s: got %+v, want it unreadable and nothing done", topic, o)
		}
	}

	if o := s.Deliver(t.Context(), "order-actions", queue.Push{Data: []byte("{}")}); o.Err == nil || o.Unreadable() {
		t.Errorf("a topic that is not taken: got %v", o.Err)
	}
}

// TestEmulatorIsReality names an emulator in the process's environment, as an operator does who works on a local cloud: it is read and never
// written, also although Google's client prefers it to every other address.
func TestEmulatorIsReality(t *testing.T) {
	r := rig.New(t, rig.Options{})
	event := push(r.First().Message)

	served, err := cloud.Start(t.Context(), cloud.Options{Listen: "127.0.0.1:0"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = served.Close() })

	if err = testkit.Store(t, served).PutAccount(t.Context(), r.Stored()); err != nil {
		t.Fatal(err)
	}

	t.Setenv("FIRESTORE_EMULATOR_HOST", served.Addr())
	t.Setenv("PUBSUB_EMULATOR_HOST", served.Addr())
	t.Setenv("SECRET_MANAGER_EMULATOR_HOST", served.Addr())
	served.Firestore().ResetCounts()

	s, err := scratch.Open(t.Context(), scratch.Options{Project: testkit.Project, Secrets: r.Parts.Secrets, Clock: r.Clock})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })

	o := s.Deliver(t.Context(), scratch.OrderEvents, event)
	if o.Err != nil || o.Report.MessageID == "" || len(o.Written) == 0 {
		t.Errorf("got %+v, %v, want the emulator's account found", o.Report, o.Err)
	}
	if counts := served.Firestore().Counts(); counts.Reads == 0 || counts.Writes+counts.Deletes > 0 {
		t.Errorf("the emulator: got %+v, want that it was read and not written to", counts)
	}
}
