package intake_test

import (
	"errors"
	"testing"
	"time"

	"github.com/eshopbox/whatsapp-notifications/functions/cmd/local/rig"
	"github.com/eshopbox/whatsapp-notifications/shared/consent"
	"github.com/eshopbox/whatsapp-notifications/shared/message"
	"github.com/eshopbox/whatsapp-notifications/shared/provider"
	"github.com/eshopbox/whatsapp-notifications/shared/store"
)

const (
	newNumber      = "919000000555"
	oldID, freshID = "IN.100", "IN.200"
)

// moves has the provider tell that the shopper has another number or user id.
func moves(t *testing.T, r *rig.Rig, from provider.Origin, e provider.IdentityEvent) {
	t.Helper()
	r.Clock.Advance(time.Minute)

	e.ID = "moved-1"
	take(t, r, from, provider.Event{Kind: provider.KindIdentity, Identity: &e})
}

// statusOf returns the status of the brand's customer of a number, and how many entries the ledger has; empty if there is none.
func statusOf(t *testing.T, r *rig.Rig, digits string) (consent.Status, int) {
	t.Helper()

	id := r.CustomerOf(rig.BrandID, digits)
	if _, err := r.Parts.Store.Customer(t.Context(), id); errors.Is(err, store.ErrNotFound) {
		return "", 0
	}

	state, ledger := r.CheckChainOf(t, id)

	return state.Status, len(ledger)
}

// TestRefusalHoldsUnderTheNewNumber: what was refused under the old number goes on holding, and nothing else goes over.
func TestRefusalHoldsUnderTheNewNumber(t *testing.T) {
	t.Parallel()

	moved := provider.IdentityEvent{PreviousPhone: rig.Shopper, Phone: newNumber}
	for _, tt := range []struct {
		name string
		// said are the words before the news, by number.
		said [][2]string
		news provider.IdentityEvent
		from provider.Origin
		want consent.Status
		old  consent.Status
	}{
		{"stop", [][2]string{{"STOP", rig.Shopper}}, moved, ownApp, consent.Inactive, consent.Inactive},
		{"stop at the platform's app", [][2]string{{"STOP", rig.Shopper}}, moved, platformApp, consent.Inactive, consent.Inactive},
		{"consent does not go over", nil, moved, ownApp, "", consent.Active},
		{"subscribed again under the old", [][2]string{{"STOP", rig.Shopper}, {"START", rig.Shopper}}, moved, ownApp, "", consent.Active},
		{"subscribed since under the new", [][2]string{{"STOP", rig.Shopper}, {"START", newNumber}}, moved, ownApp, consent.Active, consent.Inactive},
		{"stopped since the start under the new", [][2]string{{"START", newNumber}, {"STOP", rig.Shopper}}, moved, ownApp, consent.Inactive, consent.Inactive},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			r := recorded(t)
			for n, said := range tt.said {
				says(t, r, tt.from, "in-"+string(rune('a'+n)), said[0], said[1], "")
			}

			moves(t, r, tt.from, tt.news)

			got, entries := statusOf(t, r, newNumber)
			if got != tt.want {
				t.Errorf("under the new number: got %q, want %q", got, tt.want)
			}
			if got, _ := statusOf(t, r, rig.Shopper); got != tt.old {
				t.Errorf("under the old number: got %q, want %q", got, tt.old)
			}

			moves(t, r, tt.from, tt.news)
			if _, again := statusOf(t, r, newNumber); again != entries {
				t.Errorf("told again: got %d entries, want %d", again, entries)
			}
		})
	}
}

// TestStopFollowsTheUserID: a new user id stands for whom the old one stood for, and a STOP under either of them is heard, whenever
// the number becomes known.
func TestStopFollowsTheUserID(t *testing.T) {
	t.Parallel()

	idOnly := provider.IdentityEvent{PreviousUserID: oldID, UserID: freshID}
	for name, play := range map[string]func(t *testing.T, r *rig.Rig){
		"stop under the new id of a known old one": func(t *testing.T, r *rig.Rig) {
			t.Helper()
			reports(t, r, ownApp, message.StatusDelivered, oldID)
			moves(t, r, ownApp, idOnly)
			says(t, r, ownApp, "in-1", "STOP", "", freshID)
		},
		"stop under the old id, the number known before the news": func(t *testing.T, r *rig.Rig) {
			t.Helper()
			says(t, r, ownApp, "in-1", "STOP", "", oldID)
			moves(t, r, ownApp, provider.IdentityEvent{PreviousUserID: oldID, PreviousPhone: rig.Shopper, Phone: rig.Shopper, UserID: freshID})
		},
		"stop under the old id, the number known after the news": func(t *testing.T, r *rig.Rig) {
			t.Helper()
			says(t, r, ownApp, "in-1", "STOP", "", oldID)
			moves(t, r, ownApp, idOnly)
			reports(t, r, ownApp, message.StatusDelivered, freshID)
		},
		"stop under the old id, the new one known already": func(t *testing.T, r *rig.Rig) {
			t.Helper()
			says(t, r, ownApp, "in-1", "STOP", "", oldID)
			reports(t, r, ownApp, message.StatusDelivered, freshID)
			moves(t, r, ownApp, idOnly)
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := recorded(t)
			play(t, r)

			if got, _ := statusOf(t, r, rig.Shopper); got != consent.Inactive {
				t.Errorf("got %q, want INACTIVE", got)
			}
		})
	}
}

// stopped reports whether the shopper of a number is stopped: the brand's customer, or the one that a first event would make.
func stopped(t *testing.T, r *rig.Rig, digits string) bool {
	t.Helper()

	id := r.CustomerOf(rig.BrandID, digits)
	if c, err := r.Parts.Store.Customer(t.Context(), id); err == nil {
		r.CheckChainOf(t, id)
		return c.Consent.Status == consent.Inactive
	}

	c, err := r.Parts.Store.Newcomer(t.Context(), store.Customer{
		ID: id, AccountID: rig.BrandID, PhoneKey: store.PhoneKeyOf(id),
	}, []string{rig.AppID}, r.Clock.Now())
	r.Must(err)

	return c.Consent.Updates.Action == consent.Withdraw
}

// TestStopAndMove: a STOP holds under all that its shopper is called by before and after a change of number, in whatever order STOP, news
// and numbers are told; a START is of the number that the shopper has, never of one that may be another's.
func TestStopAndMove(t *testing.T) {
	t.Parallel()

	type step func(t *testing.T, r *rig.Rig, of provider.Origin)
	word := func(text, number, user string) step {
		return func(t *testing.T, r *rig.Rig, of provider.Origin) {
			t.Helper()
			says(t, r, of, text+number+user+r.Clock.Now().String(), text, number, user)
		}
	}
	late := func(text, number, user string) step { // said before the news, which came a minute ago
		return func(t *testing.T, r *rig.Rig, of provider.Origin) {
			t.Helper()
			take(t, r, of, provider.Event{Kind: provider.KindReply, At: r.Clock.Now().Add(-90 * time.Second).UnixMilli(), Reply: &provider.ReplyEvent{
				ID: "late", From: number, UserID: user, Type: "text", Text: text,
			}})
		}
	}
	names := func(number, user string) step {
		return func(t *testing.T, r *rig.Rig, of provider.Origin) {
			t.Helper()
			reportsTo(t, r, of, message.StatusDelivered, number, user)
		}
	}
	move := func(e provider.IdentityEvent) step {
		return func(t *testing.T, r *rig.Rig, of provider.Origin) {
			t.Helper()
			moves(t, r, of, e)
			moves(t, r, of, e)
		}
	}
	meets := func(t *testing.T, r *rig.Rig, _ provider.Origin) {
		t.Helper()
		r.Meet(rig.BrandID, newNumber, consent.Grant)
	}

	both := move(provider.IdentityEvent{PreviousPhone: rig.Shopper, Phone: newNumber})
	all := move(provider.IdentityEvent{PreviousPhone: rig.Shopper, Phone: newNumber, PreviousUserID: oldID, UserID: freshID})
	toNumber := move(provider.IdentityEvent{PreviousUserID: oldID, Phone: newNumber})
	toBoth := move(provider.IdentityEvent{PreviousUserID: oldID, Phone: newNumber, UserID: freshID})
	hidden := move(provider.IdentityEvent{PreviousPhone: rig.Shopper, UserID: freshID})
	hiddenOfID := move(provider.IdentityEvent{PreviousPhone: rig.Shopper, PreviousUserID: oldID, UserID: freshID})
	idsAlone := move(provider.IdentityEvent{PreviousUserID: oldID, UserID: freshID})
	renamed := move(provider.IdentityEvent{PreviousUserID: oldID, UserID: freshID, SameNumber: true})
	stayed := move(provider.IdentityEvent{PreviousPhone: rig.Shopper, Phone: rig.Shopper, UserID: freshID})
	unreadable := move(provider.IdentityEvent{PreviousPhone: rig.Shopper, Phone: "12345", UserID: freshID})
	spelling := move(provider.IdentityEvent{PreviousPhone: otherSpelling, Phone: newNumber})
	foreign := move(provider.IdentityEvent{PreviousPhone: "919000000666", Phone: newNumber})

	for name, tt := range map[string]struct {
		steps []step
		old   bool // whether the old number is stopped in the end
		fresh bool // whether the new one is
	}{
		"STOP, news of the old id and both new":     {[]step{names(rig.Shopper, oldID), word("STOP", rig.Shopper, ""), toBoth}, true, true},
		"STOP, news of the old id and a new number": {[]step{names(rig.Shopper, oldID), word("STOP", rig.Shopper, ""), toNumber}, true, true},
		"STOP under the old id that nobody knows":   {[]step{word("STOP", "", oldID), toNumber}, false, true},
		"STOP, hidden, hello":                       {[]step{word("STOP", rig.Shopper, ""), hidden, word("hello", newNumber, freshID)}, true, true},
		"hello, STOP, hidden":                       {[]step{word("hello", newNumber, freshID), word("STOP", rig.Shopper, ""), hidden}, true, true},
		"STOP, hidden, subscribed since, hello":     {[]step{word("STOP", rig.Shopper, ""), hidden, meets, word("hello", newNumber, freshID)}, true, false},
		"STOP, START, hidden, hello":                {[]step{word("STOP", rig.Shopper, ""), word("START", rig.Shopper, ""), hidden, word("hello", newNumber, freshID)}, false, false},
		"hidden, hello":                             {[]step{hidden, word("hello", newNumber, freshID)}, false, false},
		"hidden, STOP of the next owner, hello":     {[]step{hidden, word("STOP", rig.Shopper, ""), word("hello", newNumber, freshID)}, true, false},
		"STOP, hidden, START of the next, hello":    {[]step{word("STOP", rig.Shopper, ""), hidden, word("START", rig.Shopper, ""), word("hello", newNumber, freshID)}, false, true},
		"STOP, hidden, START under the new id":      {[]step{word("STOP", rig.Shopper, ""), hidden, word("START", "", freshID)}, true, false},
		"STOP, hidden, START under the new of two":  {[]step{names(rig.Shopper, oldID), word("STOP", rig.Shopper, ""), hiddenOfID, word("START", "", freshID)}, true, false},
		"and hello":                                 {[]step{word("STOP", rig.Shopper, ""), hidden, word("START", "", freshID), word("hello", newNumber, freshID)}, true, false},
		"STOP, news, START under the old id":        {[]step{names(rig.Shopper, oldID), word("STOP", rig.Shopper, ""), all, word("START", "", oldID)}, true, true},
		"STOP, news of numbers, START under the id": {[]step{names(rig.Shopper, oldID), word("STOP", rig.Shopper, ""), both, word("START", "", oldID)}, true, true},
		"news, late STOP":                           {[]step{meets, both, late("STOP", rig.Shopper, "")}, true, true},
		"news, late STOP with the id":               {[]step{names(rig.Shopper, oldID), meets, all, late("STOP", rig.Shopper, oldID)}, true, true},
		"news, STOP of the next owner":              {[]step{meets, both, word("STOP", rig.Shopper, "")}, true, false},
		"hidden, late STOP, hello":                  {[]step{hidden, late("STOP", rig.Shopper, ""), word("hello", newNumber, freshID)}, true, true},
		"hidden, hello, late STOP":                  {[]step{hidden, word("hello", newNumber, freshID), late("STOP", rig.Shopper, "")}, true, true},
		"news, STOP under the old id":               {[]step{names(rig.Shopper, oldID), meets, all, word("STOP", "", oldID)}, true, true},
		"news of numbers, STOP under the id":        {[]step{names(rig.Shopper, oldID), meets, both, word("STOP", "", oldID)}, true, true},
		"news to a number, STOP under the old id":   {[]step{names(rig.Shopper, oldID), meets, toNumber, word("STOP", "", oldID)}, true, true},
		"ids alone, hello, STOP under the old id":   {[]step{idsAlone, word("hello", newNumber, freshID), word("STOP", "", oldID)}, false, true},
		"STOP, ids alone, hello":                    {[]step{names(rig.Shopper, oldID), word("STOP", rig.Shopper, ""), idsAlone, word("hello", newNumber, freshID)}, true, true},
		"the number stayed, STOP under the new id":  {[]step{stayed, word("STOP", "", freshID)}, true, false},
		"the number stayed, STOP and START":         {[]step{stayed, word("STOP", "", freshID), word("START", "", freshID)}, false, false},
		"renamed, STOP and START under the new id":  {[]step{names(rig.Shopper, oldID), renamed, word("STOP", "", freshID), word("START", "", freshID)}, false, false},
		"renamed, STOP under the new id":            {[]step{names(rig.Shopper, oldID), renamed, word("STOP", "", freshID)}, true, false},
		"STOP, unreadable number, hello":            {[]step{word("STOP", rig.Shopper, ""), unreadable, word("hello", newNumber, freshID)}, true, true},
		"the spelling moves, STOP from it before":   {[]step{names(otherSpelling, ""), word("STOP", otherSpelling, ""), spelling}, true, true},
		"the spelling moves, STOP of its next":      {[]step{names(otherSpelling, ""), spelling, word("STOP", otherSpelling, "")}, false, false},
		"the spelling is another's since":           {[]step{names(newNumber, ""), foreign, word("STOP", newNumber, "")}, false, true},
		"a late status names the spelling again":    {[]step{names(newNumber, ""), foreign, names(newNumber, ""), word("STOP", newNumber, "")}, false, true},
	} {
		for _, of := range []provider.Origin{ownApp, platformApp} {
			t.Run(name+" at "+of.AccountID, func(t *testing.T) {
				t.Parallel()
				r := recorded(t)
				for _, s := range tt.steps {
					s(t, r, of)
				}
				if got := stopped(t, r, rig.Shopper); got != tt.old {
					t.Errorf("the old number is stopped: %t, want %t", got, tt.old)
				}
				if got := stopped(t, r, newNumber); got != tt.fresh {
					t.Errorf("the new number is stopped: %t, want %t", got, tt.fresh)
				}
			})
		}
	}
}

// Of a STOP under the old number and news of the new one that come at the same time, the later sees the other.
func TestStopAndMoveAtOnce(t *testing.T) {
	t.Parallel()
	for n := range 20 {
		news := provider.IdentityEvent{ID: "moved", PreviousPhone: rig.Shopper, Phone: newNumber, UserID: freshID}
		if n%2 == 0 {
			news.Phone = ""
		}

		r := recorded(t)
		r.Clock.Advance(time.Minute)
		done := make(chan error)
		for _, e := range []provider.Event{
			{Kind: provider.KindReply, Reply: &provider.ReplyEvent{ID: "stop", From: rig.Shopper, Type: "text", Text: "STOP"}},
			{Kind: provider.KindIdentity, Identity: &news},
			{Kind: provider.KindReply, Reply: &provider.ReplyEvent{ID: "hello", From: newNumber, UserID: freshID, Type: "text", Text: "hello"}},
		} {
			e.At = r.Clock.Now().UnixMilli()
			go func() {
				_, err := newIntake(r, r.Hooks).Receive(t.Context(), callback(r, e))
				done <- err
			}()
		}
		for range 3 {
			r.Must(<-done)
		}
		says(t, r, ownApp, "again", "hello", newNumber, freshID)
		if !stopped(t, r, newNumber) {
			t.Fatalf("the new number is not stopped; told: %t", news.Phone != "")
		}
	}
}

// TestMoveToABlockedNumber has who is made by the news of a number inherit what an authority ordered of that number.
func TestMoveToABlockedNumber(t *testing.T) {
	t.Parallel()
	r := recorded(t)
	id := r.CustomerOf(rig.BrandID, newNumber)
	blocked := store.ConsequenceFor(store.Customer{ID: store.AppCustomerID(store.Authority, store.PhoneKeyOf(id))})
	blocked.Record(consent.Entry{Action: consent.Block, Source: consent.Authority, OccurredAt: r.Clock.Now(), RecordedAt: r.Clock.Now()})
	blocked.Customer.Consent = blocked.Next
	r.Must(r.Parts.Store.CreateCustomer(t.Context(), blocked.Customer, blocked.Entries...))

	says(t, r, ownApp, "stop", "STOP", rig.Shopper, "")
	moves(t, r, ownApp, provider.IdentityEvent{PreviousPhone: rig.Shopper, Phone: newNumber})

	c, err := r.Parts.Store.Customer(t.Context(), id)
	r.Must(err)
	if _, reason := consent.May(c.Consent, consent.OrderUpdates, r.Clock.Now()); reason != message.Blocked {
		t.Errorf("the new number is %q, want blocked", reason)
	}
	r.CheckChainOf(t, id)
}
