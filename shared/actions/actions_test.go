package actions_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/eshopbox/whatsapp-notifications/shared/access"
	"github.com/eshopbox/whatsapp-notifications/shared/actions"
	"github.com/eshopbox/whatsapp-notifications/shared/audit"
	"github.com/eshopbox/whatsapp-notifications/shared/clock"
	"github.com/eshopbox/whatsapp-notifications/shared/conversation"
	"github.com/eshopbox/whatsapp-notifications/shared/fault"
	"github.com/eshopbox/whatsapp-notifications/shared/message"
	"github.com/eshopbox/whatsapp-notifications/shared/store"
	"github.com/eshopbox/whatsapp-notifications/shared/testkit"
)

const account = "811"

var (
	now    = time.Date(2026, 11, 20, 4, 50, 12, 0, time.UTC)
	viewer = access.Caller{Subject: "u-1", Role: access.Viewer, Accounts: []string{account}}
	editor = access.Caller{Subject: "u-2", Email: "asha@brand.example", Role: access.Editor, Accounts: []string{account}}
)

func newDesk(t *testing.T) (*actions.Desk, *store.Store, *audit.Book) {
	t.Helper()
	clk := clock.NewManual(now)
	db := testkit.Store(t, testkit.Cloud(t, clk))

	return actions.New(db, clk), db, audit.New(db, clk)
}

// customer names the nth shopper of the account.
func customer(n int) string { return store.CustomerID(account, fmt.Sprintf("%032x", n)) }

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func talk(t *testing.T, db *store.Store, n int, all ...conversation.Action) {
	t.Helper()
	for i := range all {
		all[i].ID, all[i].OrderID, all[i].At = fmt.Sprint(n, i), fmt.Sprint(51230070+n), now.Add(time.Duration(n*10+i-100)*time.Minute)
	}

	_, err := db.SaveConversation(t.Context(), conversation.Conversation{
		ID: customer(n), CustomerID: customer(n), AccountID: account, Phone: "+919000000001", ExpireAt: now.Add(time.Hour), Actions: all,
	})
	must(t, err)
}

// TestLists lists actions by how far they are, a page of shoppers at a time, without what is of the shopper.
func TestLists(t *testing.T) {
	t.Parallel()
	ctx := t.Context()
	desk, db, _ := newDesk(t)

	talk(t, db, 1, conversation.Action{Code: conversation.Reattempt, State: conversation.Stuck})
	talk(t, db, 2, conversation.Action{Code: conversation.Cancel, State: conversation.Accepted}, conversation.Action{Code: conversation.Defer, State: conversation.Refused, Date: "2026-11-22"})
	_, err := db.Decide(ctx, store.Decision{Message: message.Message{
		ID: fmt.Sprintf("%032x", 3), AccountID: account, OrderID: "51230073", Phase: message.Refused, CreatedAt: now, ExpireAt: now.Add(time.Hour),
		Activity: message.Activity{OrderNumber: "NC-20417"},
	}})
	must(t, err)
	talk(t, db, 3, conversation.Action{Code: conversation.Dispute, State: conversation.Forwarded, MessageID: fmt.Sprintf("%032x", 3), Details: conversation.Details{Notes: "the red gate"}})

	page, err := desk.List(ctx, viewer, account, conversation.ListFailed, "", 2)
	must(t, err)
	if len(page.Rows) != 2 || page.Rows[0].OrderID != "51230073" || page.Rows[1].OrderID != "51230072" || page.Next == "" {
		t.Fatalf("got %+v", page)
	}
	if r := page.Rows[0]; r.Label != "Dispute failed attempt" || !r.WithDetails || r.Phone != "+91******0001" || r.Number != "NC-20417" || r.Stuck || r.Sentence == "" || r.Advice == "" {
		t.Errorf("got %+v", r)
	}
	if r := page.Rows[1]; r.Label != "Change delivery date" || r.Number != "" || r.Date != "2026-11-22" {
		t.Errorf("got %+v", r)
	}
	if text := fmt.Sprintf("%+v", page); strings.Contains(text, "9000000001") || strings.Contains(text, "red gate") {
		t.Errorf("got %s, which is the shopper's", text)
	}

	next, err := desk.List(ctx, viewer, account, conversation.ListFailed, page.Next, 2)
	must(t, err)
	if len(next.Rows) != 1 || !next.Rows[0].Stuck || next.Next != "" {
		t.Errorf("the next page: got %+v", next)
	}

	for field, err := range map[string]error{
		"list":   second(desk.List(ctx, viewer, account, "whatever", "", 2)),
		"cursor": second(desk.List(ctx, viewer, account, conversation.ListDone, "garbage", 2)),
	} {
		if f, ok := errors.AsType[*fault.Error](err); !ok || f.Field != field {
			t.Errorf("%s: got %v", field, err)
		}
	}

	other := access.Caller{Role: access.Viewer, Accounts: []string{"812"}}
	if _, err = desk.List(ctx, other, "812", conversation.ListFailed, page.Next, 2); !fault.Is(err, fault.Invalid) {
		t.Errorf("another account's cursor: got %v", err)
	}
}

func second(_ actions.Page, err error) error { return err }

// TestAPageIsOneQuery reads one page of a long list by one query that asks for one more than it shows.
func TestAPageIsOneQuery(t *testing.T) {
	t.Parallel()
	clk := clock.NewManual(now)
	local := testkit.Cloud(t, clk)
	db := testkit.Store(t, local)
	for n := range 60 {
		talk(t, db, n, conversation.Action{Code: conversation.Reattempt, State: conversation.Accepted})
	}

	local.Calls().Reset()
	page, err := actions.New(db, clk).List(t.Context(), viewer, account, conversation.ListDone, "", 50)
	must(t, err)
	if len(page.Rows) != 50 || page.Next == "" {
		t.Errorf("got %d rows, then %q", len(page.Rows), page.Next)
	}
	if got := local.Calls().Counts(); len(got) != 1 || got["google.firestore.v1.Firestore/RunQuery"] != 1 {
		t.Errorf("it made the calls %v, want one query", got)
	}
}

// TestRetry has what is stuck submitted once more, with a note: only by whoever may change the account's settings, and only if something is.
func TestRetry(t *testing.T) {
	t.Parallel()
	ctx := t.Context()
	desk, db, book := newDesk(t)
	talk(t, db, 1, conversation.Action{Code: conversation.Reattempt, State: conversation.Stuck, Subject: "S-1", Complete: true, HeardAt: now.Add(-25 * time.Hour)})

	_, err := db.Decide(ctx, store.Decision{Message: message.Message{
		ID: fmt.Sprintf("%032x", 1), AccountID: account, OrderID: "51230071", CustomerID: customer(1), Phase: message.Refused, CreatedAt: now, ExpireAt: now.Add(time.Hour),
	}})
	must(t, err)

	var told []string
	retry := func(c access.Caller, orderID string, dry bool) error {
		note := book.Note("submit", audit.By("brand", c))
		failed := desk.Retry(ctx, c, account, orderID, dry, func(a conversation.Action) { told = append(told, string(a.Code)) }, note)

		return errors.Join(failed, note.End(context.WithoutCancel(ctx), failed))
	}

	for _, c := range []access.Caller{{}, viewer, {Role: access.Support, Accounts: []string{account}}, {Role: access.Editor, Accounts: []string{"812"}}} {
		if err = retry(c, "51230071", false); !fault.Is(err, fault.Forbidden) || len(told) > 0 {
			t.Errorf("%v: got %v", c, err)
		}
	}

	must(t, retry(editor, "51230071", true))
	if c, failed := db.Conversation(ctx, customer(1)); failed != nil || c.Actions[0].State != conversation.Stuck {
		t.Errorf("dry: got %+v, %v", c.Actions, failed)
	}

	must(t, retry(editor, "51230071", false))
	if c, failed := db.Conversation(ctx, customer(1)); failed != nil || c.Actions[0].State != conversation.Ready || len(told) != 2 {
		t.Errorf("got %+v, %v, told %v", c.Actions, failed, told)
	}
	if err = retry(editor, "51230071", false); !errors.Is(err, actions.ErrNoneStuck) {
		t.Errorf("once more: got %v", err)
	}

	notes, err := db.Operations(ctx, time.Time{})
	if err != nil || len(notes) != 1 || notes[0].By != "brand/asha@brand.example" || notes[0].Subject != "811/51230071" || notes[0].Result != actions.Again {
		t.Errorf("noted %+v, %v", notes, err)
	}
}

// TestOthersSeeNothing refuses callers of other accounts before anything is read.
func TestOthersSeeNothing(t *testing.T) {
	t.Parallel()

	for _, c := range []access.Caller{{}, {Role: access.Editor, Accounts: []string{"812"}}} {
		if _, err := actions.New(nil, nil).List(t.Context(), c, account, conversation.ListDone, "", 5); !fault.Is(err, fault.Forbidden) {
			t.Errorf("got %v", err)
		}
	}
}
