package deadletter_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"google.golang.org/grpc/codes"

	"github.com/eshopbox/whatsapp-notifications/shared/access"
	"github.com/eshopbox/whatsapp-notifications/shared/audit"
	"github.com/eshopbox/whatsapp-notifications/shared/clock"
	"github.com/eshopbox/whatsapp-notifications/shared/deadletter"
	"github.com/eshopbox/whatsapp-notifications/shared/fault"
	"github.com/eshopbox/whatsapp-notifications/shared/local/cloud"
	"github.com/eshopbox/whatsapp-notifications/shared/outcome"
	"github.com/eshopbox/whatsapp-notifications/shared/queue"
	"github.com/eshopbox/whatsapp-notifications/shared/testkit"
)

var (
	now   = time.Date(2026, 11, 20, 4, 50, 12, 0, time.UTC)
	staff = access.Caller{Subject: "u-1", Email: "asha@example.com", Role: access.Platform, All: true}
)

const source = "order-events"

// TestWhatMayNotBeThereIsLeftOut lists all topics also where Pub/Sub does not say whether there is the subscription of one.
func TestWhatMayNotBeThereIsLeftOut(t *testing.T) {
	t.Parallel()
	b := newBench(t, "nonsense")
	b.local.Rules().Add(cloud.Rule{ID: "denied", Method: "Subscriber/Pull", Skip: 2, Mode: cloud.FailBefore, Code: codes.PermissionDenied})

	piles, err := b.List(t.Context(), staff, deadletter.All)
	if err != nil || len(piles) != 1 || len(piles[0].Letters) != 1 {
		t.Errorf("got %+v, %v", piles, err)
	}

	b.local.Rules().Remove("denied")
	b.local.Rules().Add(cloud.Rule{Method: "Subscriber/Pull", Mode: cloud.FailBefore, Code: codes.PermissionDenied})
	if _, err = b.List(t.Context(), staff, deadletter.All); err == nil {
		t.Error("of a topic that is there: no error")
	}
}

// bench is a desk on a local cloud.
type bench struct {
	*deadletter.Desk
	book  *audit.Book
	queue *queue.Client
	trial *trial
	local *cloud.Cloud
}

// trial says that the first letter would be sent, and every later one be a duplicate.
type trial struct{ got, closed int }

func (t *trial) Deliver(_ context.Context, topic string, push queue.Push) deadletter.Outcome {
	t.got++

	switch {
	case topic != deadletter.OrderEvents || push.Attempt != 1 || push.ID == "":
		return deadletter.Outcome{Err: errors.New("a wrong push")}
	case t.got == 1:
		return deadletter.Outcome{Sent: []string{"meta"}, Report: outcome.Report{Event: "shipment/delivered", OrderID: "51", AccountID: "811"}, Written: []string{"messages/b", "messages/a", "accounts/811/days/d"}}
	default:
		return deadletter.Outcome{Report: outcome.Report{Result: outcome.Duplicate}}
	}
}

func (t *trial) Close() error { t.closed++; return nil }

func newBench(t *testing.T, letters ...string) bench {
	t.Helper()

	clk := clock.NewManual(now)
	local := testkit.Cloud(t, clk)
	client := queue.NewClient(testkit.Project, local.ClientOptions()...)
	testkit.AtEnd(t, func() { _ = client.Close() })

	var subs []cloud.Subscription
	for _, name := range []string{"dead", source} {
		subs = append(subs, cloud.Subscription{
			Name: "projects/" + testkit.Project + "/subscriptions/" + name + "-kept", Topic: "projects/" + testkit.Project + "/topics/" + name,
		})
	}

	err := local.EnsureSubscriptions(t.Context(), subs)
	if err != nil {
		t.Fatal(err)
	}

	for _, data := range letters {
		if _, err = client.Publisher("dead", queue.Options{}).Publish(t.Context(), queue.Message{Data: []byte(data), Attributes: map[string]string{"source": source}}); err != nil {
			t.Fatal(err)
		}
	}

	b := bench{book: audit.New(testkit.Store(t, local), clk), queue: client, trial: &trial{}, local: local}
	b.Desk = deadletter.New(deadletter.Deps{
		Queue:   client,
		Topics:  []deadletter.Topic{{Source: source, Kept: "dead-kept", Tried: deadletter.OrderEvents}, {Source: "gone", Kept: "gone-kept", Optional: true}},
		Keeping: queue.KeptOptions{Patience: 200 * time.Millisecond},
		Trier:   func(context.Context) (deadletter.Trial, error) { return b.trial, nil },
		Clock:   clk,
	})

	return b
}

// TestOnlyThePlatformTouchesDeadLetters refuses everybody else, before anything is read.
func TestOnlyThePlatformTouchesDeadLetters(t *testing.T) {
	t.Parallel()
	ctx := t.Context()
	desk := deadletter.New(deadletter.Deps{})

	for _, role := range []access.Role{"", access.Viewer, access.Editor, access.Support} {
		c := access.Caller{Role: role, All: true}

		_, list := desk.List(ctx, c, source)
		_, letter := desk.Letter(ctx, c, source+"/1")
		_, reveal := desk.Reveal(ctx, c, source+"/1", "", nil)
		_, try := desk.Try(ctx, c, source, nil)
		_, replay := desk.Replay(ctx, c, source, "", nil)
		_, drop := desk.Drop(ctx, c, source, deadletter.Dropping{}, nil)

		for i, err := range []error{list, letter, reveal, try, replay, drop} {
			if !fault.Is(err, fault.Forbidden) {
				t.Errorf("%s, use case %d: got %v", role, i, err)
			}
		}
	}
}

// TestALetterIsTriedAndPublished lists a group, tries it, which leaves everything where it is, and publishes it, which leaves a note.
func TestALetterIsTriedAndPublished(t *testing.T) {
	t.Parallel()
	ctx := t.Context()
	b := newBench(t, `{"a":1}`, `{"a":2}`, "nonsense")

	piles, err := b.List(ctx, staff, deadletter.All)
	if err != nil || len(piles) != 1 || len(piles[0].Groups()) != 2 {
		t.Fatalf("got %+v, %v", piles, err)
	}
	group := piles[0].Groups()[0]
	subject := source + "/" + group.ID

	var said []string

	tried, err := b.Try(ctx, staff, subject, func(l deadletter.Letter, o deadletter.Outcome) {
		_, sentence := o.Verdict()
		said = append(said, l.Masked()+" "+sentence)
	})
	if err != nil || tried.Sentence() != "2 dead letters: 1 duplicate, 1 sent" || b.trial.closed != 1 {
		t.Errorf("tried: got %q, %v", tried.Sentence(), err)
	}
	want := []string{
		"{\n  \"a\": \"number\"\n} would be sent through meta: shipment/delivered of order 51, account 811, which changes days, messages",
		"{\n  \"a\": \"number\"\n} would be duplicate, which changes nothing",
	}
	if !slices.Equal(said, want) {
		t.Errorf("got %q, want %q", said, want)
	}

	note := b.book.Note("dead-letter-replay", "staff/asha")
	done, err := b.Replay(ctx, staff, subject, tried.Seen, note)
	if err != nil || done.Done != 2 || done.Sentence() != "2 dead letters published to order-events again" {
		t.Errorf("published: got %+v, %v", done, err)
	}
	if err = note.End(ctx, nil); err != nil {
		t.Fatal(err)
	}
	if notes, failed := b.book.Latest(ctx, staff, time.Time{}, 9); failed != nil || len(notes) != 1 || notes[0].Subject != subject || notes[0].Result != done.Sentence() {
		t.Errorf("noted %+v, %v", notes, failed)
	}
	if _, err = b.List(ctx, staff, subject); !errors.Is(err, deadletter.ErrNone) {
		t.Errorf("afterwards: got %v", err)
	}
	if piles, err = b.List(ctx, staff, source); err != nil || len(piles[0].Letters) != 1 {
		t.Errorf("left: got %+v, %v", piles, err)
	}
}

// TestOnlyWhatWasSeenIsPublishedOrDropped has a letter join the group that somebody looked at, or tried: nothing is done to any of them, and nothing noted.
func TestOnlyWhatWasSeenIsPublishedOrDropped(t *testing.T) {
	t.Parallel()
	ctx := t.Context()
	b := newBench(t, `{"a":1}`)

	piles, err := b.List(ctx, staff, source)
	if err != nil {
		t.Fatal(err)
	}
	subject, seen := source+"/"+piles[0].Letters[0].Group(), deadletter.Seen(piles[0].Letters)

	if _, err = b.queue.Publisher("dead", queue.Options{}).Publish(ctx, queue.Message{Data: []byte(`{"a":2}`), Attributes: map[string]string{"source": source}}); err != nil {
		t.Fatal(err)
	}

	note := b.book.Note("dead-letter-replay", "staff/asha")
	_, replay := b.Replay(ctx, staff, subject, seen, note)
	_, drop := b.Drop(ctx, staff, subject, deadletter.Dropping{Force: true, Seen: seen}, note)
	if !errors.Is(replay, deadletter.ErrOthers) || !errors.Is(drop, deadletter.ErrOthers) {
		t.Errorf("published: %v, dropped: %v", replay, drop)
	}

	if piles, err = b.List(ctx, staff, subject); err != nil || len(piles[0].Letters) != 2 {
		t.Fatalf("left: got %+v, %v", piles, err)
	}
	if notes, failed := b.book.Latest(ctx, staff, time.Time{}, 9); failed != nil || len(notes) != 0 {
		t.Errorf("noted %+v, %v", notes, failed)
	}

	slices.Reverse(piles[0].Letters)
	if gone, failed := b.Drop(ctx, staff, subject, deadletter.Dropping{Seen: deadletter.Seen(piles[0].Letters)}, note); failed != nil || gone != 2 {
		t.Errorf("looked at again: %d gone, %v", gone, failed)
	}
}

// TestWithoutANoteNothingIsDone has the note fail: no letter is published, dropped or shown.
func TestWithoutANoteNothingIsDone(t *testing.T) {
	t.Parallel()
	ctx := t.Context()
	b := newBench(t, `{"a":1}`)

	piles, err := b.List(ctx, staff, source)
	if err != nil {
		t.Fatal(err)
	}
	one := piles[0].Letters[0].Name()

	b.local.Rules().Add(cloud.Rule{Method: "Firestore/Commit", Mode: cloud.FailBefore, Code: codes.PermissionDenied})
	note := b.book.Note("dead-letter", "staff/asha")
	l, reveal := b.Reveal(ctx, staff, one, "a form that no parser knows", note)
	_, replay := b.Replay(ctx, staff, one, "", note)
	_, drop := b.Drop(ctx, staff, one, deadletter.Dropping{}, note)
	if reveal == nil || replay == nil || drop == nil || len(l.Data) > 0 {
		t.Errorf("shown: %v %q, published: %v, dropped: %v", reveal, l.Data, replay, drop)
	}
	if _, err = b.List(ctx, staff, one); err != nil {
		t.Errorf("it is gone: %v", err)
	}
}

// TestALetterIsRevealedWithANote shows one letter, and refuses what names none; its values are for those alone who leave a note.
func TestALetterIsRevealedWithANote(t *testing.T) {
	t.Parallel()
	ctx := t.Context()
	b := newBench(t, `{"from":"919000000001"}`)

	piles, err := b.List(ctx, staff, source)
	if err != nil {
		t.Fatal(err)
	}
	one := piles[0].Letters[0]

	l, err := b.Letter(ctx, staff, one.Name())
	if err != nil || l.Masked() != "{\n  \"from\": \"12 digits\"\n}" {
		t.Errorf("got %s, %v", l.Masked(), err)
	}

	note := b.book.Note("dead-letter", "staff/asha")
	for _, reason := range []string{"", " too \n short ", "the shopper of 90000 00001 asked", strings.Repeat("x", 301)} {
		if l, err = b.Reveal(ctx, staff, one.Name(), reason, note); !fault.Is(err, fault.Invalid) || len(l.Data) > 0 {
			t.Errorf("for the reason %q: got %s, %v", reason, l.Data, err)
		}
	}
	if l, err = b.Reveal(ctx, staff, one.Name(), "a field that no\nparser knows", note); err != nil || !strings.Contains(string(l.Data), "919000000001") {
		t.Errorf("got %s, %v", l.Data, err)
	}
	if err = note.End(ctx, nil); err != nil {
		t.Fatal(err)
	}
	if notes, failed := b.book.Latest(ctx, staff, time.Time{}, 9); failed != nil || len(notes) != 1 || notes[0].Subject != one.Name() || notes[0].Result != "shown as it is: a field that no parser knows" {
		t.Errorf("noted %+v, %v", notes, failed)
	}

	for subject, want := range map[string]error{
		source: deadletter.ErrSubject, source + "/": deadletter.ErrSubject, "all/1": deadletter.ErrSubject, "nowhere/1": deadletter.ErrTopic,
		source + "/1": deadletter.ErrNone, source + "/" + one.Group(): deadletter.ErrNone,
	} {
		if _, err = b.Letter(ctx, staff, subject); !errors.Is(err, want) {
			t.Errorf("%s: got %v, want %v", subject, err, want)
		}
	}
}

// TestNoMoreAreHeldThanAsked looks at as many letters as are wanted, and says that there may be more.
func TestNoMoreAreHeldThanAsked(t *testing.T) {
	t.Parallel()
	b := newBench(t, "1", "2", "3")
	desk := deadletter.New(deadletter.Deps{
		Queue: b.queue, Topics: []deadletter.Topic{{Source: source, Kept: "dead-kept"}}, Most: 2, Keeping: queue.KeptOptions{Patience: 200 * time.Millisecond},
	})

	piles, err := desk.List(t.Context(), staff, source)
	if err != nil || len(piles[0].Letters) != 2 || !piles[0].More {
		t.Errorf("got %+v, %v", piles, err)
	}
}

// TestWithoutATrierNothingIsTried says so where there is none.
func TestWithoutATrierNothingIsTried(t *testing.T) {
	t.Parallel()
	b := newBench(t, "nonsense")
	desk := deadletter.New(deadletter.Deps{Queue: b.queue, Topics: []deadletter.Topic{{Source: source, Kept: "dead-kept", Tried: deadletter.OrderEvents}}, Clock: clock.NewManual(now)})

	if _, err := desk.Try(t.Context(), staff, source, nil); !errors.Is(err, deadletter.ErrNoTrier) || desk.CanTry() || !b.CanTry() {
		t.Errorf("got %v", err)
	}
}
