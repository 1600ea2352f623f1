package message

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

var (
	allPhases = []Phase{Claimed, Refused, Waiting, Held, InDoubt, Failed, Dropped}
	allRanks  = []Rank{RankNone, RankAccepted, RankSent, RankFailed, RankDelivered, RankRead}
)

// The tables below are written out by hand from the rule, not computed from it: rows are what is known of the older
// attempt, columns of the newest, both in the order of allRanks.

// shown is the status; P and F stand for what the phase says while nobody answered, and after the newest attempt failed.
var shown = [6][6]string{
	/* none      */ {"P", "accepted", "sent", "F", "delivered", "read"},
	/* accepted  */ {"accepted", "accepted", "sent", "F", "delivered", "read"},
	/* sent      */ {"sent", "sent", "sent", "F", "delivered", "read"},
	/* failed    */ {"P", "accepted", "sent", "F", "delivered", "read"},
	/* delivered */ {"delivered", "delivered", "delivered", "delivered", "delivered", "read"},
	/* read      */ {"read", "read", "read", "read", "read", "read"},
}

var whileUnanswered = map[Phase]string{
	Claimed: "sending", Refused: "refused", Waiting: "waiting", Held: "held", InDoubt: "in_doubt", Failed: "failed", Dropped: "dropped",
}

var afterFailed = map[Phase]string{
	Claimed: "failed", Refused: "failed", Waiting: "waiting", Held: "held", InDoubt: "failed", Failed: "failed", Dropped: "dropped",
}

// recorded is whether no worker is needed; F stands for what the phase says after the newest attempt failed.
var recorded = [6]string{
	/* none      */ "nyyFyy",
	/* accepted  */ "yyyyyy",
	/* sent      */ "yyyyyy",
	/* failed    */ "nyyFyy",
	/* delivered */ "yyyyyy",
	/* read      */ "yyyyyy",
}

var recordedAfterFailed = map[Phase]bool{
	Claimed: true, Refused: true, Waiting: false, Held: false, InDoubt: true, Failed: true, Dropped: true,
}

func two(p Phase, older, newest Rank) Message {
	return Message{Phase: p, Attempt: 2, Attempts: map[string]Attempt{"1": {Rank: older}, "2": {Rank: newest}}}
}

func one(p Phase, r Rank) Message {
	return Message{Phase: p, Attempt: 1, Attempts: map[string]Attempt{"1": {Rank: r}}}
}

func wantStatus(p Phase, older, newest int) Status {
	switch cell := shown[older][newest]; cell {
	case "P":
		return Status(whileUnanswered[p])
	case "F":
		return Status(afterFailed[p])
	default:
		return Status(cell)
	}
}

func wantRecorded(p Phase, older, newest int) bool {
	if c := recorded[older][newest]; c != 'F' {
		return c == 'y'
	}
	return recordedAfterFailed[p]
}

func TestStatusMatrix(t *testing.T) {
	t.Parallel()
	for _, p := range allPhases {
		t.Run(string(p), func(t *testing.T) {
			t.Parallel()
			for i, older := range allRanks {
				for j, newest := range allRanks {
					if got, want := two(p, older, newest).Status(), wantStatus(p, i, j); got != want {
						t.Errorf("Status of attempts at %d, %d = %s, want %s", older, newest, got, want)
					}
				}
				if got, want := one(p, older).Status(), wantStatus(p, 0, i); got != want {
					t.Errorf("Status of one attempt at %d = %s, want %s", older, got, want)
				}
				// An attempt that was claimed and of which nothing is written yet has no entry of its own.
				m := one(p, older)
				m.Attempt = 2
				if got, want := m.Status(), wantStatus(p, i, 0); got != want {
					t.Errorf("Status of attempts at %d and absent = %s, want %s", older, got, want)
				}
			}
			if got, want := (Message{Phase: p}).Status(), Status(whileUnanswered[p]); got != want {
				t.Errorf("Status without attempts = %s, want %s", got, want)
			}
		})
	}
}

func TestStatusOfAnUnknownPhase(t *testing.T) {
	t.Parallel()
	if got := (Message{Phase: "melted"}).Status(); got != StatusInDoubt {
		t.Errorf("Status = %s, want %s", got, StatusInDoubt)
	}
}

func TestRecordedMatrix(t *testing.T) {
	t.Parallel()
	for _, p := range allPhases {
		t.Run(string(p), func(t *testing.T) {
			t.Parallel()
			for i, older := range allRanks {
				for j, newest := range allRanks {
					for _, with := range []string{"", "1", "2"} {
						m, want := two(p, older, newest), wantRecorded(p, i, j)
						if with != "" {
							a := m.Attempts[with]
							a.IDs = []string{"gs-1"}
							m.Attempts[with] = a
							// An id proves that the provider took an attempt of which nothing else is known.
							want = want || a.Rank == RankNone
						}
						if got := m.Recorded(); got != want {
							t.Errorf("Recorded with attempts at %d, %d, id of %q = %t, want %t", older, newest, with, got, want)
						}
					}
				}
				if got, want := one(p, older).Recorded(), wantRecorded(p, 0, i); got != want {
					t.Errorf("Recorded with one attempt at %d = %t, want %t", older, got, want)
				}
			}
			if (Message{Phase: p}).Recorded() {
				t.Error("Recorded without attempts = true, want false")
			}
		})
	}
}

func TestOpen(t *testing.T) {
	t.Parallel()
	due := time.Date(2026, 11, 20, 0, 0, 0, 0, time.UTC)
	for _, p := range allPhases {
		t.Run(string(p), func(t *testing.T) {
			t.Parallel()
			for i, older := range allRanks {
				for j, newest := range allRanks {
					for _, d := range []time.Time{{}, due} {
						m := two(p, older, newest)
						m.Due = d
						want := false
						if !wantRecorded(p, i, j) {
							want = p == Claimed || p == InDoubt && d.Equal(due)
						}
						if got := m.Open(); got != want {
							t.Errorf("Open with attempts at %d, %d, due %t = %t, want %t", older, newest, !d.IsZero(), got, want)
						}
					}
				}
			}
			m := Message{Phase: p, Attempt: 1, Due: due, Attempts: map[string]Attempt{"1": {IDs: []string{"gs-1"}}}}
			if m.Open() {
				t.Error("Open with an id = true, want false")
			}
		})
	}
}

// What design and shopper agree on, case by case, in words.
func TestStories(t *testing.T) {
	t.Parallel()
	due := time.Date(2026, 11, 20, 0, 0, 0, 0, time.UTC)
	tests := []struct {
		name           string
		m              Message
		status         Status
		recorded, open bool
	}{
		{"claimed", Message{Phase: Claimed, Attempt: 1, Due: due, Attempts: map[string]Attempt{"1": {ClaimedAt: 5}}}, StatusSending, false, true},
		{"accepted_blindly", one(Claimed, RankAccepted), StatusAccepted, true, false},
		{"callback_before_the_record", one(Claimed, RankDelivered), StatusDelivered, true, false},
		{"refused_for_good", one(Failed, RankFailed), StatusFailed, true, false},
		{"refused_in_passing", Message{Phase: Waiting, Attempt: 1, Due: due}, StatusWaiting, false, false},
		{"failed_callback_gets_a_new_attempt", one(Waiting, RankFailed), StatusWaiting, false, false},
		{"failed_callback_of_a_blocked_app", one(Held, RankFailed), StatusHeld, false, false},
		{"waited_until_it_made_no_sense", one(Dropped, RankFailed), StatusDropped, true, false},
		{"new_attempt_under_way", two(Claimed, RankFailed, RankNone), StatusSending, false, true},
		{"evidence_settles_a_doubt", one(InDoubt, RankSent), StatusSent, true, false},
		{"doubt_that_nobody_looks_at", Message{Phase: InDoubt, Attempt: 1}, StatusInDoubt, false, false},
		{"second_copy_failed_first_arrived", two(Failed, RankDelivered, RankFailed), StatusDelivered, true, false},
		{"delivered_after_failed", one(Failed, RankDelivered), StatusDelivered, true, false},
		{"refused_by_decision", Message{Phase: Refused, Reason: OptedOut}, StatusRefused, false, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			if got := tt.m.Status(); got != tt.status {
				t.Errorf("Status = %s, want %s", got, tt.status)
			}
			if got := tt.m.Recorded(); got != tt.recorded {
				t.Errorf("Recorded = %t, want %t", got, tt.recorded)
			}
			if got := tt.m.Open(); got != tt.open {
				t.Errorf("Open = %t, want %t", got, tt.open)
			}
		})
	}
}

func TestRankAndStatus(t *testing.T) {
	t.Parallel()
	tests := []struct {
		status Status
		rank   Rank
		back   Status
	}{
		{StatusAccepted, 10, StatusAccepted},
		{StatusEnqueued, 10, StatusAccepted},
		{StatusSent, 20, StatusSent},
		{StatusFailed, 30, StatusFailed},
		{StatusDelivered, 40, StatusDelivered},
		{StatusRead, 50, StatusRead},
		{StatusSending, 0, ""},
		{StatusRefused, 0, ""},
		{StatusWaiting, 0, ""},
		{StatusHeld, 0, ""},
		{StatusInDoubt, 0, ""},
		{StatusDropped, 0, ""},
		{"", 0, ""},
		{"mismatch", 0, ""},
	}
	for _, tt := range tests {
		t.Run(string(tt.status), func(t *testing.T) {
			t.Parallel()
			if got := RankOf(tt.status); got != tt.rank {
				t.Errorf("RankOf = %d, want %d", got, tt.rank)
			}
			if got := tt.rank.Status(); got != tt.back {
				t.Errorf("Status = %q, want %q", got, tt.back)
			}
		})
	}
	// Stored numbers from between the ranks, should any ever be added, show the rank below.
	for rank, want := range map[Rank]Status{-1: "", 9: "", 19: StatusAccepted, 29: StatusSent, 39: StatusFailed, 49: StatusDelivered, 99: StatusRead} {
		if got := rank.Status(); got != want {
			t.Errorf("Status of rank %d = %q, want %q", rank, got, want)
		}
	}
}

// write is one callback as the store applies it: a Maximum, a Minimum and a union, in whatever order they come.
type write struct {
	attempt int
	status  Status
	at      int64
	id      string
}

func apply(m Message, ws ...write) Message {
	attempts := map[string]Attempt{}
	maps.Copy(attempts, m.Attempts)
	for _, w := range ws {
		a := attempts[Number(w.attempt)]
		a.Rank = max(a.Rank, RankOf(w.status))
		at := map[string]int64{}
		maps.Copy(at, a.At)
		if known, ok := at[string(w.status)]; !ok || w.at < known {
			at[string(w.status)] = w.at
		}
		a.At = at
		if !slices.Contains(a.IDs, w.id) {
			a.IDs = append(slices.Clone(a.IDs), w.id)
		}
		slices.Sort(a.IDs)
		attempts[Number(w.attempt)] = a
	}
	m.Attempts = attempts
	return m
}

func permutations[T any](of []T) [][]T {
	if len(of) == 0 {
		return [][]T{nil}
	}
	var all [][]T
	for i := range of {
		for _, rest := range permutations(slices.Delete(slices.Clone(of), i, i+1)) {
			all = append(all, append([]T{of[i]}, rest...))
		}
	}
	return all
}

// Every order of the five callbacks of an attempt ends as read, and nothing on the way ever goes back.
func TestEveryOrderOfCallbacks(t *testing.T) {
	t.Parallel()
	all := permutations([]Status{StatusEnqueued, StatusSent, StatusDelivered, StatusRead, StatusFailed})
	if len(all) != 120 {
		t.Fatalf("%d orders, want 120", len(all))
	}
	for _, order := range all {
		for _, record := range []bool{false, true} {
			m := Message{Phase: Claimed, Attempt: 1}
			before := RankNone
			for i, s := range order {
				m = apply(m, write{1, s, int64(100 - i), "gs-1"})
				if record && i == 2 {
					m = apply(m, write{1, StatusAccepted, 200, "gs-1"})
				}
				now := RankOf(m.Status())
				if now < before {
					t.Fatalf("%v: went back from %d to %s", order[:i+1], before, m.Status())
				}
				before = now
			}
			if got := m.Status(); got != StatusRead {
				t.Fatalf("%v: Status = %s, want %s", order, got, StatusRead)
			}
		}
	}
}

// Callbacks of two attempts, shuffled and repeated, lead to one and the same message.
func TestCallbacksCommute(t *testing.T) {
	t.Parallel()
	r := rand.New(rand.NewPCG(11, 12))
	statuses := []Status{StatusAccepted, StatusEnqueued, StatusSent, StatusDelivered, StatusRead, StatusFailed}
	seen := map[Status]int{}
	for round := range 2000 {
		base := Message{Phase: allPhases[r.IntN(len(allPhases))], Attempt: 1 + r.IntN(2)}
		ws := make([]write, r.IntN(7))
		for i := range ws {
			n := 1 + r.IntN(base.Attempt)
			ws[i] = write{n, statuses[r.IntN(len(statuses))], int64(r.IntN(50)), fmt.Sprintf("gs-%d-%d", n, r.IntN(2))}
		}
		want := apply(base, ws...)
		mixed := slices.Concat(ws, ws)
		r.Shuffle(len(mixed), func(i, j int) { mixed[i], mixed[j] = mixed[j], mixed[i] })
		got := apply(base, mixed...)
		if diff := cmp.Diff(want, got); diff != "" {
			t.Fatalf("round %d: another order made another message (-want +got):\n%s", round, diff)
		}
		if got.Status() != want.Status() {
			t.Fatalf("round %d: Status = %s, want %s", round, got.Status(), want.Status())
		}
		seen[got.Status()]++
		// Once the shopper has it, nothing takes that back.
		if want.MaxRank() >= RankDelivered {
			late := apply(got, write{base.Attempt, StatusFailed, 60, "gs-late"}, write{1, StatusSent, 60, "gs-late"})
			if late.Status() != got.Status() {
				t.Fatalf("round %d: %s became %s", round, got.Status(), late.Status())
			}
		}
	}
	for _, s := range statuses {
		if s != StatusEnqueued && seen[s] == 0 {
			t.Errorf("no round ended as %s, want some", s)
		}
	}
}
