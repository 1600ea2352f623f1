package customers_test

import (
	"context"
	"path"
	"sync/atomic"
	"testing"
	"time"

	"google.golang.org/grpc"

	"github.com/eshopbox/whatsapp-notifications/shared/access"
	"github.com/eshopbox/whatsapp-notifications/shared/account"
	"github.com/eshopbox/whatsapp-notifications/shared/cache"
	"github.com/eshopbox/whatsapp-notifications/shared/clock"
	"github.com/eshopbox/whatsapp-notifications/shared/consent"
	"github.com/eshopbox/whatsapp-notifications/shared/customers"
	"github.com/eshopbox/whatsapp-notifications/shared/local/cloud"
	"github.com/eshopbox/whatsapp-notifications/shared/message"
	"github.com/eshopbox/whatsapp-notifications/shared/phone"
	"github.com/eshopbox/whatsapp-notifications/shared/settings"
	"github.com/eshopbox/whatsapp-notifications/shared/store"
	"github.com/eshopbox/whatsapp-notifications/shared/testkit"
)

const (
	neem  = "811"
	other = "812"
	ira   = "+919000000001"
)

var (
	start = time.Date(2026, 11, 20, 4, 50, 12, 0, time.UTC)

	viewer  = access.Caller{Subject: "u-viewer", Role: access.Viewer, Accounts: []string{neem}}
	editor  = access.Caller{Subject: "u-editor", Role: access.Editor, Accounts: []string{neem}}
	support = access.Caller{Subject: "u-support", Role: access.Support, Accounts: []string{neem}}
	owner   = access.Caller{Subject: "u-platform", Role: access.Platform, All: true}
)

// rig is the use cases on a local cloud, with two accounts: each has an app of its own, and both have the platform's.
type rig struct {
	*customers.Customers
	t     testing.TB
	clock *clock.Manual
	cloud *cloud.Cloud
	store *store.Store
	keyer phone.Keyer
}

func newRig(tb testing.TB) *rig {
	tb.Helper()
	clk := clock.NewManual(start)
	local := testkit.Cloud(tb, clk)
	db := testkit.Store(tb, local)
	keyer, err := phone.NewKeyer([]byte("0123456789abcdef0123456789abcdef"))
	if err != nil {
		tb.Fatal(err)
	}
	r := &rig{t: tb, clock: clk, cloud: local, store: db, keyer: keyer}
	r.Customers = r.over(db)
	for _, id := range []string{neem, other} {
		r.must(db.PutAccount(tb.Context(), brand(id)))
	}

	return r
}

// brand is an account with an app of its own and the platform's.
func brand(id string) account.Account {
	return account.Account{ID: id, Slug: "brand-" + id, Name: "Brand " + id, Sender: "own-" + id, Apps: map[string]account.App{
		"own-" + id: {Provider: "gupshup", Ownership: message.Client}, "ours": {Provider: "gupshup", Ownership: message.Platform},
	}}
}

// over returns the use cases over a store.
func (r *rig) over(db *store.Store) *customers.Customers {
	return customers.New(customers.Deps{
		Store:    db,
		Accounts: settings.NewAccounts(db, settings.Options{Clock: r.clock}),
		Keyer:    cache.NewOnce(func(context.Context) (phone.Keyer, error) { return r.keyer, nil }),
		Clock:    r.clock,
	})
}

func (r *rig) must(err error) {
	r.t.Helper()
	if err != nil {
		r.t.Fatal(err)
	}
}

// key returns the key of a number in E.164.
func (r *rig) key(e164 string) string {
	r.t.Helper()
	n, err := phone.FromE164(e164)
	r.must(err)

	return r.keyer.Key(n)
}

// put makes a customer of an account, with entries.
func (r *rig) put(accountID, e164 string, entries ...consent.Entry) {
	r.t.Helper()
	key := r.key(e164)
	c := store.Customer{
		ID:        store.CustomerID(accountID, key),
		AccountID: accountID,
		PhoneKey:  key,
		Phone:     e164,
		Email:     "ira@example.test",
		Name:      "Ira Sample",
		Consent:   consent.For(store.CustomerID(accountID, key)),
	}
	var linked []consent.Entry
	for _, e := range entries {
		if e.RecordedAt.IsZero() {
			e.RecordedAt = r.clock.Now()
		}
		var more []consent.Entry
		more, c.Consent, _ = consent.Record(c.Consent, e)
		linked = append(linked, more...)
	}
	r.must(r.store.CreateCustomer(r.t.Context(), c, linked...))
}

// read returns a customer as it is stored.
func (r *rig) read(accountID, e164 string) store.Customer {
	r.t.Helper()
	c, err := r.store.Customer(r.t.Context(), store.CustomerID(accountID, r.key(e164)))
	r.must(err)

	return c
}

// ledger returns a customer's entries, and requires that they hold.
func (r *rig) ledger(accountID, e164 string) []consent.Entry {
	r.t.Helper()
	c := r.read(accountID, e164)
	entries, err := r.store.Ledger(r.t.Context(), c.ID)
	r.must(err)
	r.must(c.Consent.Verify(entries))

	return entries
}

// change adds an entry to the ledger of a customer of Neem.
func (r *rig) change(e164 string, e consent.Entry) {
	r.t.Helper()
	c := r.read(neem, e164)
	if e.RecordedAt.IsZero() {
		e.RecordedAt = r.clock.Now()
	}
	if entries, next, changed := consent.Record(c.Consent, e); changed {
		r.must(r.store.ChangeConsent(r.t.Context(), c, next, entries...))
	}
}

// hook is called before and after each call of a store that is watched, with the calls' number from 0 on. An error before keeps the call from
// the cloud, one after takes its answer away.
type hook struct {
	before, after func(ctx context.Context, n int, method string) error
	calls         atomic.Int64
}

// watched returns the use cases over a store whose calls a hook sees.
func (r *rig) watched(h *hook) *customers.Customers {
	r.t.Helper()
	around := func(ctx context.Context, full string, call func() error) error {
		n, method := int(h.calls.Add(1))-1, path.Base(full)
		if h.before != nil {
			if err := h.before(ctx, n, method); err != nil {
				return err
			}
		}
		err := call()
		if h.after != nil {
			if failed := h.after(ctx, n, method); failed != nil {
				return failed
			}
		}

		return err
	}
	unary := func(ctx context.Context, full string, req, reply any, conn *grpc.ClientConn, call grpc.UnaryInvoker, opts ...grpc.CallOption) error {
		return around(ctx, full, func() error { return call(ctx, full, req, reply, conn, opts...) })
	}
	stream := func(ctx context.Context, desc *grpc.StreamDesc, conn *grpc.ClientConn, full string, open grpc.Streamer, opts ...grpc.CallOption) (grpc.ClientStream, error) {
		var s grpc.ClientStream
		err := around(ctx, full, func() (err error) {
			s, err = open(ctx, desc, conn, full, opts...)
			return err
		})
		if err != nil {
			return nil, err
		}

		return s, nil
	}
	db, err := store.Open(r.t.Context(), testkit.Project, r.cloud.ClientOptions(grpc.WithChainUnaryInterceptor(unary), grpc.WithChainStreamInterceptor(stream))...)
	r.must(err)
	testkit.AtEnd(r.t, func() { _ = db.Close() })

	return r.over(db)
}

// The entries that most tests need.
func subscribed(at time.Time) consent.Entry {
	return consent.Entry{Action: consent.Grant, Source: consent.CustomerPortal, Purpose: consent.OrderUpdates, Actor: "customer", OccurredAt: at}
}

func stopped(at time.Time) consent.Entry {
	return consent.Entry{Action: consent.Withdraw, Source: consent.Keyworded, Purpose: consent.Everything, Actor: "customer", OccurredAt: at}
}
