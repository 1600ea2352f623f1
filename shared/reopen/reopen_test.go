package reopen_test

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/eshopbox/whatsapp-notifications/shared/access"
	"github.com/eshopbox/whatsapp-notifications/shared/account"
	"github.com/eshopbox/whatsapp-notifications/shared/audit"
	"github.com/eshopbox/whatsapp-notifications/shared/clock"
	"github.com/eshopbox/whatsapp-notifications/shared/fault"
	"github.com/eshopbox/whatsapp-notifications/shared/message"
	"github.com/eshopbox/whatsapp-notifications/shared/reopen"
	"github.com/eshopbox/whatsapp-notifications/shared/store"
	"github.com/eshopbox/whatsapp-notifications/shared/testkit"
)

var (
	now   = time.Date(2026, 11, 20, 4, 50, 12, 0, time.UTC)
	staff = access.Caller{Subject: "u-1", Email: "asha@example.com", Role: access.Platform, All: true}
)

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// giveUp writes the nth message of an account, given up so many minutes ago.
func giveUp(t *testing.T, db *store.Store, n int, accountID string) string {
	t.Helper()
	m := message.Message{
		ID: fmt.Sprintf("%032x", n), AccountID: accountID, OrderID: "51230077", AppID: "gupshup-a", Event: "shipment/delivered", Phone: "+919000000001", Attempt: 1,
		Phase: message.InDoubt, CreatedAt: now.Add(-time.Hour), ExpireAt: now.Add(time.Hour), EventData: []byte(`{}`),
	}

	at, err := db.Decide(t.Context(), store.Decision{Message: m})
	must(t, err)

	m.UpdateTime, m.Phase, m.Due = at, message.GivenUp, now.Add(-time.Duration(n)*time.Minute).Add(message.ReopenableFor)
	must(t, db.Change(t.Context(), store.Change{Message: m}))

	return m.ID
}

// TestGivenUpIsListedAndReopened lists what was given up of all accounts a page at a time, reopens one and then all of an account, and leaves notes.
func TestGivenUpIsListedAndReopened(t *testing.T) {
	t.Parallel()
	ctx := t.Context()
	clk := clock.NewManual(now)
	db := testkit.Store(t, testkit.Cloud(t, clk))
	desk, book := reopen.New(db, clk), audit.New(db, clk)

	must(t, db.PutAccount(ctx, account.Account{ID: "811", Slug: "neem"}))
	one, two, three := giveUp(t, db, 1, "811"), giveUp(t, db, 2, "812"), giveUp(t, db, 3, "811")

	list, err := desk.List(ctx, staff, "", 2)
	must(t, err)
	if len(list.Messages) != 2 || list.Messages[0].ID != one || list.Messages[1].ID != two || list.Next == "" {
		t.Fatalf("got %+v", list)
	}
	if m := list.Messages[0]; !m.GivenUpAt.Equal(now.Add(-time.Minute)) || !m.Until.Equal(m.GivenUpAt.Add(message.ReopenableFor)) || m.AccountID != "811" || m.OrderID != "51230077" {
		t.Errorf("got %+v", m)
	}
	if list, err = desk.List(ctx, staff, list.Next, 2); err != nil || len(list.Messages) != 1 || list.Messages[0].ID != three || list.Next != "" {
		t.Errorf("the next page: got %+v, %v", list, err)
	}
	if _, err = desk.List(ctx, staff, "garbage", 2); !fault.Is(err, fault.Invalid) {
		t.Errorf("a wrong cursor: got %v", err)
	}

	m, err := desk.Message(ctx, staff, two)
	must(t, err)
	note := book.Note("reopen", "staff/asha")
	must(t, desk.Reopen(ctx, staff, m, note))
	must(t, note.End(ctx, nil))

	if err = desk.Reopen(ctx, staff, m, book.Note("reopen", "staff/asha")); !fault.Is(err, fault.Conflict) {
		t.Errorf("as it was before: got %v", err)
	}
	if _, err = desk.Message(ctx, staff, "garbage"); !fault.Is(err, fault.Invalid) {
		t.Errorf("no id: got %v", err)
	}

	if _, err = desk.Message(ctx, staff, fmt.Sprintf("%032x", 9)); !fault.Is(err, fault.NotFound) {
		t.Errorf("no such message: got %v", err)
	}
	if _, err = desk.All(ctx, staff, reopen.Scope{AccountID: "899"}, reopen.Going{}, "", nil); !fault.Is(err, fault.NotFound) {
		t.Errorf("no such account: got %v", err)
	}

	var found, passed int
	how := reopen.Going{Dry: true, Found: func(message.Message) { found++ }, Passed: func(error) { passed++ }}
	scope := reopen.Scope{AccountID: "811", Since: now.Add(-2 * time.Hour)}

	n, err := desk.All(ctx, staff, scope, how, "811", book.Note("reopen-all", "staff/asha"))
	if err != nil || n != (reopen.Count{Found: 2}) || found != 2 {
		t.Errorf("dry: got %+v, %v", n, err)
	}

	how.Dry = false
	note = book.Note("reopen-all", "staff/asha")
	n, err = desk.All(ctx, staff, scope, how, "811/2026-11-20", note)
	must(t, errors.Join(err, note.End(ctx, nil)))
	if n != (reopen.Count{Found: 2, Reopened: 2}) || passed != 0 {
		t.Errorf("got %+v, %d passed over", n, passed)
	}
	if list, err = desk.List(ctx, staff, "", 9); err != nil || len(list.Messages) != 0 {
		t.Errorf("afterwards: got %+v, %v", list, err)
	}

	notes, err := book.Latest(ctx, staff, time.Time{}, 9)
	must(t, err)
	ended := 0
	for _, n := range notes {
		if n.Result != "" {
			ended++
		}
	}
	if len(notes) != 3 || ended != 2 {
		t.Errorf("noted %+v", notes)
	}
}

// TestAPageIsOneQuery reads one page of a long list by one query that asks for one more than it shows.
func TestAPageIsOneQuery(t *testing.T) {
	t.Parallel()
	clk := clock.NewManual(now)
	local := testkit.Cloud(t, clk)
	db := testkit.Store(t, local)
	for n := range 60 {
		giveUp(t, db, n+1, "811")
	}

	local.Calls().Reset()
	list, err := reopen.New(db, clk).List(t.Context(), staff, "", 50)
	must(t, err)
	if len(list.Messages) != 50 || list.Next == "" {
		t.Errorf("got %d messages, then %q", len(list.Messages), list.Next)
	}
	if got := local.Calls().Counts(); len(got) != 1 || got["google.firestore.v1.Firestore/RunQuery"] != 1 {
		t.Errorf("it made the calls %v, want one query", got)
	}
}

// TestAllReadsOnlyWhatWasGivenUp lists what an account has given up since a day long ago: it reads no other message, and none that cannot be reopened any
// more.
func TestAllReadsOnlyWhatWasGivenUp(t *testing.T) {
	t.Parallel()
	ctx, clk := t.Context(), clock.NewManual(now)
	local := testkit.Cloud(t, clk)
	db := testkit.Store(t, local)
	must(t, db.PutAccount(ctx, account.Account{ID: "811", Slug: "neem"}))

	one := giveUp(t, db, 1, "811")
	giveUp(t, db, int(message.ReopenableFor/time.Minute)+1, "811")
	for n := range 40 {
		_, err := db.Decide(ctx, store.Decision{Message: message.Message{
			ID: fmt.Sprintf("%032x", 0xf00+n), AccountID: "811", OrderID: "51230077", AppID: "gupshup-a", Phase: message.Dropped, CreatedAt: now, ExpireAt: now.Add(time.Hour),
		}})
		must(t, err)
	}

	var found []string
	how := reopen.Going{Dry: true, Found: func(m message.Message) { found = append(found, m.ID) }, Passed: func(err error) { t.Error(err) }}
	local.Firestore().ResetCounts()
	_, err := reopen.New(db, clk).All(ctx, staff, reopen.Scope{AccountID: "811", Since: now.AddDate(-20, 0, 0)}, how, "811", nil)
	must(t, err)
	if read := local.Firestore().Counts().Reads; len(found) != 1 || found[0] != one || read > 3 {
		t.Errorf("found %q with %d documents read", found, read)
	}
}

// TestOnlyThePlatformReopens refuses everybody else, before anything is read.
func TestOnlyThePlatformReopens(t *testing.T) {
	t.Parallel()
	ctx, desk := t.Context(), reopen.New(nil, nil)

	for _, role := range []access.Role{"", access.Viewer, access.Editor, access.Support} {
		c := access.Caller{Role: role, Accounts: []string{"811"}, All: true}

		_, list := desk.List(ctx, c, "", 5)
		_, one := desk.Message(ctx, c, fmt.Sprintf("%032x", 1))
		_, all := desk.All(ctx, c, reopen.Scope{AccountID: "811"}, reopen.Going{}, "", nil)

		for i, err := range []error{list, one, all, desk.Reopen(ctx, c, message.Message{}, nil)} {
			if !fault.Is(err, fault.Forbidden) {
				t.Errorf("%s, use case %d: got %v", role, i, err)
			}
		}
	}
}
