package intake_test

import (
	"bytes"
	"sync"
	"testing"
	"time"

	"github.com/eshopbox/whatsapp-notifications/functions/cmd/local/rig"
	"github.com/eshopbox/whatsapp-notifications/functions/cmd/local/world"
	"github.com/eshopbox/whatsapp-notifications/shared/consent"
	"github.com/eshopbox/whatsapp-notifications/shared/intake"
	"github.com/eshopbox/whatsapp-notifications/shared/local/cloud/firestore"
	"github.com/eshopbox/whatsapp-notifications/shared/message"
	"github.com/eshopbox/whatsapp-notifications/shared/outcome"
	"github.com/eshopbox/whatsapp-notifications/shared/provider"
	"github.com/eshopbox/whatsapp-notifications/shared/provider/gupshup"
	"github.com/eshopbox/whatsapp-notifications/shared/provider/kaleyra"
	"github.com/eshopbox/whatsapp-notifications/shared/provider/meta"
	"github.com/eshopbox/whatsapp-notifications/shared/store"
)

// instances are some of receive, on one store, each of which remembers what it has written itself.
type instances struct {
	*rig.Rig
	t   *testing.T
	all []*intake.Intake
}

func newInstances(t *testing.T, o rig.Options, n int) instances {
	t.Helper()
	r := rig.New(t, o)
	r.Hand(r.Hooks, r.Event("shipment-failed_delivery"))
	r.Clock.Advance(time.Minute)

	of := instances{r, t, nil}
	for range n {
		of.all = append(of.all, newIntake(r, r.Hooks))
	}

	return of
}

// status returns a status of the rig's message, by the id that the provider gave it unless it has ids.
func (i instances) status(s provider.StatusEvent) intake.Callback {
	s.Recipient = rig.Shopper
	if s.IDs == nil {
		s.IDs = []string{i.providerID()}
	}
	c := callback(i.Rig, provider.Event{Kind: provider.KindStatus, At: i.Clock.Now().UnixMilli(), Status: &s})
	c.Provider, c.AppID = i.Vendor.Name(), i.Vendor.AppID()

	return c
}

// providerID returns the provider's id for the rig's message.
func (i instances) providerID() string { return i.Sim.Log().Accepted()[0].MessageID }

// take has one of the instances take a status, a second after what was before, and returns what it cost.
func (i instances) take(instance int, s provider.StatusEvent) firestore.Counts {
	i.t.Helper()
	i.Clock.Advance(time.Second)
	i.Cloud.Firestore().ResetCounts()
	report, err := i.all[instance].Receive(i.t.Context(), i.status(s))
	i.Must(err)
	if report.Result != outcome.Applied {
		i.t.Errorf("%s: got %s, want it applied", s.Status, report.Result)
	}

	return i.Cloud.Firestore().Counts()
}

// TestReadsAMessageOnce has the later statuses of a message cost no read at the instance that wrote the one before, whether the provider echoes our
// reference or not.
func TestReadsAMessageOnce(t *testing.T) {
	t.Parallel()
	for _, vendor := range []string{gupshup.Name, meta.Name, kaleyra.Name} {
		t.Run(vendor, func(t *testing.T) {
			t.Parallel()
			i := newInstances(t, rig.Options{Provider: vendor}, 1)
			i.take(0, provider.StatusEvent{Status: message.StatusSent}) // also writes when the app answered
			for _, s := range []message.Status{message.StatusDelivered, message.StatusRead} {
				if got, want := i.take(0, provider.StatusEvent{Status: s}), (firestore.Counts{Writes: 1}); got != want {
					t.Errorf("%s: got %+v, want %+v", s, got, want)
				}
			}
			if got, want := i.take(0, provider.StatusEvent{Status: message.StatusRead}), (firestore.Counts{Reads: 1}); got != want {
				t.Errorf("read once more: got %+v, want %+v", got, want)
			}
			if m := i.Sole(t); m.Status() != message.StatusRead || len(m.Newest().At) != 4 || len(m.EventData) != 0 {
				t.Errorf("got %s, %v, %d bytes of event", m.Status(), m.Newest().At, len(m.EventData))
			}
		})
	}
}

// TestRemembersByEachID has a status call a message by the second of its ids alone: that it is remembered by too.
func TestRemembersByEachID(t *testing.T) {
	t.Parallel()
	i := newInstances(t, rig.Options{}, 1)
	first := i.providerID()
	for _, one := range []struct {
		status message.Status
		ids    []string
		want   firestore.Counts
	}{
		{message.StatusSent, []string{first, "wamid.second"}, firestore.Counts{Reads: 2, Writes: 2}}, // and when the app answered
		{message.StatusDelivered, []string{"wamid.second"}, firestore.Counts{Writes: 1}},
		{message.StatusRead, []string{"of nothing", first}, firestore.Counts{Writes: 1}},
	} {
		if got := i.take(0, provider.StatusEvent{Status: one.status, IDs: one.ids}); got != one.want {
			t.Errorf("%s: got %+v, want %+v", one.status, got, one.want)
		}
	}
}

// TestRemembersNoOthersWrites has another instance, or an erasure, write to a message that one remembers: what that one has of it is not gone by.
func TestRemembersNoOthersWrites(t *testing.T) {
	t.Parallel()
	t.Run("delivery", func(t *testing.T) {
		t.Parallel()
		i := newInstances(t, rig.Options{}, 2)
		i.take(0, provider.StatusEvent{Status: message.StatusSent})
		i.take(1, provider.StatusEvent{Status: message.StatusDelivered})
		if got, want := i.take(0, provider.StatusEvent{Status: message.StatusRead}), (firestore.Counts{Reads: 1, Writes: 1}); got != want {
			t.Errorf("got %+v, want %+v", got, want)
		}
		if m := i.Sole(t); m.Status() != message.StatusRead || len(m.Newest().At) != 4 {
			t.Errorf("got %s, %v", m.Status(), m.Newest().At)
		}
	})
	t.Run("failure", func(t *testing.T) {
		t.Parallel()
		i := newInstances(t, rig.Options{}, 2)
		i.take(0, provider.StatusEvent{Status: message.StatusSent})
		i.take(1, provider.StatusEvent{Status: message.StatusFailed, Failure: message.Failure{Class: message.ClassRecipient, Cause: message.CauseNotOnWhatsApp, Code: "1008"}})
		before, _ := i.CheckChain(t)
		i.take(0, provider.StatusEvent{Status: message.StatusDelivered})
		after, _ := i.CheckChain(t)
		if before.Status != consent.NotReachable || after.Status != consent.Active {
			t.Errorf("the shopper was %s after the failure and is %s after the delivery", before.Status, after.Status)
		}
	})
	t.Run("erasure", func(t *testing.T) {
		t.Parallel()
		i := newInstances(t, rig.Options{}, 1)
		i.take(0, provider.StatusEvent{Status: message.StatusSent})
		m := i.Sole(t)
		person := store.Person{AccountID: rig.BrandID, PhoneKeys: []string{store.PhoneKeyOf(i.CustomerID())}, Phones: []string{m.Phone}}
		_, err := i.Parts.Store.Erase(t.Context(), person, i.Clock.Now(), nil)
		i.Must(err)
		told := len(i.Published(world.CustomerNotifications))
		i.take(0, provider.StatusEvent{Status: message.StatusDelivered, UserID: "IN.0000000001"})
		events := i.Published(world.CustomerNotifications)[told:]
		if len(events) != 1 || bytes.Contains(events[0].GetData(), []byte(rig.Shopper)) || bytes.Contains(events[0].GetData(), []byte(m.Activity.CustomerName)) {
			t.Errorf("got %v, want one event without personal data", events)
		}
		if m = i.Sole(t); !m.IsErased || m.Phone != "" || m.UserID != "" || m.Status() != message.StatusDelivered {
			t.Errorf("got %s, %+v", m.Status(), m)
		}
	})
}

// TestStatusesAtOnce has all statuses come to several instances at once, each more than once.
func TestStatusesAtOnce(t *testing.T) {
	t.Parallel()
	i := newInstances(t, rig.Options{}, 2)
	var wg sync.WaitGroup
	for n, s := range []message.Status{message.StatusSent, message.StatusDelivered, message.StatusRead, message.StatusSent, message.StatusDelivered, message.StatusRead} {
		c := i.status(provider.StatusEvent{Status: s})
		wg.Go(func() {
			if _, err := i.all[n%2].Receive(t.Context(), c); err != nil {
				t.Errorf("%s: %v", s, err)
			}
		})
	}
	wg.Wait()
	if m := i.Sole(t); m.Status() != message.StatusRead || len(m.Newest().At) != 4 {
		t.Errorf("got %s, %v", m.Status(), m.Newest().At)
	}
	for _, state := range []string{"sent", "delivered", "read"} {
		if id := i.Sole(t).ID + ".1." + state; !i.Told()[id] {
			t.Errorf("%s was not told, of %v", id, i.Told())
		}
	}
}

// TestStatusesOfOneMessageTakeTurns has none of several statuses that one instance gets at once be written in vain.
func TestStatusesOfOneMessageTakeTurns(t *testing.T) {
	t.Parallel()
	i := newInstances(t, rig.Options{}, 1)
	i.take(0, provider.StatusEvent{Status: message.StatusSent}) // also writes when the app answered
	i.Cloud.Firestore().ResetCounts()
	i.Cloud.Calls().Reset()
	var wg sync.WaitGroup
	for _, c := range []intake.Callback{
		i.status(provider.StatusEvent{Status: message.StatusDelivered}),
		i.status(provider.StatusEvent{Status: message.StatusRead}),
		i.status(provider.StatusEvent{Pricing: message.Pricing{Known: true, Billable: true}}),
	} {
		wg.Go(func() {
			if _, err := i.all[0].Receive(t.Context(), c); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	if got := i.Cloud.Calls().Count("Firestore/Commit"); got != 3 {
		t.Errorf("got %d writes, want one a status", got)
	}
	if got, want := i.Cloud.Firestore().Counts(), (firestore.Counts{Writes: 3}); got != want {
		t.Errorf("got %+v, want %+v", got, want)
	}
}

// TestAFailureIsNoReportOfTheRemembered has a failure that gives another attempt come to the instance that wrote the report before: it goes by the
// message as it is stored, whose event is still there.
func TestAFailureIsNoReportOfTheRemembered(t *testing.T) {
	t.Parallel()
	for _, vendor := range []string{gupshup.Name, meta.Name, kaleyra.Name} {
		t.Run(vendor, func(t *testing.T) {
			t.Parallel()
			i := newInstances(t, rig.Options{Provider: vendor}, 1)
			i.take(0, provider.StatusEvent{Status: message.StatusSent})
			i.take(0, provider.StatusEvent{Status: message.StatusFailed, Failure: message.Failure{Class: message.ClassTransient, Code: "1"}})
			if m := i.Sole(t); m.Phase != message.Waiting || len(m.EventData) == 0 || !m.Retried {
				t.Errorf("got %s with %d bytes of event, want it to wait for its other attempt", m.Phase, len(m.EventData))
			}
			// What it is after a failure is read, and not written in vain.
			i.Cloud.Calls().Reset()
			i.take(0, provider.StatusEvent{Status: message.StatusDelivered})
			if got := i.Cloud.Calls().Count("Firestore/Commit"); got != 1 {
				t.Errorf("got %d writes, want one", got)
			}
		})
	}
}

// TestRemembersByApp has another app report on the same id: it is another message, also where one of this app is remembered.
func TestRemembersByApp(t *testing.T) {
	t.Parallel()
	i := newInstances(t, rig.Options{}, 1)
	i.take(0, provider.StatusEvent{Status: message.StatusSent})
	before := i.Sole(t)
	c := i.status(provider.StatusEvent{Status: message.StatusRead})
	c.AppID = "another"
	c.PublishedAt = i.Clock.Now()
	i.Clock.Advance(time.Hour)
	if report, err := i.all[0].Receive(t.Context(), c); err == nil && report.Result == outcome.Applied {
		t.Errorf("got %s", report.Result)
	}
	if after := i.Sole(t); !after.UpdateTime.Equal(before.UpdateTime) {
		t.Errorf("the message changed to %s", after.Status())
	}
}
