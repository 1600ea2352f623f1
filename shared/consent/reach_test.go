package consent

import (
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// refusedOf is the refusal of a message, deliveredOf its delivery after all.
func refusedOf(ref string, at int) Entry {
	e := from(ProviderError, entry(Unreachable, Everything, at))
	e.SourceRef = "message:" + ref

	return e
}

func deliveredOf(ref string, at int) Entry {
	e := from(ProviderError, entry(Reachable, Everything, at))
	e.SourceRef = "message:" + ref

	return e
}

// reachable is the rule, said plainly: the earliest refusal of each message counts, unless the message was delivered, a sign of
// life came at the same time or after it, or a subscription after it.
func reachable(entries []Entry) bool {
	earliest := map[string]time.Time{}
	for _, e := range entries {
		if at, known := earliest[e.SourceRef]; e.Action == Unreachable && (!known || e.OccurredAt.Before(at)) {
			earliest[e.SourceRef] = e.OccurredAt
		}
	}

	over := func(ref string, at time.Time) bool {
		return slices.ContainsFunc(entries, func(e Entry) bool {
			switch {
			case e.Action == Reachable && e.Source == ProviderError:
				return e.SourceRef == ref
			case e.Action == Reachable:
				return !e.OccurredAt.Before(at)
			case e.Action == Grant:
				return e.OccurredAt.After(at)
			default:
				return false
			}
		})
	}
	for ref, at := range earliest {
		if !over(ref, at) {
			return false
		}
	}

	return true
}

// Refusals, deliveries, signs of life and subscriptions fold to what the rule says, in every order and however often each is told.
func TestReachIgnoresOrder(t *testing.T) {
	t.Parallel()
	r := rand.New(rand.NewPCG(11, 12))
	seen := map[bool]int{}
	for range 3000 {
		entries := []Entry{entry(Grant, OrderUpdates, 0)}
		for range r.IntN(7) {
			at, ref := 1+r.IntN(6), pick(r, "a", "b", "c")
			entries = append(entries, pick(r, refusedOf(ref, at), refusedOf(ref, at), deliveredOf(ref, at), from(Inbound, entry(Reachable, "", at)), entry(Grant, OrderUpdates, at)))
		}

		all := Fold(entries)
		if want := reachable(entries); (all.Status == Active) != want {
			t.Fatalf("got %s, want it reachable: %t, of %+v", all.Status, want, entries)
		}
		seen[all.Status == Active]++

		mixed := slices.Concat(entries, entries)
		r.Shuffle(len(mixed), func(i, j int) { mixed[i], mixed[j] = mixed[j], mixed[i] })
		if diff := cmp.Diff(all, Fold(mixed)); diff != "" {
			t.Fatalf("Fold of another order (-want +got):\n%s\nentries: %+v", diff, entries)
		}
	}
	if seen[true] < 300 || seen[false] < 300 {
		t.Errorf("got %v, want both often enough for the test to mean anything", seen)
	}
}

// Told one by one in any order, refusals, deliveries and messages of the shopper lead to one state. As a recorder of outcomes does,
// a refusal of what was delivered is left out, as is one that is older than the shopper's last message.
func TestRefusalsInAnyOrder(t *testing.T) {
	t.Parallel()
	wrote := func(at int) Entry { return from(Inbound, entry(Reachable, "", at)) }
	for name, tt := range map[string]struct {
		entries []Entry
		want    Status
	}{
		"one of two delivered":            {[]Entry{refusedOf("a", 1), refusedOf("b", 2), deliveredOf("a", 3)}, NotReachable},
		"the later of two delivered":      {[]Entry{refusedOf("a", 1), refusedOf("b", 2), deliveredOf("b", 3)}, NotReachable},
		"both delivered":                  {[]Entry{refusedOf("a", 1), refusedOf("b", 2), deliveredOf("a", 3), deliveredOf("b", 4)}, Active},
		"wrote between, later delivered":  {[]Entry{refusedOf("a", 1), wrote(2), refusedOf("b", 3), deliveredOf("b", 4)}, Active},
		"wrote between":                   {[]Entry{refusedOf("a", 1), wrote(2), refusedOf("b", 3)}, NotReachable},
		"wrote in the same second":        {[]Entry{refusedOf("a", 1), wrote(1)}, Active},
		"wrote after all":                 {[]Entry{refusedOf("a", 1), refusedOf("b", 2), wrote(3)}, Active},
		"subscribed between, delivered":   {[]Entry{refusedOf("a", 1), entry(Grant, OrderUpdates, 2), refusedOf("b", 3), deliveredOf("b", 4)}, Active},
		"subscribed between":              {[]Entry{refusedOf("a", 1), entry(Grant, OrderUpdates, 2), refusedOf("b", 3)}, NotReachable},
		"three refused, middle delivered": {[]Entry{refusedOf("a", 1), refusedOf("b", 2), refusedOf("c", 3), deliveredOf("b", 4)}, NotReachable},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			permute(tt.entries, func(order []Entry) {
				for _, told := range [][]Entry{order, slices.Concat(order, order)} {
					s, _ := run(entry(Grant, OrderUpdates, 0))
					delivered, lastReply := map[string]bool{}, time.Time{}
					for _, e := range told {
						switch {
						case e.Action == Unreachable && (delivered[e.SourceRef] || !lastReply.Before(e.OccurredAt) && !lastReply.IsZero()):
							continue
						case e.Action == Reachable && e.Source == Inbound && e.OccurredAt.After(lastReply):
							lastReply = e.OccurredAt
						case e.Action == Reachable && e.Source == ProviderError:
							delivered[e.SourceRef] = true
						}

						_, s, _ = Record(s, e)
					}
					if s.Status != tt.want {
						t.Errorf("got %s, want %s of %+v", s.Status, tt.want, told)
					}
				}
			})
		})
	}
}

// A state that was stored before refusals were told apart goes on: its refusal ends with a sign of life, with a delivery that is
// later, and not with an earlier one.
func TestReachOfTheOldForm(t *testing.T) {
	t.Parallel()
	old := State{
		Status:   NotReachable,
		Sequence: 2,
		LastHash: "v2:of the entry before",
		Updates:  Mark{Action: Grant, At: after(1)},
		Reach:    Mark{Action: Unreachable, At: after(5)},
	}
	for name, tt := range map[string]struct {
		entry Entry
		want  Status
	}{
		"wrote after":          {from(Inbound, entry(Reachable, "", 6)), Active},
		"wrote before":         {from(Inbound, entry(Reachable, "", 4)), NotReachable},
		"delivered after":      {deliveredOf("a", 6), Active},
		"delivered before":     {deliveredOf("a", 4), NotReachable},
		"refused again":        {refusedOf("a", 7), NotReachable},
		"subscribed":           {entry(Grant, OrderUpdates, 6), Active},
		"withdrawn":            {entry(Withdraw, Everything, 6), Inactive},
		"refused, an old word": {refusedOf("a", 3), NotReachable},
	} {
		if _, next, _ := Record(old, tt.entry); next.Status != tt.want {
			t.Errorf("%s: got %s, want %s", name, next.Status, tt.want)
		}
	}

	alive := old
	alive.Status, alive.Reach.Action = Active, Reachable
	for at, want := range map[int]Status{4: Active, 6: NotReachable} {
		if _, next, _ := Record(alive, refusedOf("a", at)); next.Status != want {
			t.Errorf("refused at %d: got %s, want %s", at, next.Status, want)
		}
	}
}
