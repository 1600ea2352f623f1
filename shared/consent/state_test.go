package consent

import (
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/eshopbox/whatsapp-notifications/shared/message"
)

func entry(a Action, p Purpose, at int) Entry {
	return Entry{Action: a, Source: CustomerPortal, Purpose: p, OccurredAt: after(at), RecordedAt: after(1000)}
}

func from(s Source, e Entry) Entry { e.Source = s; return e }

// run records the entries one after the other and returns the state and what was written.
func run(entries ...Entry) (State, []Entry) {
	s := For("811:a")
	var ledger []Entry
	for _, e := range entries {
		written, next, changed := Record(s, e)
		if changed {
			ledger = append(ledger, written...)
		}
		s = next
	}
	return s, ledger
}

// whole is the state that a ledger folds to, with the repetition that has no place in it yet after it.
func whole(ledger []Entry, again *Entry) State {
	s := Fold(ledger)
	if again != nil {
		s = s.apply(*again)
		s.Again = again
	}
	return s
}

func TestRecord(t *testing.T) {
	t.Parallel()
	const (
		yes = message.Reason("")
		not = message.NotOptedIn
		out = message.OptedOut
		un  = message.Unreachable
	)
	tests := []struct {
		name              string
		entries           []Entry
		status            Status
		written           int
		updates, offering message.Reason
	}{
		{"seen", []Entry{entry(Seen, "", 0)}, Inactive, 1, not, not},
		{"seen_again", []Entry{entry(Seen, "", 0), entry(Seen, "", 1)}, Inactive, 1, not, not},
		{"brand_declared", []Entry{from(OrderEvent, entry(Grant, OrderUpdates, 0))}, Active, 1, yes, not},
		{"subscribed", []Entry{entry(Seen, "", 0), entry(Grant, OrderUpdates, 1)}, Active, 2, yes, not},
		{"subscribed_twice", []Entry{entry(Seen, "", 0), entry(Grant, OrderUpdates, 1), entry(Grant, OrderUpdates, 2)}, Active, 2, yes, not},
		{"withdrawn", []Entry{entry(Grant, OrderUpdates, 1), entry(Withdraw, OrderUpdates, 2)}, Inactive, 2, out, out},
		{"withdrawn_twice", []Entry{entry(Grant, OrderUpdates, 1), entry(Withdraw, Everything, 2), entry(Withdraw, Everything, 3)}, Inactive, 2, out, out},
		{"withdrawn_never_subscribed", []Entry{from(Keyworded, entry(Withdraw, Everything, 1))}, Inactive, 1, out, out},
		{"subscribed_anew", []Entry{entry(Grant, OrderUpdates, 1), entry(Withdraw, Everything, 2), entry(Grant, OrderUpdates, 3)}, Active, 3, yes, out},
		{"denied", []Entry{entry(Deny, OrderUpdates, 1)}, Inactive, 1, not, not},
		{"denied_later", []Entry{entry(Grant, OrderUpdates, 1), entry(Deny, OrderUpdates, 2)}, Inactive, 2, not, not},
		{"expired", []Entry{entry(Grant, OrderUpdates, 1), entry(Expire, OrderUpdates, 2)}, Inactive, 2, not, not},
		{"seen_after_grant", []Entry{entry(Grant, OrderUpdates, 1), entry(Seen, "", 2)}, Active, 1, yes, not},

		{"same_time_withdrawal_last", []Entry{entry(Grant, OrderUpdates, 1), entry(Withdraw, OrderUpdates, 1)}, Inactive, 2, out, out},
		{"same_time_withdrawal_first", []Entry{entry(Withdraw, OrderUpdates, 1), entry(Grant, OrderUpdates, 1)}, Inactive, 1, out, out},
		{"old_withdrawal_of_a_new_subscription", []Entry{entry(Seen, "", 0), entry(Grant, OrderUpdates, 5), from(Keyworded, entry(Withdraw, Everything, 4))}, Active, 3, yes, out},
		{"old_grant_after_withdrawal", []Entry{entry(Withdraw, Everything, 5), from(Keyworded, entry(Grant, OrderUpdates, 4))}, Inactive, 1, out, out},
		{"start_between_two_stops_comes_last", []Entry{
			from(Keyworded, entry(Withdraw, Everything, 1)), from(Keyworded, entry(Withdraw, Everything, 5)), from(Keyworded, entry(Grant, OrderUpdates, 3)),
		}, Inactive, 2, out, out},
		{"stop_between_two_clicks_comes_last", []Entry{
			entry(Grant, OrderUpdates, 1), entry(Grant, OrderUpdates, 5), from(Keyworded, entry(Withdraw, OrderUpdates, 3)),
		}, Active, 1, yes, not},
		{"stop_of_everything_between_two_clicks_comes_last", []Entry{
			entry(Grant, OrderUpdates, 1), entry(Grant, OrderUpdates, 5), from(Keyworded, entry(Withdraw, Everything, 3)),
		}, Active, 3, yes, out},
		{"start_between_two_clicks_comes_last", []Entry{
			entry(Withdraw, Everything, 1), entry(Withdraw, Everything, 5), from(Keyworded, entry(Grant, OrderUpdates, 3)),
		}, Inactive, 1, out, out},
		{"start_after_two_clicks", []Entry{
			entry(Withdraw, Everything, 1), entry(Withdraw, Everything, 5), from(Keyworded, entry(Grant, OrderUpdates, 6)),
		}, Active, 3, yes, out},
		{"not_on_whatsapp_between_two_clicks_comes_last", []Entry{
			entry(Grant, OrderUpdates, 1), entry(Grant, OrderUpdates, 5), from(ProviderError, entry(Unreachable, "", 3)),
		}, Active, 3, yes, not},
		{"clicked_many_times", []Entry{
			entry(Grant, OrderUpdates, 1), entry(Grant, OrderUpdates, 2), entry(Grant, OrderUpdates, 3), entry(Grant, OrderUpdates, 4), entry(Withdraw, Everything, 5),
		}, Inactive, 2, out, out},
		{"stop_between_two_starts_comes_last", []Entry{
			from(Keyworded, entry(Grant, OrderUpdates, 1)), from(Button, entry(Grant, OrderUpdates, 5)), from(Keyworded, entry(Withdraw, Everything, 3)),
		}, Active, 3, yes, out},
		{"start_delivered_again", []Entry{
			from(Keyworded, entry(Grant, OrderUpdates, 1)), from(Keyworded, entry(Grant, OrderUpdates, 1)),
		}, Active, 1, yes, not},
		{"stop_delivered_again", []Entry{
			entry(Grant, OrderUpdates, 1), from(Keyworded, entry(Withdraw, Everything, 2)), from(Keyworded, entry(Withdraw, Everything, 2)),
		}, Inactive, 2, out, out},

		{"unreachable", []Entry{entry(Grant, OrderUpdates, 1), from(ProviderError, entry(Unreachable, "", 2))}, NotReachable, 2, un, un},
		{"unreachable_twice", []Entry{entry(Grant, OrderUpdates, 1), from(ProviderError, entry(Unreachable, "", 2)), from(ProviderError, entry(Unreachable, "", 3))}, NotReachable, 3, un, un},
		{"unreachable_again_and_wrote_in_between", []Entry{
			entry(Grant, OrderUpdates, 1), from(ProviderError, entry(Unreachable, "", 2)), from(ProviderError, entry(Unreachable, "", 5)), from(Inbound, entry(Reachable, "", 3)),
		}, NotReachable, 4, un, un},
		{"wrote_to_us", []Entry{entry(Grant, OrderUpdates, 1), entry(Unreachable, "", 2), from(Inbound, entry(Reachable, "", 3))}, Active, 3, yes, not},
		{"wrote_to_us_before", []Entry{entry(Grant, OrderUpdates, 1), entry(Unreachable, "", 4), from(Inbound, entry(Reachable, "", 3))}, NotReachable, 2, un, un},
		{"wrote_while_reachable", []Entry{entry(Grant, OrderUpdates, 1), from(Inbound, entry(Reachable, "", 3))}, Active, 1, yes, not},
		{"wrote_while_inactive", []Entry{entry(Seen, "", 1), from(Inbound, entry(Reachable, "", 3))}, Inactive, 1, not, not},
		{"refused_before_it_wrote_to_us", []Entry{entry(Grant, OrderUpdates, 1), entry(Unreachable, "", 2), from(Inbound, entry(Reachable, "", 3)), entry(Unreachable, "", 2)}, Active, 3, yes, not},
		{"joined_whatsapp_and_subscribed", []Entry{entry(Grant, OrderUpdates, 1), entry(Unreachable, "", 2), entry(Grant, OrderUpdates, 3)}, Active, 3, yes, not},
		{"old_refusal_of_a_new_subscription", []Entry{entry(Seen, "", 0), entry(Grant, OrderUpdates, 3), entry(Unreachable, "", 2)}, Active, 2, yes, not},
		{"unreachable_and_withdrawn", []Entry{entry(Grant, OrderUpdates, 1), entry(Unreachable, "", 2), entry(Withdraw, Everything, 3)}, Inactive, 3, out, out},
		{"unreachable_at_the_same_time", []Entry{entry(Unreachable, "", 2), entry(Grant, OrderUpdates, 2)}, NotReachable, 2, un, un},

		{"offers", []Entry{entry(Grant, OrderUpdates, 1), entry(Grant, Marketing, 2)}, Active, 2, yes, yes},
		{"offers_alone_open_nothing", []Entry{entry(Grant, Marketing, 1)}, Inactive, 1, not, not},
		{"offers_stopped", []Entry{entry(Grant, OrderUpdates, 1), entry(Grant, Marketing, 2), from(UserPreferences, entry(Withdraw, Marketing, 3))}, Active, 3, yes, out},
		{"updates_stopped_and_back", []Entry{entry(Grant, OrderUpdates, 1), entry(Grant, Marketing, 2), entry(Withdraw, OrderUpdates, 3), entry(Grant, OrderUpdates, 4)}, Active, 4, yes, yes},
		{"everything_stopped_and_updates_back", []Entry{entry(Grant, OrderUpdates, 1), entry(Grant, Marketing, 2), entry(Withdraw, Everything, 3), entry(Grant, OrderUpdates, 4)}, Active, 4, yes, out},
		{"withdrawal_without_a_purpose_is_of_all", []Entry{entry(Grant, OrderUpdates, 1), entry(Grant, Marketing, 2), entry(Withdraw, "", 3), entry(Grant, OrderUpdates, 4)}, Active, 4, yes, out},
		{"grant_of_everything_opens_nothing", []Entry{entry(Grant, Everything, 1)}, Inactive, 1, not, not},
		{"grant_of_nothing_opens_nothing", []Entry{entry(Grant, "", 1)}, Inactive, 1, not, not},
		{"ndr_support_is_not_granted_alone", []Entry{entry(Grant, NDRSupport, 1)}, Inactive, 1, not, not},
		{"ndr_support_is_not_withdrawn_alone", []Entry{entry(Grant, OrderUpdates, 1), entry(Withdraw, NDRSupport, 2)}, Inactive, 2, out, out},
		{"unknown_action", []Entry{entry(Grant, OrderUpdates, 1), entry("blessed", OrderUpdates, 2)}, Active, 1, yes, not},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			s, ledger := run(tt.entries...)
			if s.Status != tt.status {
				t.Errorf("Status = %s, want %s", s.Status, tt.status)
			}
			if len(ledger) != tt.written {
				t.Errorf("%d entries written, want %d", len(ledger), tt.written)
			}
			for p, want := range map[Purpose]message.Reason{OrderUpdates: tt.updates, NDRSupport: tt.updates, Marketing: tt.offering} {
				ok, reason := May(s, p, after(60))
				if reason != want || ok != (want == "") {
					t.Errorf("May(%s) = %t, %q, want %q", p, ok, reason, want)
				}
			}
			if err := s.Verify(ledger); err != nil {
				t.Errorf("Verify = %v, want nil", err)
			}
		})
	}
}

// A customer's document may be older than the marks or made by a test: the status alone decides then.
func TestMayReadsTheStatus(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name   string
		state  State
		p      Purpose
		ok     bool
		reason message.Reason
	}{
		{"none", State{}, OrderUpdates, false, message.NotOptedIn},
		{"active", State{Status: Active}, OrderUpdates, true, ""},
		{"active_offers", State{Status: Active, Marketing: true}, Marketing, true, ""},
		{"active_no_offers", State{Status: Active}, Marketing, false, message.NotOptedIn},
		{"inactive_offers", State{Status: Inactive, Marketing: true}, Marketing, false, message.NotOptedIn},
		{"unreachable_offers", State{Status: NotReachable, Marketing: true}, Marketing, false, message.Unreachable},
		{"unknown_status", State{Status: "PAUSED"}, OrderUpdates, false, message.NotOptedIn},
		{"unknown_purpose", State{Status: Active, Marketing: true}, "surveys", false, message.NotOptedIn},
		{"everything", State{Status: Active, Marketing: true}, Everything, false, message.NotOptedIn},
		{"no_purpose", State{Status: Active, Marketing: true}, "", false, message.NotOptedIn},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			if ok, reason := May(tt.state, tt.p, day); ok != tt.ok || reason != tt.reason {
				t.Errorf("May = %t, %q, want %t, %q", ok, reason, tt.ok, tt.reason)
			}
		})
	}
}

func TestEffectiveTime(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name               string
		occurred, recorded time.Time
		want               time.Time
	}{
		{"told", after(1), after(2), after(1)},
		{"not_told", time.Time{}, after(2), after(2)},
		{"source_ahead_of_us", after(9), after(2), after(2)},
		{"not_recorded", after(9), time.Time{}, after(9)},
		{"neither", time.Time{}, time.Time{}, time.Time{}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			if got := (Entry{OccurredAt: tt.occurred, RecordedAt: tt.recorded}).effective(); !got.Equal(tt.want) {
				t.Errorf("effective = %v, want %v", got, tt.want)
			}
		})
	}
}

// A grant dated into the future by its source must not shut out the withdrawal that follows.
func TestFutureGrantCanBeWithdrawn(t *testing.T) {
	t.Parallel()
	grant := Entry{Action: Grant, Purpose: OrderUpdates, OccurredAt: day.AddDate(100, 0, 0), RecordedAt: after(1)}
	stop := Entry{Action: Withdraw, Purpose: Everything, OccurredAt: after(2), RecordedAt: after(2)}
	if s, _ := run(grant, stop); s.Status != Inactive {
		t.Errorf("Status = %s, want %s", s.Status, Inactive)
	}
}

// A state is the fold of its ledger, so an entry that is not written leaves no trace.
func TestRecordNothing(t *testing.T) {
	t.Parallel()
	s, _ := run(entry(Grant, OrderUpdates, 1))
	for _, e := range []Entry{
		entry(Grant, OrderUpdates, 1), entry(Grant, OrderUpdates, 0), entry(Seen, "", 2), entry(Reachable, "", 2), entry(Unreachable, "", 0), entry(Withdraw, Everything, 0),
		entry("blessed", OrderUpdates, 2), entry(Grant, Everything, 2),
	} {
		if e.Action == Withdraw {
			e.Purpose = OrderUpdates
		}
		written, next, changed := Record(s, e)
		if changed {
			t.Errorf("%s: changed = true, want false", e.Action)
		}
		if len(written) > 0 {
			t.Errorf("%s: entries = %+v, want none", e.Action, written)
		}
		if diff := cmp.Diff(s, next); diff != "" {
			t.Errorf("%s: state (-want +got):\n%s", e.Action, diff)
		}
	}
}

// With a dangling time at which nothing was subscribed, a refusal of the number counts only against older subscriptions.
func TestReachKeepsToItsTime(t *testing.T) {
	t.Parallel()
	s, _ := run(entry(Grant, OrderUpdates, 1), entry(Unreachable, "", 2), entry(Withdraw, Everything, 3))
	if s.Status != Inactive {
		t.Fatalf("Status = %s, want %s", s.Status, Inactive)
	}
	_, back, changed := Record(s, entry(Grant, OrderUpdates, 4))
	if !changed || back.Status != Active {
		t.Errorf("Record = %s, %t, want %s, true", back.Status, changed, Active)
	}
}

func pick[T any](r *rand.Rand, of ...T) T { return of[r.IntN(len(of))] }

// random returns a few entries with many equal times and repeated words.
func random(r *rand.Rand) []Entry {
	entries := make([]Entry, r.IntN(9))
	for i := range entries {
		entries[i] = entry(
			pick(r, Grant, Grant, Withdraw, Withdraw, Deny, Expire, Seen, Unreachable, Reachable),
			pick(r, OrderUpdates, OrderUpdates, Marketing, Everything, NDRSupport), r.IntN(6))
		entries[i].Source = pick(r, CustomerPortal, Keyworded, ProviderError)
	}
	return entries
}

func TestFoldIgnoresOrder(t *testing.T) {
	t.Parallel()
	r := rand.New(rand.NewPCG(1, 2))
	for range 3000 {
		var entries []Entry
		var prev *Entry
		for _, e := range random(r) {
			e = link(prev, e)
			entries, prev = append(entries, e), &e
		}
		want := Fold(entries)
		// Repeats change nothing either.
		mixed := slices.Concat(entries, entries)
		r.Shuffle(len(mixed), func(i, j int) { mixed[i], mixed[j] = mixed[j], mixed[i] })
		if diff := cmp.Diff(want, Fold(mixed)); diff != "" {
			t.Fatalf("Fold of another order (-want +got):\n%s\nentries: %+v", diff, entries)
		}
	}
}

// oracle is the rule of the ledger, said plainly: of all that was said on a matter the latest, and of several at that
// time the one that stops; but a sign of life of the same time as a refusal ends it.
func oracle(entries []Entry) (Status, bool) {
	last := func(stops, opens func(Entry) bool) (open bool) {
		latest := time.Time{}
		for _, e := range entries {
			if (stops(e) || opens(e)) && e.OccurredAt.After(latest) {
				latest = e.OccurredAt
			}
		}
		for _, e := range entries {
			if opens(e) && e.OccurredAt.Equal(latest) {
				open = true
			}
		}
		for _, e := range entries {
			if stops(e) && e.OccurredAt.Equal(latest) {
				open = false
			}
		}
		return open
	}
	closes := func(e Entry) bool { return e.Action == Withdraw || e.Action == Deny || e.Action == Expire }
	grants := func(p Purpose) func(Entry) bool {
		return func(e Entry) bool { return e.Action == Grant && e.Purpose == p }
	}
	updates := last(func(e Entry) bool { return closes(e) && e.Purpose != Marketing }, grants(OrderUpdates))
	offers := last(func(e Entry) bool { return closes(e) && (e.Purpose == Marketing || e.Purpose == Everything) }, grants(Marketing))
	gone := slices.ContainsFunc(entries, func(refusal Entry) bool {
		return refusal.Action == Unreachable && !slices.ContainsFunc(entries, func(e Entry) bool {
			return e.Action == Reachable && !e.OccurredAt.Before(refusal.OccurredAt) ||
				grants(OrderUpdates)(e) && e.OccurredAt.After(refusal.OccurredAt)
		})
	})
	switch {
	case !updates:
		return Inactive, offers
	case gone:
		return NotReachable, offers
	default:
		return Active, offers
	}
}

func TestFoldIsTheRule(t *testing.T) {
	t.Parallel()
	r := rand.New(rand.NewPCG(3, 4))
	seen := map[Status]int{}
	for range 10000 {
		entries := random(r)
		s := Fold(entries)
		status, offers := oracle(entries)
		if s.Status != status || s.Marketing != offers {
			t.Fatalf("Fold = %s, %t, want %s, %t of %+v", s.Status, s.Marketing, status, offers, entries)
		}
		seen[status]++
	}
	for _, s := range []Status{Active, Inactive, NotReachable} {
		if seen[s] < 100 {
			t.Errorf("%s came up %d times, want at least 100 for the test to mean anything", s, seen[s])
		}
	}
}

// Recorded one by one, as they come, the words lead where the ledger leads that was written.
func TestRecordAgreesWithFold(t *testing.T) {
	t.Parallel()
	r := rand.New(rand.NewPCG(5, 6))
	for range 3000 {
		entries := random(r)
		s, ledger := run(entries...)
		if err := s.Verify(ledger); err != nil {
			t.Fatalf("Verify = %v, want nil", err)
		}
		if len(entries) == 0 {
			continue
		}
		if diff := cmp.Diff(whole(ledger, s.Again), s); diff != "" {
			t.Fatalf("state against Fold of its ledger (-want +got):\n%s\nentries: %+v", diff, entries)
		}
	}
}

// In the order in which they happened, the words lead where all of them folded lead, although some are not written.
func TestRecordInOrderLosesNothing(t *testing.T) {
	t.Parallel()
	r := rand.New(rand.NewPCG(7, 8))
	for range 3000 {
		entries := random(r)
		if len(entries) == 0 {
			continue
		}
		for i := range entries {
			entries[i].OccurredAt = after(i)
		}
		s, _ := run(entries...)
		if want := Fold(entries); s.Status != want.Status || s.Marketing != want.Marketing {
			t.Fatalf("%s, %t, want %s, %t of %+v", s.Status, s.Marketing, want.Status, want.Marketing, entries)
		}
	}
}

// Whatever order they come in, the words of WhatsApp and of the portal lead where all of them folded lead. A sign of life is told apart: the ledger
// has only those that end something, and the customer's last inbound time the others.
func TestRecordInAnyOrder(t *testing.T) {
	t.Parallel()
	r := rand.New(rand.NewPCG(9, 10))
	for range 5000 {
		entries := slices.DeleteFunc(random(r), func(e Entry) bool { return e.Action == Reachable })
		for i := range entries {
			entries[i].Source = pick(r, CustomerPortal, CustomerPortal, Keyworded, Button, UserPreferences, ProviderError)
			if entries[i].Action == Unreachable {
				entries[i].Source = ProviderError
			}
		}
		if len(entries) == 0 {
			continue
		}
		s, _ := run(entries...)
		all := Fold(entries)
		if s.Status != all.Status || s.Marketing != all.Marketing || s.Updates != all.Updates || s.Offers != all.Offers || s.Reach != all.Reach {
			t.Fatalf("got %+v, want %+v by %+v", s, all, entries)
		}
	}
}

// The portal's words and a START or STOP that WhatsApp tells late lead to one state, in every order and however often each is
// repeated. What is known later, that is told in the same order, leads to one as well.
func TestPortalAndLateWords(t *testing.T) {
	t.Parallel()
	start := func(at int) Entry { return from(Keyworded, entry(Grant, OrderUpdates, at)) }
	stop := func(at int) Entry { return from(Keyworded, entry(Withdraw, Everything, at)) }
	active := func(at int) Entry { return entry(Grant, OrderUpdates, at) }
	inactive := func(at int) Entry { return entry(Withdraw, Everything, at) }
	refused := func(at int) Entry { return from(ProviderError, entry(Unreachable, "", at)) }
	for name, tt := range map[string]struct {
		entries []Entry
		want    Status
	}{
		"START between two withdrawals":        {[]Entry{inactive(1), start(2), inactive(3)}, Inactive},
		"START after two withdrawals":          {[]Entry{inactive(1), inactive(2), start(3)}, Active},
		"STOP between two subscriptions":       {[]Entry{active(1), stop(2), active(3)}, Active},
		"STOP after two subscriptions":         {[]Entry{active(1), active(2), stop(3)}, Inactive},
		"refusal between two subscriptions":    {[]Entry{active(1), refused(2), active(3)}, Active},
		"refusal after two subscriptions":      {[]Entry{active(1), active(2), refused(3)}, NotReachable},
		"START and STOP between two of each":   {[]Entry{inactive(1), start(2), inactive(3), active(4), stop(5), active(6)}, Active},
		"START between three withdrawals":      {[]Entry{inactive(1), inactive(2), start(3), inactive(4)}, Inactive},
		"STOP of offers between subscriptions": {[]Entry{active(1), from(UserPreferences, entry(Withdraw, Marketing, 2)), active(3)}, Active},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			all := Fold(tt.entries)
			permute(tt.entries, func(order []Entry) {
				for _, told := range [][]Entry{order, slices.Concat(order, order)} {
					s, ledger := run(told...)
					if s.Status != tt.want || s.Updates != all.Updates || s.Offers != all.Offers || s.Reach != all.Reach {
						t.Errorf("got %+v, want %s as %+v, of %+v", s, tt.want, all, told)
					}
					if want := whole(ledger, s.Again); want.Status != s.Status || s.Verify(ledger) != nil {
						t.Errorf("the ledger folds to %s, the state is %s, %v, of %+v", want.Status, s.Status, s.Verify(ledger), told)
					}
				}
			})
		})
	}
}

// permute calls visit with every order of the entries.
func permute(entries []Entry, visit func(order []Entry)) {
	var extend func(order, rest []Entry)
	extend = func(order, rest []Entry) {
		if len(rest) == 0 {
			visit(order)
		}
		for i := range rest {
			extend(append(slices.Clone(order), rest[i]), slices.Concat(rest[:i], rest[i+1:]))
		}
	}
	extend(nil, entries)
}

// What proves more than what held is written although it changes nothing: the shopper's own consent after a brand's word, once, with its
// notice, and every word that an agent or a consent manager tells.
func TestRecordWritesWhatProvesMore(t *testing.T) {
	t.Parallel()
	noticed := func(at int) Entry {
		e := entry(Grant, OrderUpdates, at)
		e.NoticeVersion, e.NoticeHash = "v3", NoticeHash("text")

		return e
	}
	for name, tt := range map[string]struct {
		entries []Entry
		want    []Source
	}{
		"declared":             {[]Entry{from(Checkout, entry(Grant, OrderUpdates, 1)), noticed(2), noticed(3), noticed(4)}, []Source{Checkout, CustomerPortal}},
		"imported":             {[]Entry{from(BrandImport, entry(Grant, OrderUpdates, 1)), noticed(2), noticed(3)}, []Source{BrandImport, CustomerPortal}},
		"imported offers":      {[]Entry{from(BrandImport, entry(Grant, Marketing, 1)), entry(Grant, Marketing, 2)}, []Source{BrandImport, CustomerPortal}},
		"declared again":       {[]Entry{from(Checkout, entry(Grant, OrderUpdates, 1)), noticed(2), from(BrandImport, entry(Grant, OrderUpdates, 3))}, []Source{Checkout, CustomerPortal}},
		"imported twice":       {[]Entry{from(BrandImport, entry(Grant, OrderUpdates, 1)), from(BrandImport, entry(Grant, OrderUpdates, 3))}, []Source{BrandImport}},
		"consent manager":      {[]Entry{noticed(1), from(ConsentManager, noticed(2)), from(ConsentManager, noticed(3))}, []Source{CustomerPortal, ConsentManager, ConsentManager}},
		"agent":                {[]Entry{from(Agent, entry(Withdraw, Everything, 1)), from(Agent, entry(Withdraw, Everything, 2))}, []Source{Agent, Agent}},
		"agent after portal":   {[]Entry{entry(Withdraw, Everything, 1), entry(Withdraw, Everything, 2), from(Agent, entry(Withdraw, Everything, 3))}, []Source{CustomerPortal, Agent}},
		"told twice":           {[]Entry{from(Agent, entry(Withdraw, Everything, 1)), from(Agent, entry(Withdraw, Everything, 1))}, []Source{Agent}},
		"told of before":       {[]Entry{entry(Withdraw, Everything, 5), from(ConsentManager, entry(Grant, OrderUpdates, 1))}, []Source{CustomerPortal}},
		"portal after manager": {[]Entry{from(ConsentManager, noticed(1)), noticed(2), noticed(3)}, []Source{ConsentManager}},
	} {
		s, ledger := run(tt.entries...)
		got := make([]Source, len(ledger))
		for i, e := range ledger {
			got[i] = e.Source
		}
		if !slices.Equal(got, tt.want) {
			t.Errorf("%s: got %v, want %v", name, got, tt.want)
		}
		if err := s.Verify(ledger); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// A POST that is repeated without end adds nothing to the ledger, and the state keeps its size. Its newest time is what counts.
func TestEndlessRepetition(t *testing.T) {
	t.Parallel()
	for _, word := range []Entry{entry(Grant, OrderUpdates, 0), entry(Withdraw, Everything, 0)} {
		var entries []Entry
		for at := range 500 {
			e := word
			e.OccurredAt = after(at)
			entries = append(entries, e)
		}
		s, ledger := run(entries...)
		if len(ledger) != 1 || s.Again == nil || !s.Again.OccurredAt.Equal(after(499)) || !s.Updates.At.Equal(after(499)) {
			t.Errorf("%s: got %d entries and again %+v, want the first and the newest", word.Action, len(ledger), s.Again)
		}
	}
}

// Nobody tells us that a number has come to WhatsApp: a refusal is believed for 30 days, counted when it is read. A refusal
// after that counts again, and a subscription then is no news to the ledger.
func TestUnreachableLapses(t *testing.T) {
	t.Parallel()
	refused := from(ProviderError, entry(Unreachable, "", 2))
	s, _ := run(entry(Grant, OrderUpdates, 1), refused)
	lapsed := after(2).AddDate(0, 0, 30)
	for _, tt := range []struct {
		at     time.Time
		status Status
		reason message.Reason
	}{
		{after(2), NotReachable, message.Unreachable},
		{lapsed.Add(-time.Microsecond), NotReachable, message.Unreachable},
		{lapsed, Active, ""},
		{lapsed.AddDate(1, 0, 0), Active, ""},
	} {
		if got := s.StatusAt(tt.at); got != tt.status {
			t.Errorf("StatusAt(%v) = %s, want %s", tt.at, got, tt.status)
		}
		if ok, reason := May(s, OrderUpdates, tt.at); reason != tt.reason || ok != (tt.reason == "") {
			t.Errorf("May at %v = %t, %q, want %q", tt.at, ok, reason, tt.reason)
		}
	}

	again := Entry{Action: Grant, Source: CustomerPortal, Purpose: OrderUpdates, OccurredAt: lapsed, RecordedAt: lapsed}
	if written, next, _ := Record(s, again); len(written) > 0 || next.StatusAt(lapsed) != Active {
		t.Errorf("subscribed again: %d entries to %s, want no news", len(written), next.StatusAt(lapsed))
	}

	refused.OccurredAt, refused.RecordedAt = lapsed, lapsed
	if _, next, changed := Record(s, refused); !changed || next.StatusAt(lapsed) != NotReachable {
		t.Errorf("refused again: changed %t to %s, want %s", changed, next.StatusAt(lapsed), NotReachable)
	}

	stopped, _ := run(entry(Grant, OrderUpdates, 1), entry(Unreachable, "", 2), entry(Withdraw, Everything, 3))
	if got := stopped.StatusAt(lapsed); got != Inactive {
		t.Errorf("withdrawn: got %s, want %s", got, Inactive)
	}
}

// A provider tells times in whole seconds, the portal to the microsecond. Of the same second, that which stops messages wins,
// in whatever order they come.
func TestSameSecond(t *testing.T) {
	t.Parallel()
	withinSecond := func(a Action) Entry {
		e := entry(a, OrderUpdates, 5)
		e.OccurredAt = e.OccurredAt.Add(400 * time.Millisecond)

		return e
	}
	start := func(at int) Entry { return from(Keyworded, entry(Grant, OrderUpdates, at)) }
	stop := func(at int) Entry {
		e := from(Keyworded, entry(Withdraw, Everything, at))
		e.OccurredAt = StopsAt(e.OccurredAt)

		return e
	}
	for name, tt := range map[string]struct {
		entries []Entry
		want    Status
	}{
		"START and the portal's withdrawal":      {[]Entry{start(5), withinSecond(Withdraw)}, Inactive},
		"STOP and the portal's subscription":     {[]Entry{stop(5), withinSecond(Grant)}, Inactive},
		"START and STOP":                         {[]Entry{start(5), stop(5)}, Inactive},
		"START of the next second":               {[]Entry{start(6), withinSecond(Withdraw)}, Active},
		"START of the second after a STOP":       {[]Entry{start(6), stop(5)}, Active},
		"STOP of the second before the portal's": {[]Entry{stop(4), withinSecond(Grant)}, Active},
		"STOP of the second after the portal's":  {[]Entry{stop(6), withinSecond(Grant)}, Inactive},
		"START of the second before the portal":  {[]Entry{start(4), withinSecond(Withdraw)}, Inactive},
	} {
		for range 2 {
			slices.Reverse(tt.entries)
			if s, _ := run(tt.entries...); s.Status != tt.want {
				t.Errorf("%s: got %s, want %s", name, s.Status, tt.want)
			}
		}
	}
}

func TestStopsAt(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ at, want time.Time }{
		{day, day.Add(time.Second - time.Microsecond)},
		{day.Add(time.Millisecond), day.Add(time.Millisecond)},
		{day.Add(999 * time.Millisecond), day.Add(999 * time.Millisecond)},
	} {
		if got := StopsAt(tt.at); !got.Equal(tt.want) {
			t.Errorf("StopsAt(%v) = %v, want %v", tt.at, got, tt.want)
		}
	}
}

// TestBlock has an authority's block forbid everything until it is lifted, and keep what the shopper says meanwhile.
func TestBlock(t *testing.T) {
	t.Parallel()
	block, unblock := from(Authority, entry(Block, Everything, 5)), from(Authority, entry(Unblock, Everything, 9))
	for name, tt := range map[string]struct {
		entries []Entry
		want    message.Reason // empty if order updates may be sent
	}{
		"blocked":                               {[]Entry{entry(Grant, OrderUpdates, 1), block}, message.Blocked},
		"subscribed since":                      {[]Entry{entry(Grant, OrderUpdates, 1), block, entry(Grant, OrderUpdates, 7)}, message.Blocked},
		"never asked":                           {[]Entry{block}, message.Blocked},
		"lifted":                                {[]Entry{entry(Grant, OrderUpdates, 1), block, unblock}, ""},
		"lifted, subscribed meanwhile":          {[]Entry{block, entry(Grant, OrderUpdates, 7), unblock}, ""},
		"lifted, withdrawn meanwhile":           {[]Entry{entry(Grant, OrderUpdates, 1), block, entry(Withdraw, Everything, 7), unblock}, message.OptedOut},
		"lifted and blocked at one time":        {[]Entry{entry(Grant, OrderUpdates, 1), from(Authority, entry(Unblock, Everything, 5)), block}, message.Blocked},
		"two orders, one lifted":                {[]Entry{entry(Grant, OrderUpdates, 1), under("a", block), under("b", block), under("a", unblock)}, message.Blocked},
		"two orders, both lifted":               {[]Entry{entry(Grant, OrderUpdates, 1), under("a", block), under("b", block), under("b", unblock), under("a", unblock)}, ""},
		"another order lifted":                  {[]Entry{entry(Grant, OrderUpdates, 1), under("a", block), under("b", unblock)}, message.Blocked},
		"lifted and ordered once more":          {[]Entry{entry(Grant, OrderUpdates, 1), block, unblock, from(Authority, entry(Block, Everything, 11))}, message.Blocked},
		"a block that no authority has given":   {[]Entry{entry(Grant, OrderUpdates, 1), from(API, entry(Block, Everything, 5))}, ""},
		"lifted by somebody else":               {[]Entry{entry(Grant, OrderUpdates, 1), block, from(Agent, entry(Unblock, Everything, 9))}, message.Blocked},
		"a grant by an authority lifts nothing": {[]Entry{block, from(Authority, entry(Grant, OrderUpdates, 9))}, message.Blocked},
	} {
		for range 2 {
			slices.Reverse(tt.entries)
			s, _ := run(tt.entries...)
			if ok, reason := May(s, OrderUpdates, after(20)); ok != (tt.want == "") || reason != tt.want {
				t.Errorf("%s: got %v, %q, want %q", name, ok, reason, tt.want)
			}
			if active := s.StatusAt(after(20)) == Active; active != (tt.want == "") {
				t.Errorf("%s: status %s", name, s.StatusAt(after(20)))
			}
		}
	}
}

// under returns an authority's entry with a reference.
func under(ref string, e Entry) Entry { e.SourceRef = ref; return e }

// TestEveryOrderIsRecorded has each order of an authority, and each end of one, be in the ledger once, however often it is repeated.
func TestEveryOrderIsRecorded(t *testing.T) {
	t.Parallel()
	order := func(ref string, a Action, at int) Entry { return under(ref, from(Authority, entry(a, Everything, at))) }
	s, ledger := run(
		order("a", Block, 1), order("b", Block, 2), order("a", Block, 3), order("a", Unblock, 4), order("a", Unblock, 5), order("c", Unblock, 6), order("b", Unblock, 7), order("a", Block, 8),
	)
	var got []string
	for _, e := range ledger {
		got = append(got, string(e.Action)+" "+e.SourceRef)
	}
	if want := []string{"block a", "block b", "unblock a", "unblock c", "unblock b", "block a"}; !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
	if open := s.OpenOrders(); len(open) != 1 || open[0].Ref != "a" || !s.Ordered("b") || s.Ordered("d") {
		t.Errorf("got %+v", s.Orders)
	}
	if at := s.NextMoment(after(0)); !at.After(after(8)) {
		t.Errorf("NextMoment is %v", at)
	}
	if err := s.Verify(ledger); err != nil {
		t.Error(err)
	}
}

// TestOrdersInAnySequence has several orders of an authority lead to one state, in whatever sequence they are folded or told.
func TestOrdersInAnySequence(t *testing.T) {
	t.Parallel()
	r := rand.New(rand.NewPCG(11, 12))
	for range 2000 {
		entries := []Entry{entry(Grant, OrderUpdates, 0)}
		for range 1 + r.IntN(8) {
			entries = append(entries, under(pick(r, "a", "b", "c"), from(Authority, entry(pick(r, Block, Unblock), Everything, r.IntN(4)))))
		}
		want := Fold(entries)
		open := map[string]Mark{}
		for _, e := range entries[1:] {
			open[e.SourceRef] = open[e.SourceRef].latest(e.Action, e.OccurredAt)
		}
		blocked := false
		for _, m := range open {
			blocked = blocked || m.Action == Block
		}
		if want.Blocked() != blocked || (want.Status == Active) == blocked {
			t.Fatalf("Fold = %+v of %+v", want, entries)
		}
		r.Shuffle(len(entries), func(i, j int) { entries[i], entries[j] = entries[j], entries[i] })
		if diff := cmp.Diff(want, Fold(entries)); diff != "" {
			t.Fatalf("Fold of another sequence (-want +got):\n%s", diff)
		}
		if s, ledger := run(entries...); s.Verify(ledger) != nil {
			t.Fatalf("Verify = %v of %+v", s.Verify(ledger), entries)
		}
	}
}

// TestImportOpensNothingThatWasClosed has a brand's import count from before everything that the shopper said.
func TestImportOpensNothingThatWasClosed(t *testing.T) {
	t.Parallel()
	imported := func(at int) Entry { return from(BrandImport, entry(Grant, OrderUpdates, at)) }
	for name, tt := range map[string]struct {
		entries []Entry
		want    Status
	}{
		"alone":                {[]Entry{imported(5)}, Active},
		"seen before":          {[]Entry{from(OrderEvent, entry(Seen, OrderUpdates, 1)), imported(5)}, Active},
		"withdrawn before":     {[]Entry{entry(Withdraw, Everything, 1), imported(5)}, Inactive},
		"withdrawn afterwards": {[]Entry{imported(5), entry(Withdraw, Everything, 9)}, Inactive},
		"came back":            {[]Entry{entry(Withdraw, Everything, 1), imported(5), entry(Grant, OrderUpdates, 3)}, Active},
		"an import closes":     {[]Entry{entry(Grant, OrderUpdates, 1), from(BrandImport, entry(Withdraw, Everything, 5))}, Inactive},
	} {
		for range 2 {
			slices.Reverse(tt.entries)
			if s, _ := run(tt.entries...); s.Status != tt.want {
				t.Errorf("%s: got %s, want %s", name, s.Status, tt.want)
			}
		}
	}
}
