package customers_test

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/eshopbox/whatsapp-notifications/shared/access"
	"github.com/eshopbox/whatsapp-notifications/shared/consent"
	"github.com/eshopbox/whatsapp-notifications/shared/conversation"
	"github.com/eshopbox/whatsapp-notifications/shared/customers"
	"github.com/eshopbox/whatsapp-notifications/shared/fault"
	"github.com/eshopbox/whatsapp-notifications/shared/message"
	"github.com/eshopbox/whatsapp-notifications/shared/phone"
	"github.com/eshopbox/whatsapp-notifications/shared/store"
)

const (
	iraOld = "+919000000009"
	userID = "IN.55512345678901"
)

// wamid is an id of WhatsApp's, which holds the shopper's number.
func wamid(random string) string {
	return "wamid." + base64.StdEncoding.EncodeToString([]byte("\x1d\x18\x0c919000000001\x15\x02\x00"+random))
}

// life is what an account has of a shopper: something in every collection that can hold personal data.
func (r *rig) life(accountID string) {
	r.t.Helper()
	ctx := r.t.Context()
	key, app := r.key(ira), "own-"+accountID
	id := store.CustomerID(accountID, key)
	if accountID == other {
		app = "ours"
	}
	at := start.Add
	r.put(accountID, ira, subscribed(at(-48*time.Hour)))

	n := 0
	send := func(m message.Message) {
		n++
		m.ID = fmt.Sprintf("%s%029d", accountID, n)
		m.AccountID, m.AppID, m.Provider, m.Event = accountID, app, "meta", "shipment/failed_delivery"
		if m.CreatedAt.IsZero() {
			m.CreatedAt = at(-time.Hour)
		}
		m.ExpireAt = at(1000 * time.Hour)
		m.Activity = message.Activity{OrderNumber: "NC-1", CustomerName: "Ira Sample", CustomerPhone: "9000000001", CustomerEmail: "ira@example.test"}
		_, err := r.store.Decide(ctx, store.Decision{Message: m})
		r.must(err)
	}
	to := func(m message.Message) message.Message {
		m.Phone, m.CustomerID, m.OrderID, m.UserID, m.LearnedID = ira, id, "51230077", userID, userID
		return m
	}
	event := []byte(`{"customer":{"phone":"9000000001","name":"Ira Sample","email":"ira@example.test"}}`)
	given := wamid("given" + accountID)
	send(to(message.Message{
		Phase: message.Claimed, Attempt: 1, ProviderIDs: []string{app + ":" + given},
		Attempts: map[string]message.Attempt{"1": {Rank: message.RankRead, IDs: []string{given}}},
		Estimate: message.Estimate{Category: "utility", Micros: 117_875, Currency: "INR", Day: "2026-11-20"},
	}))
	send(to(message.Message{Phase: message.Waiting, Due: at(time.Hour), EventData: event, EventAttrs: map[string]string{"k": "v"}}))
	send(to(message.Message{Phase: message.Held, Due: at(time.Hour), EventData: event}))
	send(to(message.Message{Phase: message.InDoubt, Attempt: 1, Attempts: map[string]message.Attempt{"1": {ClaimedAt: 1}}, Due: at(time.Hour), EventData: event}))
	send(to(message.Message{Phase: message.Claimed, Attempt: 1, Attempts: map[string]message.Attempt{"1": {ClaimedAt: 1}}, LeaseUntil: at(-time.Hour), Due: at(-time.Hour), EventData: event}))
	send(to(message.Message{Phase: message.GivenUp, Attempt: 1, Attempts: map[string]message.Attempt{"1": {ClaimedAt: 1}}, EventData: event, Due: at(time.Hour)}))
	send(to(message.Message{Phase: message.Refused, Reason: message.OptedOut}))
	send(message.Message{Phase: message.Refused, Reason: message.NoPhone, OrderID: "51230077"})
	send(message.Message{Phase: message.Claimed, Test: true, Phone: ira, Attempt: 1, Attempts: map[string]message.Attempt{"1": {Rank: message.RankSent}}})
	send(to(message.Message{Phase: message.Claimed, Attempt: 1, Attempts: map[string]message.Attempt{"1": {Rank: message.RankSent}}, Session: &message.Session{Kind: "question", Text: "Dear Ira Sample, which day?"}}))

	n2, err := phone.FromE164(ira)
	r.must(err)
	r.must(r.store.KeepOrder(ctx, store.OrderCopy{
		AccountID: accountID, OrderID: "51230077", JSON: event, At: start, ExpireAt: at(1000 * time.Hour), PhoneKey: r.keyer.Key(n2), EmailKey: r.keyer.Email("ira@example.test"), Numbers: []string{"NC-1"},
	}))
	r.must(r.store.KeepOrder(ctx, store.OrderCopy{
		AccountID: accountID, OrderID: "51230078", JSON: event, At: start, ExpireAt: at(1000 * time.Hour), EmailKey: r.keyer.Email("ira@example.test"),
	}))
	r.must(r.store.CreateCancel(ctx, store.CancelRequest{ID: store.OrderID(accountID, "51230077"), AccountID: accountID, OrderID: "51230077", Reason: "Ira Sample has moved", Lease: start, RequestedAt: start, ExpireAt: at(time.Hour)}))
	r.must(r.store.AddReveal(ctx, store.Reveal{AccountID: accountID, CustomerID: id, OrderID: "51230077", Reason: "Ira Sample wants a call", At: start}))
	r.must(r.store.AddAudit(ctx, store.Audit{AccountID: accountID, Operation: "order", OrderIDs: []string{"51230077"}, At: start, ExpireAt: at(time.Hour)}))
	r.must(r.store.Park(ctx, store.Unknown{
		Progress:   message.Progress{AppID: app, IDs: []string{wamid("parked" + accountID)}, Status: message.StatusSent, At: 1, UserID: userID},
		CustomerID: id, Witness: start, Due: at(time.Hour), ExpireAt: at(time.Hour),
	}))
	customer := r.read(accountID, ira)
	for i, reply := range []store.Reply{
		{CustomerID: id, PhoneKey: key, Type: "text", Text: "my gate is green", Shown: "my gate is green"},
		{PhoneKey: key, Type: "button", Tap: true, Text: "Try again"},
		{UserID: userID, Type: "location", Content: []byte(`{"name":"Ira Sample"}`), Text: "beside the well"},
	} {
		reply.AccountID, reply.AppID, reply.OrderID, reply.UserID = accountID, app, "51230077", userID
		reply.InboundID = wamid(fmt.Sprint("in", i, accountID))
		reply.ID = store.ReplyID("meta", app, reply.InboundID)
		reply.At, reply.ExpireAt = at(-time.Minute), at(1000*time.Hour)
		said := reply
		effect := store.ConsequenceFor(customer)
		effect.Said = &said
		w := store.ReplyWrite{Reply: reply}
		if i == 0 {
			w.Effects = []store.Consequence{effect}
		}
		r.must(r.store.AddReply(ctx, w))
	}
	_, err = r.store.SaveConversation(ctx, conversation.Conversation{
		ID: id, AccountID: accountID, AppID: app, CustomerID: id, Phone: ira, UserID: userID, WindowUntil: at(time.Hour), Due: at(time.Minute), ExpireAt: at(1000 * time.Hour),
		Actions: []conversation.Action{
			{ID: "a", Code: conversation.Reattempt, State: conversation.Ready, OrderID: "51230077", Details: conversation.Details{Landmark: "the green gate", Notes: "ask for Ira Sample"}},
			{ID: "b", Code: conversation.Defer, State: conversation.Asked, OrderID: "51230077"},
			{ID: "c", Code: conversation.Cancel, State: conversation.Accepted, OrderID: "51230077"},
		},
		Inbox: []conversation.Said{{ID: "s", Text: "my gate is green"}},
	})
	r.must(err)
}

// oldNumber has the shopper have had another number before, with a message of then, and with one to whoever has it since.
func (r *rig) oldNumber() {
	r.t.Helper()
	ctx := r.t.Context()
	changed := start.Add(-24 * time.Hour)
	old := r.key(iraOld)
	r.put(neem, iraOld, subscribed(start.Add(-48*time.Hour)))
	user, err := r.store.UserID(ctx, "own-811", userID)
	r.must(err)
	user = user.Standing(r.key(ira), changed).Formerly(old)
	number, err := r.store.UserID(ctx, "own-811", store.NumberID(old))
	r.must(err)
	number = number.Passing(store.Heir{PhoneKey: r.key(ira), At: changed}).Vacated(changed)
	c := store.ConsequenceFor(r.read(neem, iraOld))
	c.Record(consent.Entry{Action: consent.Grant, Source: consent.CustomerPortal, Purpose: consent.Marketing, OccurredAt: start.Add(-47 * time.Hour), RecordedAt: start})
	r.must(r.store.AddConsents(ctx, []store.Consequence{c}, user, number))
	for i, at := range []time.Time{start.Add(-30 * time.Hour), start.Add(-time.Hour)} {
		_, err := r.store.Decide(ctx, store.Decision{Message: message.Message{
			ID: fmt.Sprintf("0%031d", i), AccountID: neem, AppID: "own-811", Phase: message.Claimed, Attempt: 1, Attempts: map[string]message.Attempt{"1": {Rank: message.RankRead}},
			Phone: iraOld, CustomerID: store.CustomerID(neem, old), CreatedAt: at, ExpireAt: start.Add(1000 * time.Hour), Activity: message.Activity{CustomerName: []string{"Ira Sample", "Omar Later"}[i]},
		}})
		r.must(err)
	}
}

// documents are all documents as texts, by name.
func (r *rig) documents() map[string]string {
	all := map[string]string{}
	for name, fields := range r.cloud.Firestore().Documents {
		var b strings.Builder
		for _, field := range slices.Sorted(maps.Keys(fields)) {
			fmt.Fprintf(&b, "%s=%v\n", field, fields[field])
		}
		all[name[strings.Index(name, "/documents/")+len("/documents/"):]] = b.String()
	}

	return all
}

// encoded is what may be base64.
var encoded = regexp.MustCompile(`[A-Za-z0-9+/_-]{8,}`)

// tells returns what of the shopper a text tells, as it stands there or in base64.
func tells(text string) []string {
	traces := []string{"9000000001", "ira@example", "Ira Sample", "green", "beside the well", userID, "has moved", "Dear"}
	var found []string
	look := func(s string) {
		for _, one := range traces {
			if strings.Contains(s, one) && !slices.Contains(found, one) {
				found = append(found, one)
			}
		}
	}
	look(text)
	for _, run := range encoded.FindAllString(text, -1) {
		run = strings.NewReplacer("-", "+", "_", "/").Replace(run)
		for skip := range 4 {
			part := run[min(skip, len(run)):]
			if plain, err := base64.RawStdEncoding.DecodeString(part[:len(part)/4*4]); err == nil {
				look(string(plain))
			}
		}
	}

	return found
}

// ofAccount reports whether a document belongs to the account that erases, or to none.
func ofAccount(name, text string) bool {
	return !strings.HasPrefix(name, "accounts/") && !strings.Contains(name, other) && !strings.Contains(text, `account=string_value:"`+other+`"`) && !strings.Contains(text, `customer=string_value:"`+other)
}

// TestErase takes everything that tells who the shopper was out of one account, wherever it stands, and leaves the other account as it is. What
// the ledger, the key and the charges say stays.
func TestErase(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.life(neem)
	r.life(other)
	r.oldNumber()
	before := r.documents()
	found := 0
	for name, text := range before {
		if ofAccount(name, text) && len(tells(text)) > 0 {
			found++
		}
	}
	if found < 20 {
		t.Fatalf("the scan finds %d documents before", found)
	}

	dry, err := r.Erase(t.Context(), editor, neem, r.key(ira), "request 12", true)
	if err != nil || dry.Counts["messages"] < 10 || dry.Counts["customers"] != 2 || dry.Counts["orders"] != 2 {
		t.Errorf("dry: got %+v, %v", dry, err)
	}
	if diff := cmp.Diff(before, r.documents()); diff != "" {
		t.Errorf("dry: something was written: %s", diff)
	}

	done, err := r.Erase(t.Context(), editor, neem, r.key(ira), "request 12", false)
	if err != nil || done.Left != 0 || done.Ended != 5 || done.Counts["messages"] != 11 || done.Counts["replies"] != 3 {
		t.Errorf("got %+v, %v", done, err)
	}
	if diff := cmp.Diff(dry, done); diff != "" {
		t.Errorf("what would be erased, and what was (-want +got):\n%s", diff)
	}
	if page, unread := r.Consents(t.Context(), viewer, neem, r.key(ira), "", 10); unread != nil || page.ErasedAt.IsZero() || len(page.Erasures) != 1 ||
		page.Erasures[0].Reason != "request 12" || page.Erasures[0].DoneAt.IsZero() || page.Erasures[0].By == "" {
		t.Errorf("the ledger tells %+v, %v", page, unread)
	}
	after := r.documents()
	for name, text := range after {
		switch {
		case ofAccount(name, text):
			if told := tells(text); len(told) > 0 {
				t.Errorf("%s tells %q:\n%s", name, told, text)
			}
		case !strings.HasPrefix(name, "accounts/") && before[name] != text:
			t.Errorf("%s of another account was changed: %s", name, cmp.Diff(before[name], text))
		}
	}
	for name := range before {
		if _, there := after[name]; !there && !strings.HasPrefix(name, "parked/") {
			t.Errorf("%s is gone", name)
		}
	}

	c := r.read(neem, ira)
	if ok, why := consent.May(c.Consent, consent.OrderUpdates, start); ok || why != message.OptedOut || c.ErasedAt.IsZero() || c.PhoneKey != r.key(ira) {
		t.Errorf("got %+v", c)
	}
	if entries := r.ledger(neem, ira); len(entries) != 2 || !strings.HasPrefix(entries[1].SourceRef, "erasure:") {
		t.Errorf("got %+v", entries)
	}
	m, err := r.store.MessageByProviderIDs(t.Context(), "own-811", []string{wamid("given811")})
	if err != nil || m.Status() != message.StatusRead || m.Estimate.Micros != 117_875 || m.CustomerID != c.ID || m.AttemptOf([]string{wamid("given811")}) != 1 {
		t.Errorf("a report that comes later finds %+v, %v", m, err)
	}
	for i, want := range []string{"", "Omar Later"} {
		if m, err = r.store.Message(t.Context(), fmt.Sprintf("0%031d", i)); err != nil || m.Activity.CustomerName != want || (m.Phone == "") != (want == "") {
			t.Errorf("message %d to the old number: got %+v, %v", i, m, err)
		}
	}
	conv, err := r.store.Conversation(t.Context(), c.ID)
	if err != nil || conv.Actions[0].State != conversation.Stuck || conv.Actions[1].State != conversation.Unanswered || conv.Actions[2].State != conversation.Accepted || !conv.Due.IsZero() {
		t.Errorf("got %+v, %v", conv, err)
	}

	again, err := r.Erase(t.Context(), editor, neem, r.key(ira), "request 12", false)
	if err != nil || len(again.Counts) != 0 || again.Ended != 0 || len(r.ledger(neem, ira)) != 2 {
		t.Errorf("again: got %+v, %v", again, err)
	}
}

// TestEraseKilled has each call of an erasure fail, or its answer be lost, and repeats it: nothing is left, and the ledger has one withdrawal.
func TestEraseKilled(t *testing.T) {
	t.Parallel()
	calls := &hook{}
	r := newRig(t)
	r.life(neem)
	_, err := r.watched(calls).Erase(t.Context(), editor, neem, r.key(ira), "request 12", false)
	r.must(err)
	total := int(calls.calls.Load())
	for at := 0; at < total; at += 1 + at%3 {
		r := newRig(t)
		r.life(neem)
		strike := func(_ context.Context, n int, _ string) error {
			if n == at {
				return lost
			}

			return nil
		}
		h := &hook{before: strike}
		if at%2 == 1 {
			h = &hook{after: strike}
		}
		if _, err := r.watched(h).Erase(t.Context(), editor, neem, r.key(ira), "request 12", false); err == nil {
			t.Errorf("call %d: got no error", at)
		}
		if done, err := r.Erase(t.Context(), editor, neem, r.key(ira), "request 12", false); err != nil || done.Left != 0 {
			t.Errorf("call %d: got %+v, %v", at, done, err)
		}
		for name, text := range r.documents() {
			if told := tells(text); len(told) > 0 && !strings.HasPrefix(name, "accounts/") {
				t.Errorf("call %d: %s tells %q", at, name, told)
			}
		}
		if entries := r.ledger(neem, ira); len(entries) != 2 {
			t.Errorf("call %d: got %d entries", at, len(entries))
		}
	}
}

// TestEraseWhileAMessageIsOnItsWay withdraws, and says when to come again.
func TestEraseWhileAMessageIsOnItsWay(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.put(neem, ira, subscribed(start.Add(-time.Hour)))
	id := store.CustomerID(neem, r.key(ira))
	_, err := r.store.Decide(t.Context(), store.Decision{Message: message.Message{
		ID: strings.Repeat("a", 32), AccountID: neem, AppID: "own-811", Phase: message.Claimed, Attempt: 1, Attempts: map[string]message.Attempt{"1": {ClaimedAt: 1}}, LeaseUntil: start.Add(40 * time.Second), Due: start.Add(40 * time.Second),
		Phone: ira, CustomerID: id, CreatedAt: start, ExpireAt: start.Add(time.Hour),
	}})
	r.must(err)
	_, err = r.Erase(t.Context(), editor, neem, r.key(ira), "request 12", false)
	busy, ok := errors.AsType[*customers.OnItsWayError](err)
	if !ok || busy.RetryAfter != 45*time.Second || fault.KindOf(err) != fault.Conflict {
		t.Fatalf("got %v", err)
	}
	if c := r.read(neem, ira); c.Consent.Status != consent.Inactive || c.Phone == "" {
		t.Errorf("got %+v", c)
	}
	r.clock.Advance(46 * time.Second)
	if done, err := r.Erase(t.Context(), editor, neem, r.key(ira), "request 12", false); err != nil || done.Left != 0 || done.Ended != 1 {
		t.Errorf("got %+v, %v", done, err)
	}
}

// TestEraseIsChecked refuses before it writes anything.
func TestEraseIsChecked(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.put(neem, ira, subscribed(start))
	for _, tc := range []struct {
		caller               access.Caller
		account, key, reason string
		want                 fault.Kind
	}{
		{viewer, neem, r.key(ira), "request 12", fault.Forbidden},
		{support, neem, r.key(ira), "request 12", fault.Forbidden},
		{editor, other, r.key(ira), "request 12", fault.Forbidden},
		{editor, neem, r.key(ira), "", fault.Invalid},
		{editor, neem, r.key(ira), "ira@example.test asked", fault.Invalid},
		{editor, neem, "x", "request 12", fault.NotFound},
		{owner, "899", r.key(ira), "request 12", fault.NotFound},
	} {
		if _, err := r.Erase(t.Context(), tc.caller, tc.account, tc.key, tc.reason, false); fault.KindOf(err) != tc.want {
			t.Errorf("%+v: got %v", tc, err)
		}
	}
	if c := r.read(neem, ira); c.Consent.Status != consent.Active || c.Phone != ira {
		t.Errorf("got %+v", c)
	}
}
