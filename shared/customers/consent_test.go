package customers_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/eshopbox/whatsapp-notifications/shared/access"
	"github.com/eshopbox/whatsapp-notifications/shared/consent"
	"github.com/eshopbox/whatsapp-notifications/shared/customers"
	"github.com/eshopbox/whatsapp-notifications/shared/fault"
	"github.com/eshopbox/whatsapp-notifications/shared/message"
	"github.com/eshopbox/whatsapp-notifications/shared/phone"
	"github.com/eshopbox/whatsapp-notifications/shared/store"
)

// said returns what an agent or a consent manager may tell; a grant has a notice.
func said(action consent.Action, source consent.Source, p consent.Purpose) customers.Said {
	s := customers.Said{Action: action, Source: source, Purpose: p, Reference: "artefact-7f3a"}
	if action == consent.Grant {
		s.NoticeVersion, s.NoticeHash = "v1", strings.Repeat("a", 64)
	}

	return s
}

// TestConsent has agents and consent managers add to a ledger, and says what then holds.
func TestConsent(t *testing.T) {
	t.Parallel()
	const in, out = "", message.OptedOut
	for _, tc := range []struct {
		name            string
		before          []consent.Entry
		said            customers.Said
		at              time.Time
		updates, offers message.Reason
		entries         int
	}{
		{"grant", nil, said(consent.Grant, consent.ConsentManager, consent.OrderUpdates), time.Time{}, in, message.NotOptedIn, 1},
		{"grant_after_stop", []consent.Entry{stopped(start.Add(-time.Hour))}, said(consent.Grant, consent.Agent, consent.OrderUpdates), time.Time{}, in, out, 2},
		{"grant_of_before_the_stop", []consent.Entry{stopped(start.Add(-time.Hour))}, said(consent.Grant, consent.ConsentManager, consent.OrderUpdates), start.Add(-2 * time.Hour), out, out, 1},
		{"grant_of_marketing", []consent.Entry{subscribed(start.Add(-time.Hour))}, said(consent.Grant, consent.ConsentManager, consent.Marketing), time.Time{}, in, in, 2},
		{"withdraw_all", []consent.Entry{subscribed(start.Add(-time.Hour))}, said(consent.Withdraw, consent.ConsentManager, consent.Everything), time.Time{}, out, out, 2},
		{"withdraw_updates", []consent.Entry{subscribed(start.Add(-time.Hour))}, said(consent.Withdraw, consent.Agent, consent.OrderUpdates), time.Time{}, out, out, 2},
		{"withdraw_marketing", []consent.Entry{subscribed(start.Add(-time.Hour))}, said(consent.Withdraw, consent.ConsentManager, consent.Marketing), time.Time{}, in, out, 2},
		{"withdraw_of_before_the_grant", []consent.Entry{subscribed(start.Add(-time.Hour))}, said(consent.Withdraw, consent.ConsentManager, consent.OrderUpdates), start.Add(-2 * time.Hour), in, message.NotOptedIn, 1},
		{"withdraw_in_the_second_of_the_grant", []consent.Entry{subscribed(start.Add(-time.Hour + time.Millisecond))}, said(consent.Withdraw, consent.Agent, consent.Everything), start.Add(-time.Hour), out, out, 2},
		{"withdraw_by_a_clock_behind", []consent.Entry{subscribed(start)}, said(consent.Withdraw, consent.Agent, consent.Everything), time.Time{}, out, out, 2},
		{
			"withdraw_by_a_clock_far_behind",
			[]consent.Entry{{Action: consent.Grant, Source: consent.CustomerPortal, Purpose: consent.OrderUpdates, OccurredAt: start.Add(time.Minute), RecordedAt: start.Add(time.Minute)}},
			said(consent.Withdraw, consent.Agent, consent.Everything),
			time.Time{},
			out, out, 2,
		},
		{"deny", nil, said(consent.Deny, consent.Agent, consent.Everything), time.Time{}, message.NotOptedIn, message.NotOptedIn, 1},
		{"again", []consent.Entry{stopped(start.Add(-time.Hour))}, said(consent.Withdraw, consent.Agent, consent.Everything), time.Time{}, out, out, 2},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			r := newRig(t)
			r.put(neem, ira, tc.before...)
			r.put(other, ira, subscribed(start.Add(-time.Hour)))
			tc.said.OccurredAt = tc.at
			got, err := r.Consent(t.Context(), support, neem, r.key(ira), tc.said)
			r.must(err)
			ledger := r.ledger(neem, ira)
			if got.Summary.Unwanted != tc.updates || len(ledger) != tc.entries || got.Summary.Entries != int64(tc.entries) {
				t.Errorf("got %+v with %d entries", got.Summary, len(ledger))
			}
			if offers := got.Summary.UnwantedOffers; tc.updates == in && offers != tc.offers {
				t.Errorf("offers: got %q", offers)
			}
			if added := len(ledger) > len(tc.before); added != (got.Entry != nil) || added && (got.Entry.Hash != ledger[len(ledger)-1].Hash || got.Entry.Actor != "u-support" || got.Entry.SourceRef != "artefact-7f3a") {
				t.Errorf("got %+v", got.Entry)
			}
			if n := len(r.ledger(other, ira)); n != 1 {
				t.Errorf("the other account's customer has %d entries", n)
			}
		})
	}
}

// TestConsentIsChecked names what is wrong, and writes nothing.
func TestConsentIsChecked(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.put(neem, ira, subscribed(start))
	good := said(consent.Grant, consent.Agent, consent.Marketing)
	for field, spoil := range map[string][]func(*customers.Said){
		"action":  {func(s *customers.Said) { s.Action = consent.Seen }, func(s *customers.Said) { s.Action = "" }, func(s *customers.Said) { s.Action = consent.Block }},
		"source":  {func(s *customers.Said) { s.Source = consent.CustomerPortal }, func(s *customers.Said) { s.Source = consent.Authority }},
		"purpose": {func(s *customers.Said) { s.Purpose = consent.Everything }, func(s *customers.Said) { s.Purpose = "" }, func(s *customers.Said) { s.Purpose = consent.NDRSupport }},
		"reference": {
			func(s *customers.Said) { s.Reference = "" }, func(s *customers.Said) { s.Reference = "call 90000-00001" }, func(s *customers.Said) { s.Reference = "ira@example.test" },
			func(s *customers.Said) { s.Reference = strings.Repeat("x", 201) }, func(s *customers.Said) { s.Reference = "a\nbc" },
		},
		"noticeVersion": {func(s *customers.Said) { s.NoticeVersion, s.NoticeHash = "", "" }, func(s *customers.Said) { s.NoticeHash = "" }, func(s *customers.Said) { s.NoticeHash = "zz" }},
		"occurredAt":    {func(s *customers.Said) { s.OccurredAt = start.Add(time.Second) }, func(s *customers.Said) { s.OccurredAt = time.Unix(0, 0) }},
	} {
		for n, change := range spoil {
			bad := good
			change(&bad)
			_, err := r.Consent(t.Context(), editor, neem, r.key(ira), bad)
			if got, _ := fault.Public(err); fault.KindOf(err) != fault.Invalid || got != field {
				t.Errorf("%s %d: got %v", field, n, err)
			}
		}
	}
	for _, tc := range []struct {
		caller       access.Caller
		account, key string
		want         fault.Kind
	}{
		{viewer, neem, r.key(ira), fault.Forbidden},
		{editor, other, r.key(ira), fault.Forbidden},
		{editor, neem, r.key("+919000000002"), fault.NotFound},
		{editor, neem, "x", fault.NotFound},
		{owner, "899", r.key(ira), fault.NotFound},
	} {
		if _, err := r.Consent(t.Context(), tc.caller, tc.account, tc.key, good); fault.KindOf(err) != tc.want {
			t.Errorf("%+v: got %v", tc, err)
		}
	}
	if n := len(r.ledger(neem, ira)); n != 1 {
		t.Errorf("got %d entries", n)
	}
}

// TestConsentKeepsAddressesOut names in the ledger no caller whose id is an address.
func TestConsentKeepsAddressesOut(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.put(neem, ira, subscribed(start.Add(-time.Hour)))
	asha := support
	asha.Subject = "asha@brand.example"
	got, err := r.Consent(t.Context(), asha, neem, r.key(ira), said(consent.Withdraw, consent.Agent, consent.Everything))
	if err != nil || got.Entry.Actor != "support" {
		t.Errorf("got %+v, %v", got.Entry, err)
	}
}

// TestWithdrawalHoldsForBothSpellings closes the customer of the other spelling too; a grant opens one only.
func TestWithdrawalHoldsForBothSpellings(t *testing.T) {
	t.Parallel()
	const long, short = "+5531988880001", "+553188880001"
	r := newRig(t)
	for _, number := range []string{long, short} {
		r.put(neem, number, subscribed(start.Add(-time.Hour)))
	}
	_, err := r.Consent(t.Context(), support, neem, r.key(long), said(consent.Withdraw, consent.ConsentManager, consent.Everything))
	r.must(err)
	for _, number := range []string{long, short} {
		if s := r.read(neem, number).Consent.Status; s != consent.Inactive || len(r.ledger(neem, number)) != 2 {
			t.Errorf("%s: got %s", number, s)
		}
	}
	_, err = r.Consent(t.Context(), support, neem, r.key(long), said(consent.Grant, consent.ConsentManager, consent.OrderUpdates))
	r.must(err)
	if s := r.read(neem, short).Consent.Status; s != consent.Inactive {
		t.Errorf("the other spelling: got %s", s)
	}
}

// TestWithdrawalHoldsForASpellingToCome has a customer of the other spelling be closed that is made at each call of a withdrawal, or after it.
func TestWithdrawalHoldsForASpellingToCome(t *testing.T) {
	t.Parallel()
	const long, short = "+5531988880001", "+553188880001"
	for at := 0; ; at++ {
		r := newRig(t)
		r.put(neem, long, subscribed(start.Add(-time.Hour)))
		struck := false
		h := &hook{before: func(ctx context.Context, n int, _ string) error {
			if n == at {
				struck = true
				r.meet(ctx, r.store, neem, short)
			}

			return nil
		}}
		_, err := r.watched(h).Consent(t.Context(), support, neem, r.key(long), said(consent.Withdraw, consent.ConsentManager, consent.Everything))
		r.must(err)
		if !struck {
			r.meet(t.Context(), r.store, neem, short)
		}
		for _, number := range []string{long, short} {
			if c := r.read(neem, number); c.Consent.Status != consent.Inactive || c.Consent.Updates.Action != consent.Withdraw {
				t.Errorf("met at call %d: %s is %+v", at, number, c.Consent)
			}
			r.ledger(neem, number)
		}
		if !struck {
			return
		}
	}
}

// TestWithdrawalWhileASpellingIsMade has a withdrawal come at each call of a customer's making.
func TestWithdrawalWhileASpellingIsMade(t *testing.T) {
	t.Parallel()
	const long, short = "+5531988880001", "+553188880001"
	for at := 0; ; at++ {
		r := newRig(t)
		r.put(neem, long, subscribed(start.Add(-time.Hour)))
		struck := false
		h := &hook{before: func(ctx context.Context, n int, _ string) error {
			if n == at {
				struck = true
				_, err := r.Consent(ctx, support, neem, r.key(long), said(consent.Withdraw, consent.ConsentManager, consent.Everything))
				r.must(err)
			}

			return nil
		}}
		_, _, err := bring(t, r.watched(h), customers.File{Text: strings.NewReader(columns + active(short, ""))})
		r.must(err)
		if !struck {
			return
		}
		if c, err := r.store.Customer(t.Context(), store.CustomerID(neem, r.key(short))); err == nil && c.Consent.Status != consent.Inactive {
			t.Errorf("withdrawn at call %d: got %+v", at, c.Consent)
		}
	}
}

// TestGrantAtEveryCall has a STOP come at each call of a grant: whatever was first, of the same moment the STOP wins, and no entry is lost.
func TestGrantAtEveryCall(t *testing.T) {
	t.Parallel()
	for _, after := range []bool{false, true} {
		for at := 0; ; at++ {
			r := newRig(t)
			r.put(neem, ira)
			struck := false
			strike := func(_ context.Context, n int, _ string) error {
				if n == at {
					struck = true
					r.change(ira, stopped(consent.StopsAt(start)))
				}

				return nil
			}
			h := &hook{before: strike}
			if after {
				h = &hook{after: strike}
			}
			s := said(consent.Grant, consent.ConsentManager, consent.OrderUpdates)
			s.OccurredAt = start
			got, err := r.watched(h).Consent(t.Context(), support, neem, r.key(ira), s)
			r.must(err)
			if !struck {
				if at < 3 {
					t.Errorf("got %d calls", at)
				}

				break
			}
			if c := r.read(neem, ira); c.Consent.Status != consent.Inactive || c.Consent.Updates.Action != consent.Withdraw {
				t.Errorf("call %d, after %t: got %+v, %+v", at, after, c.Consent.Updates, got)
			}
			r.ledger(neem, ira)
		}
	}
}

// lost is an error that clients do not try again.
var lost = status.Error(codes.PermissionDenied, "lost")

// TestBlock forbids every message to a number at all accounts and to those that meet it later, and lifts that again.
func TestBlock(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.put(neem, ira, subscribed(start.Add(-time.Hour)))
	r.put(other, ira, subscribed(start.Add(-time.Hour)), stopped(start.Add(-time.Minute)))

	block := func(action consent.Action, want customers.Blocked) {
		t.Helper()
		got, err := r.Block(t.Context(), owner, "90000 00001", action, "MNV order 7")
		if err != nil || got != want {
			t.Errorf("%s: got %+v, %v", action, got, err)
		}
	}
	unwanted := func(accountID string) message.Reason {
		_, why := consent.May(r.read(accountID, ira).Consent, consent.OrderUpdates, r.clock.Now())
		return why
	}
	block(consent.Block, customers.Blocked{Customers: 2, Changed: 2})
	block(consent.Block, customers.Blocked{Customers: 2})
	if a, b := unwanted(neem), unwanted(other); a != message.Blocked || b != message.Blocked {
		t.Errorf("blocked: got %q and %q", a, b)
	}
	last := r.ledger(neem, ira)[1]
	if last.Source != consent.Authority || last.SourceRef != "MNV order 7" {
		t.Errorf("got %+v", last)
	}

	r.must(r.store.PutAccount(t.Context(), brand("813")))
	r.meet(t.Context(), r.store, "813", ira)
	if why := unwanted("813"); why != message.Blocked {
		t.Errorf("a customer to come: got %q", why)
	}

	r.clock.Advance(time.Hour)
	block(consent.Unblock, customers.Blocked{Customers: 3, Changed: 3})
	if a, b, c := unwanted(neem), unwanted(other), unwanted("813"); a != "" || b != message.OptedOut || c != "" {
		t.Errorf("unblocked: got %q, %q and %q", a, b, c)
	}

	for field, call := range map[string]func() error{
		"phone":     func() error { _, err := r.Block(t.Context(), owner, "x", consent.Block, "order 7"); return err },
		"action":    func() error { _, err := r.Block(t.Context(), owner, ira, consent.Withdraw, "order 7"); return err },
		"reference": func() error { _, err := r.Block(t.Context(), owner, ira, consent.Block, ""); return err },
	} {
		if err := call(); fault.KindOf(err) != fault.Invalid {
			t.Errorf("%s: got %v", field, err)
		}
	}
	for _, caller := range []access.Caller{viewer, editor, support, {}} {
		if _, err := r.Block(t.Context(), caller, "x", consent.Block, ""); fault.KindOf(err) != fault.Forbidden {
			t.Errorf("%v: got %v", caller, err)
		}
	}
}

// TestTwoOrders blocks a number until the last of several orders is over, and has each in every ledger. An order that was never given cannot be
// ended.
func TestTwoOrders(t *testing.T) {
	t.Parallel()
	const long, short = "+5531988880001", "+553188880001"
	r := newRig(t)
	r.put(neem, long, subscribed(start.Add(-time.Hour)))
	r.put(other, short, subscribed(start.Add(-time.Hour)))
	order := func(action consent.Action, reference string) customers.Blocked {
		t.Helper()
		r.clock.Advance(time.Minute)
		got, err := r.Block(t.Context(), owner, long, action, reference)
		r.must(err)

		return got
	}
	unwanted := func() (both [2]message.Reason) {
		_, both[0] = consent.May(r.read(neem, long).Consent, consent.OrderUpdates, r.clock.Now())
		_, both[1] = consent.May(r.read(other, short).Consent, consent.OrderUpdates, r.clock.Now())

		return both
	}
	blocked := [2]message.Reason{message.Blocked, message.Blocked}
	if _, err := r.Block(t.Context(), owner, long, consent.Unblock, "DoT order"); fault.KindOf(err) != fault.NotFound {
		t.Errorf("an order that was never given: got %v", err)
	} else if _, words := fault.Public(err); !strings.Contains(words, "no order of that reference") {
		t.Errorf("got %q", words)
	}
	if _, err := r.store.Customer(t.Context(), store.AppCustomerID(store.Authority, r.key(long))); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("it left something: %v", err)
	}
	for _, reference := range []string{"DoT order", "Court order"} {
		if got := order(consent.Block, reference); got != (customers.Blocked{Customers: 2, Changed: 2}) || unwanted() != blocked {
			t.Errorf("%s: got %+v, %v", reference, got, unwanted())
		}
	}
	// What is made meanwhile has both orders.
	r.meet(t.Context(), r.store, neem, short)
	if n := len(r.read(neem, short).Consent.OpenOrders()); n != 2 {
		t.Errorf("a customer to come has %d orders", n)
	}
	if got := order(consent.Unblock, "DoT order"); got.Changed != 3 || unwanted() != blocked {
		t.Errorf("one is over: got %+v, %v", got, unwanted())
	}
	if got := order(consent.Unblock, "DoT order"); got.Changed != 0 {
		t.Errorf("said again: got %+v", got)
	}
	if got := order(consent.Unblock, "Court order"); got.Changed != 3 || unwanted() != [2]message.Reason{} {
		t.Errorf("both are over: got %+v, %v", got, unwanted())
	}
	for account, number := range map[string]string{neem: long, other: short} {
		var all []string
		for _, e := range r.ledger(account, number)[1:] {
			all = append(all, string(e.Action)+" "+e.SourceRef)
		}
		if want := []string{"block DoT order", "block Court order", "unblock DoT order", "unblock Court order"}; !slices.Equal(all, want) {
			t.Errorf("%s has %v", account, all)
		}
	}
	r.meet(t.Context(), r.store, other, long)
	if c := r.read(other, long).Consent; c.Blocked() || c.Status != consent.Active {
		t.Errorf("a customer of later: got %+v", c)
	}
}

// TestUnblockAfterAnOrderThatEndedInTheMiddle fails each call of a block of two spellings: the order can be ended whatever it has reached.
func TestUnblockAfterAnOrderThatEndedInTheMiddle(t *testing.T) {
	t.Parallel()
	const long, short = "+5531988880001", "+553188880001"
	for at := 0; ; at++ {
		r := newRig(t)
		r.put(neem, long, subscribed(start.Add(-time.Hour)))
		r.put(other, short, subscribed(start.Add(-time.Hour)))
		struck := false
		h := &hook{before: func(_ context.Context, n int, _ string) error {
			if n == at {
				struck = true
				return lost
			}

			return nil
		}}
		_, _ = r.watched(h).Block(t.Context(), owner, long, consent.Block, "order 7")
		if !struck {
			return
		}
		r.clock.Advance(time.Minute)
		_, err := r.Block(t.Context(), owner, long, consent.Unblock, "order 7")
		begun := err == nil
		if !begun && fault.KindOf(err) != fault.NotFound {
			t.Errorf("call %d: got %v", at, err)
		}
		for account, number := range map[string]string{neem: long, other: short} {
			if c := r.read(account, number).Consent; c.Blocked() {
				t.Errorf("call %d, begun %t: %s is blocked", at, begun, account)
			}
			r.ledger(account, number)
		}
	}
}

// TestBlockAtEveryCall has an account meet the number at each call of a block, and has each call fail: once the block is repeated the number is
// blocked everywhere, and each ledger has the block once.
func TestBlockAtEveryCall(t *testing.T) {
	t.Parallel()
	for _, what := range []string{"meets", "fails_before", "fails_after"} {
		at := 0
		for blockAt(t, what, at) {
			at++
		}
		if at < 4 {
			t.Errorf("%s: got %d calls", what, at)
		}
	}
}

// blockAt reports whether there was such a call.
func blockAt(t *testing.T, what string, at int) bool {
	t.Helper()
	r := newRig(t)
	r.put(neem, ira, subscribed(start.Add(-time.Hour)))
	struck := false
	h := &hook{}
	strike := func(ctx context.Context, n int, _ string) error {
		switch {
		case n != at:
			return nil
		case what == "meets":
			r.meet(ctx, r.store, other, ira)
			struck = true
			return nil
		default:
			struck = true
			return lost
		}
	}
	if h.before = strike; what == "fails_after" {
		h.before, h.after = nil, strike
	}
	use := r.watched(h)
	if _, err := use.Block(t.Context(), owner, ira, consent.Block, "order 7"); err != nil {
		_, err = use.Block(t.Context(), owner, ira, consent.Block, "order 7")
		r.must(err)
	}
	if what != "meets" || !struck {
		r.meet(t.Context(), r.store, other, ira)
	}
	for _, id := range []string{neem, other} {
		if _, why := consent.May(r.read(id, ira).Consent, consent.OrderUpdates, start); why != message.Blocked {
			t.Errorf("%s at call %d: account %s is not blocked", what, at, id)
		}
		blocks := slices.DeleteFunc(r.ledger(id, ira), func(e consent.Entry) bool { return e.Action != consent.Block })
		if len(blocks) != 1 {
			t.Errorf("%s at call %d: account %s has %d blocks", what, at, id, len(blocks))
		}
	}

	return struck
}

// meet makes a customer of an account whose checkout collects consents, as the first event of an order does.
func (r *rig) meet(ctx context.Context, db *store.Store, accountID, e164 string) {
	r.t.Helper()
	for range 4 {
		n, err := phone.FromE164(e164)
		r.must(err)
		key := r.keyer.Key(n)
		c, err := db.Newcomer(ctx, store.Customer{ID: store.CustomerID(accountID, key), AccountID: accountID, PhoneKey: key, OtherKey: r.keyer.OtherKey(n), Phone: e164}, []string{"own-" + accountID, "ours"}, r.clock.Now())
		r.must(err)
		e := consent.Entry{Action: consent.Grant, Source: consent.Checkout, Purpose: consent.OrderUpdates, Actor: "brand", OccurredAt: r.clock.Now(), RecordedAt: r.clock.Now()}
		entries, next, _ := consent.Record(c.Consent, e)
		c.Consent = next
		if err = db.CreateCustomer(ctx, c, entries...); err == nil {
			return
		}
		if !store.IsConflict(err) && !strings.Contains(fmt.Sprint(err), "exists") {
			r.must(err)
		}
	}
	r.t.Fatal("the number keeps changing")
}
