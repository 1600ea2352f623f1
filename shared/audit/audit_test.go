package audit_test

import (
	"errors"
	"path"
	"strings"
	"testing"
	"time"

	"github.com/eshopbox/whatsapp-notifications/shared/access"
	"github.com/eshopbox/whatsapp-notifications/shared/account"
	"github.com/eshopbox/whatsapp-notifications/shared/audit"
	"github.com/eshopbox/whatsapp-notifications/shared/clock"
	"github.com/eshopbox/whatsapp-notifications/shared/fault"
	"github.com/eshopbox/whatsapp-notifications/shared/local/cloud"
	"github.com/eshopbox/whatsapp-notifications/shared/settings"
	"github.com/eshopbox/whatsapp-notifications/shared/signin"
	"github.com/eshopbox/whatsapp-notifications/shared/testkit"
)

var (
	now   = time.Date(2026, 11, 20, 4, 50, 12, 0, time.UTC)
	staff = access.Caller{Subject: "u-1", Email: "asha@example.com", Role: access.Platform, All: true}
)

// TestNotes writes a note when it begins, once, and what came of it when it ends; the newest are listed first, a page at a time.
func TestNotes(t *testing.T) {
	t.Parallel()
	ctx := t.Context()
	clk := clock.NewManual(now)
	book := audit.New(testkit.Store(t, testkit.Cloud(t, clk)), clk)

	for _, subject := range []string{"order-events/g1", "order-events/g2"} {
		n := book.Note("dead-letter-replay", audit.By("staff", staff))
		for range 2 {
			if err := n.Begin(ctx, subject); err != nil {
				t.Fatal(err)
			}
		}

		n.Result("2 dead letters published")
		clk.Advance(time.Second)

		if err := n.End(ctx, nil); err != nil {
			t.Fatal(err)
		}
	}

	failed := book.Note("reopen", "staff/asha@example.com")
	if err := failed.Begin(ctx, "811/1"); err != nil {
		t.Fatal(err)
	}
	failed.Result("1 of 2")
	if err := failed.End(ctx, fault.New(fault.Unavailable, "x", "y")); err != nil {
		t.Fatal(err)
	}
	if err := book.Note("reopen", "staff/x").End(ctx, nil); err != nil {
		t.Fatal(err)
	}

	first, err := book.Latest(ctx, staff, time.Time{}, 2)
	if err != nil || len(first) != 2 {
		t.Fatalf("got %+v, %v", first, err)
	}
	if got := first[0]; got.Subject != "811/1" || got.Result != "failed: unavailable; before that: 1 of 2" || got.By != "staff/asha@example.com" {
		t.Errorf("got %+v", got)
	}
	if got := first[1]; got.Subject != "order-events/g2" || got.Verb != "dead-letter-replay" || got.DoneAt.Sub(got.BegunAt) != time.Second {
		t.Errorf("got %+v", got)
	}

	rest, err := book.Latest(ctx, staff, first[1].BegunAt, 2)
	if err != nil || len(rest) != 1 || rest[0].Subject != "order-events/g1" {
		t.Errorf("the next page: got %+v, %v", rest, err)
	}
}

// TestOnlyThePlatformSeesNotes refuses everybody else, before anything is read.
func TestOnlyThePlatformSeesNotes(t *testing.T) {
	t.Parallel()

	for _, role := range []access.Role{"", access.Viewer, access.Editor, access.Support} {
		c := access.Caller{Role: role, All: true}
		if _, err := audit.New(nil, nil).Latest(t.Context(), c, time.Time{}, 5); !fault.Is(err, fault.Forbidden) {
			t.Errorf("%s: got %v", role, err)
		}
	}
}

// TestWithoutANoteNothingIsChanged has the note fail: whoever begins it hears that nothing is changed.
func TestWithoutANoteNothingIsChanged(t *testing.T) {
	t.Parallel()
	local := testkit.Cloud(t, clock.NewManual(now))
	book := audit.New(testkit.Store(t, local), clock.NewManual(now))
	local.Rules().Add(cloud.Rule{Method: "Firestore/Commit", Mode: cloud.FailBefore, Code: 7})

	n := book.Note("reopen", "staff/x")
	err := n.Begin(t.Context(), "1")
	if err == nil || err.Error()[:len("nothing is changed")] != "nothing is changed" {
		t.Errorf("got %v", err)
	}
	if err = n.End(t.Context(), errors.New("x")); err != nil {
		t.Errorf("of a note that did not begin: got %v", err)
	}
}

// TestByAPersonOfABrand notes whoever came by a portal's link as that person, whatever the portal calls its people.
func TestByAPersonOfABrand(t *testing.T) {
	t.Parallel()
	ctx, clk := t.Context(), clock.NewManual(now)
	db := testkit.Store(t, testkit.Cloud(t, clk))
	if err := db.PutAccount(ctx, account.Account{ID: "811", Slug: "neem"}); err != nil {
		t.Fatal(err)
	}
	links := signin.New(signin.Deps{Store: db, Accounts: settings.NewAccounts(db, settings.Options{Clock: clk}), ConsoleURL: "https://console.example.com", Clock: clk})
	portal := access.Caller{Subject: "service:108912345678901234567", Name: "portal", Role: access.Platform, All: true}

	for id, want := range map[string]string{"u-1": "u-1", "1234567": "1234567", "süß/<b>": "s%C3%BC%C3%9F%2F%3Cb%3E", strings.Repeat("ü", 100): strings.Repeat("%C3%BC", 100)} {
		link, err := links.Mint(ctx, portal, "811", signin.Ask{Role: access.Editor, Person: &signin.Person{ID: id, Name: "Asha Sample"}})
		if err != nil {
			t.Fatal(err)
		}
		caller, _, err := links.Redeem(ctx, path.Base(link.URL))
		if err != nil {
			t.Fatal(err)
		}
		if got := audit.By("brand", caller); got != "brand/"+portal.Subject+"/"+want {
			t.Errorf("%s: got %s", id, got)
		}
	}
}

// TestBy names a caller by one word without a number of a person, so that a list has one line for each note.
func TestBy(t *testing.T) {
	t.Parallel()

	for _, tc := range []struct{ email, subject, want string }{
		{"asha+ops@example.com", "u-1", "staff/asha+ops@example.com"},
		{"", "accounts.google.com:1a2b", "staff/accounts.google.com:1a2b"},
		{"asha@example.com\nboss: all fine", "u-1", "staff/u-1"},
		{"9000000001@example.com", "ira9000000001", "staff/unknown"},
		{"", "accounts.google.com:108912345678901234567", "staff/accounts.google.com:108912345678901234567"},
		{"", "service:107\u202eg", "staff/service:107%E2%80%AEg"},
		{"", "", "staff/unknown"},
	} {
		if got := audit.By("staff", access.Caller{Email: tc.email, Subject: tc.subject}); got != tc.want {
			t.Errorf("%q, %q: got %q, want %q", tc.email, tc.subject, got, tc.want)
		}
	}
}
