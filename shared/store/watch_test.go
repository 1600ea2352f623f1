package store_test

import (
	"bytes"
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/eshopbox/whatsapp-notifications/shared/conversation"
	"github.com/eshopbox/whatsapp-notifications/shared/fault"
	"github.com/eshopbox/whatsapp-notifications/shared/local/cloud"
	"github.com/eshopbox/whatsapp-notifications/shared/message"
	"github.com/eshopbox/whatsapp-notifications/shared/store"
)

// watchSuite watches what the console shows live.
func watchSuite() map[string]func(*bench) {
	return map[string]func(*bench){"watch an order": watchOrder, "watch the newest": watchNewest}
}

// watcher is a watch that a test has begun.
type watcher struct {
	b     *bench
	calls chan struct{}
	ended chan error
	stop  context.CancelFunc
}

func (b *bench) watching(watch func(ctx context.Context, changed func()) error) *watcher {
	b.t.Helper()
	ctx, stop := context.WithCancel(b.stays)
	w := &watcher{b: b, calls: make(chan struct{}, 100), ended: make(chan error, 1), stop: stop}
	go func() { w.ended <- watch(ctx, func() { w.calls <- struct{}{} }) }()
	w.called("at once")
	return w
}

// patience is how long a call is waited for on a busy machine.
const patience = 30 * time.Second

// called holds that there is a call, and that the watch goes on.
func (w *watcher) called(what string) {
	w.b.t.Helper()
	select {
	case <-w.calls:
	case err := <-w.ended:
		w.b.t.Fatalf("%s: the watch ended with %v", what, err)
	case <-time.After(patience):
		w.b.t.Fatalf("%s: no call", what)
	}
}

// quiet holds that there was no call by the time that another watch had its one.
func (w *watcher) quiet(what string) {
	w.b.t.Helper()
	select {
	case <-w.calls:
		w.b.t.Errorf("%s: called", what)
	default:
	}
}

// over ends the watch, and holds that it returns nil.
func (w *watcher) over() {
	w.b.t.Helper()
	w.stop()
	select {
	case err := <-w.ended:
		w.b.must(err)
	case <-time.After(patience):
		w.b.t.Fatal("the watch does not end with its context")
	}
}

func watchOrder(b *bench) {
	ctx, accountID, orderID := b.t.Context(), b.name("811"), b.name("5")
	of := func(account, order string) func(context.Context, func()) error {
		return func(ctx context.Context, changed func()) error { return b.WatchOrder(ctx, account, order, changed) }
	}
	put := func(account, order string) message.Message {
		m := claimed(b.name("m" + account + order))
		m.AccountID, m.OrderID, m.CustomerID, m.CreatedAt = account, order, b.name("c"+account), at
		_, err := b.Decide(ctx, store.Decision{Message: m})
		b.must(err)
		return m
	}

	w, other := b.watching(of(accountID, orderID)), b.watching(of(b.name("812"), orderID))
	m := put(accountID, orderID)
	w.called("a new message")
	b.must(b.Record(ctx, message.Progress{MessageID: m.ID, Attempt: 1, Status: message.StatusSent, At: at.UnixMilli(), AppID: m.AppID}))
	w.called("a status")
	b.must(b.AddReply(ctx, store.ReplyWrite{Reply: store.Reply{ID: b.name("r"), AccountID: accountID, OrderID: orderID, AppID: m.AppID, At: at, ExpireAt: at.Add(time.Hour)}}))
	w.called("a reply")
	b.must(b.AddReveal(ctx, store.Reveal{AccountID: accountID, OrderID: orderID, MessageID: m.ID, Reason: "asked to be called back", At: at}))
	w.called("a reveal")
	_, err := b.SaveConversation(ctx, conversation.Conversation{ID: m.CustomerID, AccountID: accountID, CustomerID: m.CustomerID, ExpireAt: at.Add(time.Hour)})
	b.must(err)
	w.called("what goes on with the shopper")
	b.must(b.CreateCancel(ctx, store.CancelRequest{ID: store.OrderID(accountID, orderID), AccountID: accountID, OrderID: orderID, RequestedAt: at, ExpireAt: at.Add(time.Hour)}))
	w.called("a cancellation")
	b.must(b.MergeStatusTimes(ctx, store.StatusTimes{
		OrderID: store.OrderID(accountID, orderID), AccountID: accountID, PlatformID: orderID, Subject: "S", Times: map[string]int64{"packed": at.Unix()}, ExpireAt: at.Add(time.Hour),
	}))
	w.called("what the platform told")

	put(b.name("812"), orderID)
	other.called("another account's")
	w.quiet("another account's message")
}

func watchNewest(b *bench) {
	ctx, accountID := b.t.Context(), b.name("811")
	w := b.watching(func(ctx context.Context, changed func()) error { return b.WatchNewest(ctx, accountID, 2, changed) })
	put := func(n int) {
		m := claimed(b.name(fmt.Sprint(n)))
		m.AccountID, m.CreatedAt = accountID, at.Add(time.Duration(n)*time.Minute)
		_, err := b.Decide(ctx, store.Decision{Message: m})
		b.must(err)
	}
	for n := range 3 {
		put(n)
		w.called("a new message")
	}
	b.must(b.Record(ctx, message.Progress{MessageID: b.name("0"), Attempt: 1, Status: message.StatusSent, At: at.UnixMilli()}))
	put(4)
	w.called("a newer one")
	w.quiet("a message that is not among the newest")
}

// TestWatchRefused holds that a watch that cannot be is an error, and one of no account too.
func TestWatchRefused(t *testing.T) {
	t.Parallel()
	db := local(t, []byte("{}"), nil)
	never := func() { t.Error("called") }
	if err := db.WatchOrder(t.Context(), "811", "5", never); !fault.Is(err, fault.Internal) {
		t.Errorf("without an index: got %v", err)
	}
	if err := db.WatchOrder(t.Context(), "", "5", never); err == nil {
		t.Error("of no account: no error")
	}
	if err := db.WatchNewest(t.Context(), "", 5, never); err == nil {
		t.Error("newest of no account: no error")
	}
}

// TestWatchLeavesNothing holds that a watch which ends leaves no stream open.
func TestWatchLeavesNothing(t *testing.T) {
	t.Parallel()
	c, err := cloud.Start(t.Context(), cloud.Options{Indexes: bytes.NewReader(store.Indexes), EnforceIndexes: true})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Close() })
	db, err := store.Open(t.Context(), "store-test", c.ClientOptions()...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	c.Calls().Trace(true)
	b := &bench{Store: db, t: t, run: "leaves", stays: t.Context()}
	b.watching(func(ctx context.Context, changed func()) error { return b.WatchOrder(ctx, "811", "5", changed) }).over()

	open := func() (n, all int) {
		for _, call := range c.Calls().Calls() {
			all++
			if !call.Done {
				n++
			}
		}
		return n, all
	}
	for until := time.Now().Add(patience); time.Now().Before(until); <-time.After(time.Millisecond) {
		if n, all := open(); n == 0 && all == 5 {
			return
		}
	}
	n, all := open()
	t.Errorf("%d of %d calls are still open", n, all)
}
