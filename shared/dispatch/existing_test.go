package dispatch_test

import (
	"net/http"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/eshopbox/whatsapp-notifications/functions/cmd/local/rig"
	"github.com/eshopbox/whatsapp-notifications/shared/account"
	"github.com/eshopbox/whatsapp-notifications/shared/consent"
	"github.com/eshopbox/whatsapp-notifications/shared/local/cloud"
	"github.com/eshopbox/whatsapp-notifications/shared/local/simulator"
	"github.com/eshopbox/whatsapp-notifications/shared/local/simulator/chaos"
	"github.com/eshopbox/whatsapp-notifications/shared/message"
	"github.com/eshopbox/whatsapp-notifications/shared/order"
	"github.com/eshopbox/whatsapp-notifications/shared/store"
)

// TestMessageOfAnotherKey sends what waited since before our own key was changed under the id that it is kept by, and once.
func TestMessageOfAnotherKey(t *testing.T) {
	t.Parallel()
	r := rig.New(t, rig.Options{})
	q := r.Event("shipment-failed_delivery")
	event, err := order.ParseEvent(q.Message.GetData(), nil, nil)
	r.Must(err)
	const id = "00000000000000000000000000000001"
	_, err = r.Parts.Store.Decide(t.Context(), store.Decision{Message: message.Message{
		ID: id, AccountID: rig.BrandID, OrderID: event.OrderID, Event: rig.FailedDeliveryKind, Subject: event.Subject, Phase: message.Waiting,
		Due: r.Clock.Now(), Bucket: store.Bucket(id), CreatedAt: r.Clock.Now(), EventData: q.Message.GetData(),
	}})
	r.Must(err)
	r.CallSweep(r.Hooks)
	r.Settle(r.Hooks)
	r.CheckOne(t, message.StatusRead)
	if m := r.Sole(t); m.ID != id {
		t.Errorf("sent as %s, want %s", m.ID, id)
	}
}

// TestOwnWriteAnsweredTwice has the answer to a decision lost, so that the client repeats the write and finds it made: the
// worker knows the decision as its own, and goes on with it.
func TestOwnWriteAnsweredTwice(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name     string
		before   func(r *rig.Rig, q *rig.Queued)
		want     message.Status
		accepted int
		attempts int
	}{
		{
			name:     "first claim",
			want:     message.StatusAccepted,
			accepted: 1,
			attempts: 1,
		},
		{
			name: "claim of a message that waited",
			before: func(r *rig.Rig, q *rig.Queued) {
				r.Fault(simulator.Fault{Mode: chaos.Throttle, Times: 1})
				r.Hand(r.Hooks, q)
				r.Clock.Advance(time.Minute)
			},
			want:     message.StatusAccepted,
			accepted: 1,
			attempts: 2,
		},
		{
			name:   "refusal",
			before: func(r *rig.Rig, _ *rig.Queued) { r.SubscribeShopper(consent.Withdraw) },
			want:   message.StatusRefused,
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			r := rig.New(t, rig.Options{})
			q := r.Event("shipment-failed_delivery")
			if tt.before != nil {
				tt.before(r, q)
			}

			_, err := r.Cloud.Rules().Add(cloud.Rule{Method: "Commit", Match: "/messages/", Times: 1, Mode: cloud.FailAfter})
			r.Must(err)
			if code := r.Push(r.Hooks.Notify, q.Message, 1); code != http.StatusNoContent {
				t.Errorf("got %d, want 204; %s", code, r.Describe())
			}

			if hits := r.Cloud.Rules().List()[0].Hits; hits != 1 {
				t.Errorf("answers lost: got %d, want 1", hits)
			}
			if m := r.Sole(t); m.Status() != tt.want || m.Attempt != tt.attempts {
				t.Errorf("got %s after %d attempts, want %s after %d", m.Status(), m.Attempt, tt.want, tt.attempts)
			}
			if got := r.Sim.Log().AcceptedCount(); got != tt.accepted {
				t.Errorf("accepted: got %d, want %d", got, tt.accepted)
			}
		})
	}
}

// TestRedeliveryDuringAPost is turned away while the lease of the first worker lasts.
func TestRedeliveryDuringAPost(t *testing.T) {
	t.Parallel()
	r := rig.New(t, rig.Options{})
	busy, q := r.NewWorker(rig.Options{}), r.Event("shipment-failed_delivery")
	during := 0
	busy.Faults.StrikeFirst(rig.SendPath, rig.StallBefore, func() { during = r.Push(r.Hooks.Notify, q.Message, 2) })
	if code := r.Push(busy.Notify, q.Message, 1); code != http.StatusNoContent || during != http.StatusConflict {
		t.Errorf("got %d, and %d during the post, want 204 and 409", code, during)
	}
	r.CheckOne(t, message.StatusAccepted)
}

// TestRedeliveryAfterTheLease puts a message in doubt whose worker died over its post, and posts nothing.
func TestRedeliveryAfterTheLease(t *testing.T) {
	t.Parallel()
	r := rig.New(t, rig.Options{})
	dying, q := r.NewWorker(rig.Options{}), r.Event("shipment-failed_delivery")
	dying.Faults.StrikeFirst(rig.SendPath, rig.DieBefore, nil)
	r.Push(dying.Notify, q.Message, 1)
	lease := r.Sole(t).LeaseUntil

	r.Clock.Advance(31 * time.Second)
	for range 2 { // the second finds the doubt
		if code := r.Push(r.Hooks.Notify, q.Message, 2); code != http.StatusNoContent {
			t.Errorf("got %d, want 204", code)
		}
		if m := r.Sole(t); m.Status() != message.StatusInDoubt || !m.Due.Equal(lease.Add(3*time.Minute)) {
			t.Errorf("got %s due %s, want in doubt until 3m after %s", m.Status(), m.Due, lease)
		}
	}
	if got := r.Sim.Log().AcceptedCount(); got != 0 {
		t.Errorf("accepted: got %d, want 0", got)
	}
}

// TestRedeliveryOfWhatFailed tells the platform once more, under the same id, that the message failed.
func TestRedeliveryOfWhatFailed(t *testing.T) {
	t.Parallel()
	r := rig.New(t, rig.Options{})
	q := r.Event("shipment-failed_delivery")
	r.Sim.Phones().SetNotOnWhatsApp(rig.Shopper, true)
	r.Hand(r.Hooks, q)
	r.Must(r.Sim.Outbox().ReleaseAll(t.Context()))
	r.ReceiveAll(r.Hooks)

	m, before := r.Sole(t), r.ActivityIDs()
	if m.Status() != message.StatusFailed {
		t.Fatalf("got %s, want failed", m.Status())
	}
	if code := r.Push(r.Hooks.Notify, q.Message, 2); code != http.StatusNoContent {
		t.Errorf("got %d, want 204", code)
	}
	if diff := cmp.Diff(append(before, m.ID+".1.failed"), r.ActivityIDs()); diff != "" {
		t.Errorf("ids of the activity events (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(m, r.Sole(t)); diff != "" {
		t.Errorf("message (-before +after):\n%s", diff)
	}
}

// TestOrphanIsDroppedWhenDue leaves alone what a republished event of an account without apps does not fit.
func TestOrphanIsDroppedWhenDue(t *testing.T) {
	t.Parallel()
	const id = "00000000000000000000000000000001"
	tests := []struct {
		name   string
		retry  string
		change func(m *message.Message)
		want   message.Phase
	}{
		{name: "due", retry: id, want: message.Dropped},
		{name: "held", retry: id, change: func(m *message.Message) { m.Phase = message.Held }, want: message.Dropped},
		{name: "not due", retry: id, change: func(m *message.Message) { m.Due = m.Due.Add(time.Second) }, want: message.Waiting},
		{name: "in doubt", retry: id, change: func(m *message.Message) { m.Phase = message.InDoubt }, want: message.InDoubt},
		{name: "of another event", retry: id, change: func(m *message.Message) { m.Event = "shipment/delivered" }, want: message.Waiting},
		{name: "named by nothing", retry: "", want: message.Waiting},
		{name: "named by no id", retry: "../accounts/811", want: message.Waiting},
		{name: "not there", retry: "00000000000000000000000000000002", want: message.Waiting},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			r := rig.New(t, rig.Options{})
			q := r.Event("shipment-failed_delivery")
			q.Message.Attributes = map[string]string{order.AttributeRetry: tt.retry}
			m := message.Message{
				ID:        id,
				AccountID: rig.BrandID,
				OrderID:   "51230077",
				Event:     rig.FailedDeliveryKind,
				Phase:     message.Waiting,
				Due:       r.Clock.Now(),
				Bucket:    store.Bucket(id),
				EventData: q.Message.GetData(),
			}
			if tt.change != nil {
				tt.change(&m)
			}
			_, err := r.Parts.Store.Decide(t.Context(), store.Decision{Message: m})
			r.Must(err)
			r.ChangeAccount(func(a *account.Account) { a.Apps, a.Sender = nil, "" })

			if code := r.Push(r.Hooks.Notify, q.Message, 1); code != http.StatusNoContent {
				t.Errorf("got %d, want 204", code)
			}
			got := r.Sole(t)
			if got.Phase != tt.want {
				t.Errorf("got %s, want %s", got.Phase, tt.want)
			}
			if kept := len(got.EventData) > 0; kept != (tt.want != message.Dropped) {
				t.Errorf("event kept: got %t at phase %s", kept, got.Phase)
			}
		})
	}
}

// TestForeignRetryIsAnEventOfItsOwn takes a republished event under its own id if the message that it names is another's.
func TestForeignRetryIsAnEventOfItsOwn(t *testing.T) {
	t.Parallel()
	r := rig.New(t, rig.Options{})
	const id = "00000000000000000000000000000001"
	_, err := r.Parts.Store.Decide(t.Context(), store.Decision{Message: message.Message{
		ID: id, AccountID: "812", OrderID: "1", Event: rig.FailedDeliveryKind, Phase: message.Waiting, Due: r.Clock.Now().Add(time.Hour),
	}})
	r.Must(err)

	for _, named := range []string{id, "00000000000000000000000000000002"} {
		q := r.Event("shipment-failed_delivery")
		q.Message.Attributes = map[string]string{order.AttributeRetry: named}
		r.Hand(r.Hooks, q)
		r.CheckOne(t, message.StatusAccepted)
		if m := r.Sole(t); m.ID == id {
			t.Errorf("sent as %s, the message of another account", m.ID)
		}
	}
}
