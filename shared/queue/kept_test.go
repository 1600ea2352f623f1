package queue_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"google.golang.org/grpc/codes"

	"github.com/eshopbox/whatsapp-notifications/shared/clock"
	"github.com/eshopbox/whatsapp-notifications/shared/fault"
	"github.com/eshopbox/whatsapp-notifications/shared/local/cloud"
	"github.com/eshopbox/whatsapp-notifications/shared/queue"
	"github.com/eshopbox/whatsapp-notifications/shared/testkit"
)

// keptRig is a topic of a local cloud with a subscription that keeps what is published.
type keptRig struct {
	t     *testing.T
	local *cloud.Cloud
	clock *clock.Manual
	kept  *queue.Kept
	queue *queue.Client
}

func newKeptRig(t *testing.T, messages int) keptRig {
	t.Helper()

	clk := clock.NewManual(time.Date(2026, 11, 20, 4, 50, 12, 0, time.UTC))
	local := testkit.Cloud(t, clk)
	q := queue.NewClient(testkit.Project, local.ClientOptions()...)
	testkit.AtEnd(t, func() { _ = q.Close() })

	err := local.EnsureSubscriptions(t.Context(), []cloud.Subscription{{
		Name: "projects/" + testkit.Project + "/subscriptions/dead-kept", Topic: "projects/" + testkit.Project + "/topics/dead", AckDeadline: 10 * time.Minute,
	}})
	if err != nil {
		t.Fatal(err)
	}

	p := q.Publisher("dead", queue.Options{})
	for i := range messages {
		if _, err := p.Publish(t.Context(), queue.Message{Data: fmt.Append(nil, i), Attributes: map[string]string{"n": fmt.Sprint(i)}}); err != nil {
			t.Fatal(err)
		}
	}

	return keptRig{t, local, clk, q.Kept("dead-kept", queue.KeptOptions{Patience: 100 * time.Millisecond}), q}
}

// pull returns what is kept, and the data of each message.
func (r keptRig) pull(most int) (*queue.Held, []string) {
	r.t.Helper()

	h, err := r.kept.Pull(r.t.Context(), most)
	if err != nil {
		r.t.Fatal(err)
	}

	var data []string
	for _, m := range h.Messages {
		data = append(data, string(m.Data))
	}

	return h, data
}

// TestKeptHoldsWhatIsPulled pulls twice: what the first one holds nobody else gets, until it is released; what it acknowledges never again.
func TestKeptHoldsWhatIsPulled(t *testing.T) {
	t.Parallel()
	r := newKeptRig(t, 4)

	first, data := r.pull(3)
	if !slices.Equal(data, []string{"0", "1", "2"}) || !first.More {
		t.Errorf("got %q, more: %t; want the three oldest and that there is more", data, first.More)
	}
	if m := first.Messages[1]; m.ID == "" || m.PublishTime.IsZero() || !cmp.Equal(m.Attributes, map[string]string{"n": "1"}) {
		t.Errorf("got %+v, want it whole", m)
	}

	second, data := r.pull(10)
	if !slices.Equal(data, []string{"3"}) || second.More {
		t.Errorf("beside it: got %q, more: %t; want the one that is left", data, second.More)
	}

	if err := first.Acknowledge(t.Context(), first.Messages[1].ID, "unknown"); err != nil {
		t.Fatal(err)
	}
	for _, h := range []*queue.Held{first, second} {
		if err := h.Release(t.Context()); err != nil {
			t.Fatal(err)
		}
	}

	third, data := r.pull(10)
	if !slices.Equal(data, []string{"0", "2", "3"}) {
		t.Errorf("after the release: got %q, want all but what was acknowledged", data)
	}
	if err := third.Release(t.Context()); err != nil {
		t.Fatal(err)
	}
}

// TestKeptEndsWithTheServersDeadline has Pub/Sub be the first to say that the wait for more is over: that is no failure.
func TestKeptEndsWithTheServersDeadline(t *testing.T) {
	t.Parallel()
	r := newKeptRig(t, 2)
	r.local.Rules().Add(cloud.Rule{Method: "Subscriber/Pull", Skip: 1, Mode: cloud.FailBefore, Code: codes.DeadlineExceeded})

	h, data := r.pull(10)
	if !slices.Equal(data, []string{"0", "1"}) || h.More {
		t.Errorf("got %q, more: %t", data, h.More)
	}
	if err := h.Release(t.Context()); err != nil {
		t.Fatal(err)
	}
}

// TestKeptComesBackFromAProcessThatWasKilled lets the lease of a pull end that is never released: its messages come again.
func TestKeptComesBackFromAProcessThatWasKilled(t *testing.T) {
	t.Parallel()
	r := newKeptRig(t, 2)

	killed, _ := r.pull(10)
	defer func() { _ = killed.Release(t.Context()) }()

	r.clock.Advance(61 * time.Second)

	h, data := r.pull(10)
	if !slices.Equal(data, []string{"0", "1"}) {
		t.Errorf("after the lease: got %q, want both", data)
	}
	if err := h.Release(t.Context()); err != nil {
		t.Fatal(err)
	}
}

// TestKeptExtendsItsLease holds messages for longer than the lease.
func TestKeptExtendsItsLease(t *testing.T) {
	t.Parallel()
	r := newKeptRig(t, 1)

	h, err := r.queue.Kept("dead-kept", queue.KeptOptions{Patience: time.Millisecond, Lease: time.Second}).Pull(t.Context(), 10)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = h.Release(t.Context()) }()

	before := r.local.Calls().Count("ModifyAckDeadline")
	testkit.Eventually(t, 10*time.Second, "the lease is extended", func() bool { return r.local.Calls().Count("ModifyAckDeadline") > before })
}

// TestKeptTellsAnOutageFromNothing has an error where there is no subscription or no answer, and none where nothing is kept.
func TestKeptTellsAnOutageFromNothing(t *testing.T) {
	t.Parallel()
	r := newKeptRig(t, 0)

	if _, data := r.pull(10); len(data) != 0 {
		t.Errorf("got %q, want nothing", data)
	}
	if _, err := r.queue.Kept("another", queue.KeptOptions{}).Pull(t.Context(), 10); !fault.Is(err, fault.NotFound) {
		t.Errorf("no such subscription: got %v", err)
	}

	for _, method := range []string{"Pull", "ModifyAckDeadline"} {
		broken := newKeptRig(t, 1)
		broken.local.Rules().Add(cloud.Rule{Method: "Subscriber/" + method, Mode: cloud.FailBefore, Code: codes.PermissionDenied})

		if _, err := broken.kept.Pull(t.Context(), 10); err == nil {
			t.Errorf("%s fails: got no error", method)
		}
	}

	late := newKeptRig(t, 1)
	late.local.Rules().Add(cloud.Rule{Method: "Subscriber/Pull", Skip: 1, Mode: cloud.FailBefore, Code: codes.DeadlineExceeded})
	if _, data := late.pull(10); len(data) != 1 {
		t.Errorf("Pub/Sub ends the wait before we do: got %q, want what came before", data)
	}

	r.local.Rules().Add(cloud.Rule{Method: "Subscriber/Pull", Mode: cloud.FailBefore})
	if _, err := r.kept.Pull(t.Context(), 10); !fault.Is(err, fault.Unavailable) {
		t.Errorf("an outage: got %v, want it unavailable", err)
	}
}
