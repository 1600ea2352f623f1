package audit_test

import (
	"errors"
	"testing"
	"time"

	"github.com/eshopbox/whatsapp-notifications/shared/access"
	"github.com/eshopbox/whatsapp-notifications/shared/audit"
	"github.com/eshopbox/whatsapp-notifications/shared/clock"
	"github.com/eshopbox/whatsapp-notifications/shared/fault"
	"github.com/eshopbox/whatsapp-notifications/shared/local/cloud"
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

// TestBy names a caller by one word without a number of a person, so that a list has one line for each note.
func TestBy(t *testing.T) {
	t.Parallel()

	for _, tc := range []struct{ email, subject, want string }{
		{"asha+ops@example.com", "u-1", "staff/asha+ops@example.com"},
		{"", "accounts.google.com:1a2b", "staff/accounts.google.com:1a2b"},
		{"asha@example.com\nboss: all fine", "u-1", "staff/u-1"},
		{"9000000001@example.com", "ira9000000001", "staff/unknown"},
		{"", "", "staff/unknown"},
	} {
		if got := audit.By("staff", access.Caller{Email: tc.email, Subject: tc.subject}); got != tc.want {
			t.Errorf("%q, %q: got %q, want %q", tc.email, tc.subject, got, tc.want)
		}
	}
}
